"""Array jobs: a script for each scheduler as a pure function, and the index that a running job has."""
