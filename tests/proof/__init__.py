"""The checker of proofs, and that what the writer writes passes it."""
