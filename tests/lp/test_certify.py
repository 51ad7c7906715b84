"""Certificates by arithmetic alone: small cases worked by hand."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from strainopt import tolerances
from strainopt.lp import certify
from strainopt.lp.program import LinearProgram
from strainopt.lp.result import LpResult, Status

INF = np.inf


def wyndor() -> LinearProgram:
    """max 3 a + 5 b, a <= 4, 2 b <= 12, 3 a + 2 b <= 18 (Hillier and Lieberman): 36 at (2, 6), prices 0, 3/2, 1."""
    return LinearProgram(
        objective=np.array([3.0, 5.0]),
        matrix=sparse.csc_array(np.array([[1.0, 0.0], [0.0, 2.0], [3.0, 2.0]])),
        row_lower=np.full(3, -INF),
        row_upper=np.array([4.0, 12.0, 18.0]),
        lower=np.zeros(2),
        upper=np.full(2, INF),
    )


def one_row(low: float, high: float, lower: float, upper: float) -> LinearProgram:
    """One row over x + y."""
    return LinearProgram(
        objective=np.zeros(2),
        matrix=sparse.csc_array(np.ones((1, 2))),
        row_lower=np.array([low]),
        row_upper=np.array([high]),
        lower=np.full(2, lower),
        upper=np.full(2, upper),
    )


def test_residual_is_zero_inside_and_relative_to_the_largest_term_outside() -> None:
    assert certify.residual(wyndor(), np.array([2.0, 6.0])) == 0.0
    # 3 * 4 + 2 * 6 = 24 is 6 too much, the largest term is 12: 6 / 13.
    assert certify.residual(wyndor(), np.array([4.0, 6.0])) == pytest.approx(6 / 13)
    # a = -1 is 1 below its bound, relative to 1 + 1.
    assert certify.residual(wyndor(), np.array([-1.0, 0.0])) == pytest.approx(0.5)
    assert certify.residual(wyndor(), np.array([np.nan, 0.0])) == math.inf


def test_is_feasible_agrees_with_residual_at_the_edge() -> None:
    big = one_row(0.0, 0.0, -1e6, 1e6)
    # Off by 1e-2 in a row whose terms are 1e6: 1e-8 relative, which passes; 1 passes not.
    assert certify.is_feasible(big, np.array([1e6, -1e6 + 1e-2]))
    assert not certify.is_feasible(big, np.array([1e6, -1e6 + 1.0]))
    assert not certify.is_feasible(big, np.array([np.inf, 0.0]))


def test_a_ray_separates_by_its_relative_distance() -> None:
    # x + y >= 3 with both at most 1: at most 2 < 3, and the largest term is 3.
    assert certify.farkas_margin(one_row(3.0, INF, 0.0, 1.0), np.array([5.0])) == pytest.approx(1 / 3)
    assert certify.farkas_margin(one_row(3.0, INF, 0.0, 1.0), np.array([-0.1])) == pytest.approx(1 / 3)


def test_no_ray_proves_a_feasible_program_infeasible() -> None:
    assert certify.farkas_margin(one_row(1.0, INF, 0.0, 1.0), np.array([1.0])) <= 0
    assert certify.farkas_margin(one_row(3.0, INF, 0.0, INF), np.array([1.0])) == -math.inf
    assert certify.farkas_margin(one_row(3.0, INF, 0.0, 1.0), np.array([0.0])) == -math.inf
    assert certify.farkas_margin(one_row(3.0, INF, 0.0, 1.0), np.array([np.nan])) == -math.inf


def test_bounds_of_1e20_mean_none() -> None:
    assert certify.farkas_margin(one_row(3.0, 1e30, 0.0, 1e20), np.array([1.0])) == -math.inf


def test_crossed_bounds_prove_infeasibility_with_any_ray() -> None:
    assert certify.farkas_margin(one_row(0.0, 1.0, 2.0, 1.0), np.zeros(1)) == math.inf
    assert certify.farkas_margin(one_row(2.0, 1.0, 0.0, 1.0), np.zeros(1)) == math.inf


def test_noise_on_an_infinite_column_is_forgiven_and_more_is_not() -> None:
    lp = LinearProgram(
        objective=np.zeros(2),
        matrix=sparse.csc_array(np.array([[1.0, 1.0], [-1.0, 0.0]])),
        row_lower=np.array([3.0, -1.0]),
        row_upper=np.array([INF, INF]),
        lower=np.array([-INF, 0.0]),
        upper=np.array([INF, 1.0]),
    )
    # Rows x + y >= 3 and x <= 1 add up to y >= 2 against y <= 1; x cancels up to noise.
    assert certify.farkas_margin(lp, np.array([1.0, 1.0 + 1e-13])) > tolerances.FARKAS
    assert certify.farkas_margin(lp, np.array([1.0, 1.0 + 1e-6])) == -math.inf


def test_the_textbook_prices_bound_the_textbook_optimum() -> None:
    assert certify.dual_bound(wyndor(), np.array([0.0, 1.5, 1.0])) == pytest.approx(36.0)


def test_any_prices_give_a_valid_bound() -> None:
    # Prices (3, 2.5, 0) cover both columns: 12 + 30 = 42 >= 36. Too low a price on an unbounded column proves nothing.
    assert certify.dual_bound(wyndor(), np.array([3.0, 2.5, 0.0])) == pytest.approx(42.0)
    assert certify.dual_bound(wyndor(), np.zeros(3)) == math.inf
    # A price on a side that is missing proves nothing either.
    assert certify.dual_bound(wyndor(), np.array([-1.0, 1.5, 1.0])) == math.inf
    boxed = replace(wyndor(), upper=np.array([4.0, 6.0]))
    assert certify.dual_bound(boxed, np.zeros(3)) == pytest.approx(42.0)


def test_the_gap_of_a_point_that_is_not_optimal() -> None:
    result = LpResult(Status.OPTIMAL, 27.0, np.array([4.0, 3.0]), np.array([0.0, 1.5, 1.0]))
    assert certify.duality_gap(wyndor(), result) == pytest.approx((36 - 27) / 28)
    assert certify.duality_gap(wyndor(), replace(result, row_duals=None)) == math.inf


numbers = st.floats(-5, 5, allow_nan=False)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(
    matrix=st.lists(st.lists(numbers, min_size=4, max_size=4), min_size=3, max_size=3),
    prices=st.lists(numbers, min_size=3, max_size=3),
    point=st.lists(st.floats(-1, 2), min_size=4, max_size=4),
    objective=st.lists(numbers, min_size=4, max_size=4),
)
def test_weak_duality(
    matrix: list[list[float]], prices: list[float], point: list[float], objective: list[float]
) -> None:
    # Rows are put around the point, so it is feasible: no bound may lie below it, no ray may exclude it.
    dense, x = np.array(matrix), np.array(point)
    activity = dense @ x
    lp = LinearProgram(
        np.array(objective), sparse.csc_array(dense), activity - 1, activity + 1, np.full(4, -1.0), np.full(4, 2.0)
    )
    assert certify.dual_bound(lp, np.array(prices)) >= float(lp.objective @ x) - 1e-9
    assert certify.farkas_margin(lp, np.array(prices)) <= 1e-12
