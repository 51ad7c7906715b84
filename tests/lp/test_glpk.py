"""GLPK sessions."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from strainopt import tolerances
from strainopt.lp import certify
from strainopt.lp.glpk import GlpkBackend
from strainopt.lp.program import LinearProgram
from strainopt.lp.result import Status


def wyndor() -> LinearProgram:
    """Hillier and Lieberman's Wyndor Glass: max 3 a + 5 b, a <= 4, 2 b <= 12, 3 a + 2 b <= 18; optimum 36 at (2, 6)."""
    return LinearProgram(
        objective=np.array([3.0, 5.0]),
        matrix=sparse.csc_array(np.array([[1.0, 0.0], [0.0, 2.0], [3.0, 2.0]])),
        row_lower=np.full(3, -np.inf),
        row_upper=np.array([4.0, 12.0, 18.0]),
        lower=np.zeros(2),
        upper=np.full(2, np.inf),
    )


def test_textbook_optimum_and_prices() -> None:
    # Shadow prices 0, 3/2, 1 are the textbook's own.
    result = GlpkBackend().solve(wyndor())
    assert result.status is Status.OPTIMAL
    assert result.objective == pytest.approx(36.0)
    assert result.x == pytest.approx([2.0, 6.0])
    assert result.row_duals == pytest.approx([0.0, 1.5, 1.0])


def test_infeasible_after_a_bound_change_comes_with_a_checked_ray() -> None:
    program = wyndor()
    session = GlpkBackend().open(program)
    assert session.solve() is Status.OPTIMAL
    lower = np.array([4.0, 4.0])
    session.set_bounds(np.array([0, 1]), lower, program.upper)
    assert session.solve() is Status.INFEASIBLE
    ray = session.ray()
    assert ray is not None
    assert certify.farkas_margin(program.with_bounds(lower, program.upper), ray) > tolerances.FARKAS
