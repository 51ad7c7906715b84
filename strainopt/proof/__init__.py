"""Checking proofs: no solver, no code of the search; the format and the argument are in docs/proofs.md."""
