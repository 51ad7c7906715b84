"""Whether a solver really works, found out by solving a program of one column."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from strainopt import tolerances
from strainopt.lp.backend import Backend
from strainopt.lp.program import LinearProgram
from strainopt.lp.result import Status

__all__ = ["fault"]


def fault(backend: Backend) -> str:
    """What is wrong with the answer to `max x, 0 <= x <= 1`; empty if nothing is."""
    tiny = LinearProgram(
        objective=np.ones(1),
        matrix=sparse.csc_array(np.ones((1, 1))),
        row_lower=np.zeros(1),
        row_upper=np.ones(1),
        lower=np.zeros(1),
        upper=np.full(1, np.inf),
    )
    result = backend.solve(tiny)
    if result.status is not Status.OPTIMAL:
        return f"a program of one column ended with {result.status.value}"
    if abs(result.objective - 1.0) > tolerances.DUALITY_GAP:
        return f"a program of one column whose optimum is 1 got {result.objective}"
    return ""
