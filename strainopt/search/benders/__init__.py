"""Combinatorial Benders with flux witnesses: a proof search that needs no big-M."""
