"""The states near an optimum, as a linear program of their own."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from strainopt.lp.lexicographic import optimal_face
from strainopt.lp.program import LinearProgram
from strainopt.lp.result import LpResult

__all__ = ["at_fraction", "at_least"]


def at_fraction(program: LinearProgram, result: LpResult, fraction: float) -> LinearProgram:
    """The states whose objective is at least `fraction` of the optimum; the exact face of optima at 1."""
    if fraction >= 1.0:
        return optimal_face(program, result)
    # Written so that a negative optimum is relaxed too, not tightened.
    return at_least(program, result.objective - (1.0 - fraction) * abs(result.objective))


def at_least(program: LinearProgram, floor: float) -> LinearProgram:
    """The states whose objective is at least `floor`: one more row."""
    row = sparse.csc_array(program.objective.reshape(1, -1))
    return LinearProgram(
        objective=program.objective,
        matrix=sparse.csc_array(sparse.vstack([program.matrix, row], format="csc")),
        row_lower=np.append(program.row_lower, floor),
        row_upper=np.append(program.row_upper, np.inf),
        lower=program.lower,
        upper=program.upper,
    )
