"""Engines that find and prove designs: one MILP, combinatorial Benders, plain enumeration."""
