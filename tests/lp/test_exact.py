"""Rational arithmetic."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from scipy import sparse

from strainopt.errors import SolverError
from strainopt.lp.exact import ExactBackend, solve_exact
from strainopt.lp.highs import HighsBackend
from strainopt.lp.program import LinearProgram, MixedProgram
from strainopt.lp.result import MixedOptions, Status


def graded(n: int = 12) -> LinearProgram:
    """x0 <= 1/3 and x_{j+1} = x_j / 3: the last column is 3**-(n), far below any floating tolerance."""
    dense = np.zeros((n, n))
    dense[0, 0] = 3.0
    for j in range(1, n):
        dense[j, j - 1 : j + 1] = (-1.0, 3.0)
    objective = np.zeros(n)
    objective[-1] = 1.0
    return LinearProgram(
        objective,
        sparse.csc_array(dense),
        np.concatenate([[-np.inf], np.zeros(n - 1)]),
        np.concatenate([[1.0], np.zeros(n - 1)]),
        np.zeros(n),
        np.full(n, np.inf),
    )


def test_an_optimum_below_every_tolerance() -> None:
    n = 22
    result = solve_exact(graded(n))
    assert result.status is Status.OPTIMAL
    assert result.objective == pytest.approx(float(Fraction(1, 3**n)), rel=1e-14, abs=0.0)


def test_infeasible_by_less_than_the_floating_tolerance() -> None:
    # x0 is 1/3, so the last column is 3**-22 = 3e-11, but must be zero.
    lp = graded(22)
    lp.row_lower[0] = 1.0
    lp.upper[-1] = 0.0
    assert HighsBackend().solve(lp).status is Status.OPTIMAL
    assert solve_exact(lp).status is Status.INFEASIBLE


def test_no_integer_columns() -> None:
    assert not ExactBackend().availability().takes_mixed
    with pytest.raises(SolverError):
        ExactBackend().solve_mixed(MixedProgram(graded(), np.ones(12, dtype=bool)), MixedOptions())
