"""Configuration files, plans and arrays of runs."""
