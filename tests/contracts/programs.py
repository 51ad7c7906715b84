"""Programs that the contract suites share."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from strainopt.lp.program import LinearProgram

INF = np.inf


def program(
    objective: list[float],
    rows: list[list[float]],
    row_lower: list[float],
    row_upper: list[float],
    lower: list[float],
    upper: list[float],
) -> LinearProgram:
    n = len(objective)
    return LinearProgram(
        objective=np.array(objective, dtype=float),
        matrix=sparse.csc_array(np.array(rows, dtype=float).reshape(len(rows), n)),
        row_lower=np.array(row_lower, dtype=float),
        row_upper=np.array(row_upper, dtype=float),
        lower=np.array(lower, dtype=float),
        upper=np.array(upper, dtype=float),
    )
