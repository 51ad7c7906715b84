"""Seeds and solvers of linear programs that the same question is asked with: the answer depends on neither."""

from __future__ import annotations

import itertools
import os

__all__ = ["EVERY", "SOME"]

EVERY = list(itertools.product(("glpk", "highs"), (0, 1, 2)))
"""(solver, seed): three seeds with either solver."""

SOME = EVERY if os.environ.get("STRAINOPT_TEST_ALL") == "1" else [("glpk", 0), ("highs", 1), ("glpk", 2)]
"""For questions that take long: each seed and either solver once; STRAINOPT_TEST_ALL=1 asks with every pair."""
