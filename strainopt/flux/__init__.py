"""What a cell does: FBA, parsimonious FBA, flux variability, production envelopes."""
