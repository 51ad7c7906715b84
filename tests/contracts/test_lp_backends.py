"""What every solver must do with linear programs, asked of each one that is installed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from scipy.optimize import linprog

from strainopt import tolerances
from strainopt.errors import ModelError
from strainopt.lp import certify
from strainopt.lp.backend import Backend, result_of
from strainopt.lp.program import LinearProgram
from strainopt.lp.registry import backend
from strainopt.lp.result import LpResult, Status
from tests.contracts.programs import INF, program


def wyndor() -> LinearProgram:
    """Hillier and Lieberman's Wyndor Glass: optimum 36 at (2, 6), shadow prices 0, 3/2, 1."""
    return program([3, 5], [[1, 0], [0, 2], [3, 2]], [-INF] * 3, [4, 12, 18], [0, 0], [INF, INF])


def check_signs(lp: LinearProgram, result: LpResult) -> None:
    """The promises of `LpResult` about an optimum: feasible, stationary, complementary, no gap."""
    assert result.x is not None
    assert result.row_duals is not None
    assert result.reduced_costs is not None
    assert certify.residual(lp, result.x) <= tolerances.RESIDUAL
    assert abs(certify.duality_gap(lp, result)) <= tolerances.DUALITY_GAP
    assert result.reduced_costs == pytest.approx(lp.objective - lp.matrix.T @ result.row_duals, abs=1e-7)


def test_the_textbook_optimum_with_its_prices(solver: Backend) -> None:
    result = solver.solve(wyndor())
    assert result.status is Status.OPTIMAL
    assert result.objective == pytest.approx(36.0)
    assert result.x == pytest.approx([2.0, 6.0])
    assert result.row_duals == pytest.approx([0.0, 1.5, 1.0])
    check_signs(wyndor(), result)


def test_infeasible_with_a_ray_that_holds(solver: Backend) -> None:
    # a + b >= 3 cannot hold with both at most 1; the row alone proves it.
    lp = program([1, 0], [[1, 1], [1, -1]], [3, -INF], [INF, 5], [0, 0], [1, 1])
    result = solver.solve(lp)
    assert result.status is Status.INFEASIBLE
    assert result.ray is not None
    assert certify.farkas_margin(lp, result.ray) > tolerances.FARKAS


def test_infeasible_over_free_columns(solver: Backend) -> None:
    # Two parallel equations with different right-hand sides; no column has a bound.
    lp = program([0, 0], [[1, 1], [2, 2]], [1, 5], [1, 5], [-INF] * 2, [INF] * 2)
    result = solver.solve(lp)
    assert result.status is Status.INFEASIBLE
    assert result.ray is not None
    assert certify.farkas_margin(lp, result.ray) > tolerances.FARKAS


def test_crossed_bounds_are_infeasible_not_an_error(solver: Backend) -> None:
    session = solver.open(wyndor())
    session.set_bounds(np.array([0]), np.array([3.0]), np.array([2.0]))
    assert session.solve() is Status.INFEASIBLE
    assert session.ray() is not None
    session.set_bounds(np.array([0]), np.array([0.0]), np.array([INF]))
    assert session.solve() is Status.OPTIMAL
    assert session.objective_value() == pytest.approx(36.0)
    session.close()
    session.close()


def test_unbounded(solver: Backend) -> None:
    lp = program([1, 1], [[1, -1]], [-INF], [1], [0, 0], [INF, INF])
    assert solver.solve(lp).status is Status.UNBOUNDED


def test_beale_does_not_cycle(solver: Backend) -> None:
    # Beale's (1955) cycling example, optimum 1/20.
    lp = program(
        [0.75, -150, 0.02, -6],
        [[0.25, -60, -0.04, 9], [0.5, -90, -0.02, 3], [0, 0, 1, 0]],
        [-INF] * 3,
        [0, 0, 1],
        [0] * 4,
        [INF] * 4,
    )
    result = solver.solve(lp)
    assert result.status is Status.OPTIMAL
    assert result.objective == pytest.approx(0.05)
    check_signs(lp, result)


def test_free_ranged_and_fixed(solver: Backend) -> None:
    # max x + y + z, -4 <= x - y <= -2 (x free), y in [0, 5], z fixed at 7: x = y - 2 = 3, so 3 + 5 + 7.
    lp = program([1, 1, 1], [[1, -1, 0]], [-4], [-2], [-INF, 0, 7], [INF, 5, 7])
    result = solver.solve(lp)
    assert result.x == pytest.approx([3.0, 5.0, 7.0])
    assert result.row_duals == pytest.approx([1.0])
    assert result.reduced_costs == pytest.approx([0.0, 2.0, 1.0])


def test_a_row_bound_from_below_has_a_negative_price(solver: Backend) -> None:
    # max -x with x >= 2 as a row: another unit on the right-hand side costs one.
    lp = program([-1], [[1]], [2], [INF], [0], [INF])
    result = solver.solve(lp)
    assert result.objective == pytest.approx(-2.0)
    assert result.row_duals == pytest.approx([-1.0])


def test_no_rows(solver: Backend) -> None:
    lp = LinearProgram(
        np.array([1.0, -1.0]), sparse.csc_array((0, 2)), np.zeros(0), np.zeros(0), np.full(2, -2.0), np.full(2, 3.0)
    )
    result = solver.solve(lp)
    assert result.status is Status.OPTIMAL
    assert result.objective == pytest.approx(5.0)


def test_repeated_matrix_entries_are_added(solver: Backend) -> None:
    repeated = sparse.csc_array((np.array([1.0, 1.0]), np.array([0, 0]), np.array([0, 2])), shape=(1, 1))
    lp = LinearProgram(np.ones(1), repeated, np.full(1, -INF), np.array([6.0]), np.zeros(1), np.full(1, INF))
    assert solver.solve(lp).objective == pytest.approx(3.0)


def random_network(seed: int, rows: int = 12, columns: int = 30) -> LinearProgram:
    """S v = 0 with random reversibilities; zero is feasible and bounds are finite, so there is an optimum."""
    rng = np.random.default_rng(seed)
    matrix = rng.integers(-2, 3, (rows, columns)) * (rng.random((rows, columns)) < 0.3)
    lower = np.where(rng.random(columns) < 0.4, -10.0, 0.0)
    return LinearProgram(
        rng.normal(size=columns),
        sparse.csc_array(matrix.astype(float)),
        np.zeros(rows),
        np.zeros(rows),
        lower,
        rng.uniform(1, 10, columns),
    )


@pytest.mark.parametrize("seed", range(3))
def test_duals_are_derivatives(solver: Backend, seed: int) -> None:
    rng = np.random.default_rng(seed)
    m, n, step = 6, 9, 1e-5
    # Random real data make the optimum non-degenerate, so one-sided differences are the derivatives.
    lp = LinearProgram(
        rng.normal(size=n),
        sparse.csc_array(rng.normal(size=(m, n))),
        -rng.uniform(1, 2, m),
        rng.uniform(1, 2, m),
        -rng.uniform(1, 3, n),
        rng.uniform(1, 3, n),
    )
    base = solver.solve(lp)
    check_signs(lp, base)
    assert base.row_duals is not None
    assert base.reduced_costs is not None
    for i in range(m):
        nudge = step * (np.arange(m) == i)
        moved = solver.solve(replace(lp, row_lower=lp.row_lower + nudge, row_upper=lp.row_upper + nudge))
        assert (moved.objective - base.objective) / step == pytest.approx(base.row_duals[i], abs=1e-3)
    for j in range(n):
        nudge = step * (np.arange(n) == j)
        moved = solver.solve(lp.with_bounds(lp.lower + nudge, lp.upper + nudge))
        assert (moved.objective - base.objective) / step == pytest.approx(base.reduced_costs[j], abs=1e-3)


@pytest.mark.parametrize("seed", range(3))
def test_warm_sessions_agree_with_fresh_solves(solver: Backend, seed: int) -> None:
    rng = np.random.default_rng(seed)
    lp = random_network(seed)
    lower, upper, objective = lp.lower.copy(), lp.upper.copy(), lp.objective.copy()
    row_upper = lp.row_upper.copy()
    session = solver.open(lp)
    for round_ in range(12):
        cut = rng.choice(len(lower), 3, replace=False)
        forced = round_ % 3 == 2
        lower[cut], upper[cut] = (0.5, 1.0) if forced else (0.0, 0.0)
        session.set_bounds(cut, lower[cut], upper[cut])
        some = rng.choice(len(lower), 4, replace=False)
        objective[some] = rng.normal(size=4)
        session.set_objective_entries(some, objective[some])
        row = np.array([round_ % len(row_upper)])
        row_upper[row] = 0.5
        session.set_row_bounds(row, np.zeros(1), row_upper[row])
        now = replace(lp, lower=lower, upper=upper, objective=objective, row_upper=row_upper)
        fresh = solver.solve(now)
        status = session.solve(fresh=round_ == 5, primal=round_ == 6)
        assert status is fresh.status
        if status is Status.OPTIMAL:
            assert session.objective_value() == pytest.approx(fresh.objective, abs=1e-7)
            check_signs(now, result_of(session, status))
        else:
            ray = session.ray()
            assert ray is not None
            assert certify.farkas_margin(now, ray) > tolerances.FARKAS
        if forced:
            lower[cut], upper[cut] = lp.lower[cut], lp.upper[cut]
            session.set_bounds(cut, lower[cut], upper[cut])
    session.set_objective(lp.objective)
    session.close()


def test_values_are_copies(solver: Backend) -> None:
    session = solver.open(wyndor())
    session.solve()
    session.values()[:] = 99.0
    assert session.values() == pytest.approx([2.0, 6.0])
    before = session.values()
    session.set_bounds(np.array([1]), np.array([0.0]), np.array([1.0]))
    session.solve()
    assert before == pytest.approx([2.0, 6.0])


def test_no_time_no_verdict(solver: Backend) -> None:
    result = solver.solve(random_network(1, rows=80, columns=250), time_limit=0.0)
    assert result.status in (Status.TIME_LIMIT, Status.OPTIMAL)
    if result.status is Status.TIME_LIMIT:
        assert result.x is None


entries = st.integers(-3, 3)


@st.composite
def small_programs(draw: st.DrawFn) -> LinearProgram:
    m, n = draw(st.integers(1, 4)), draw(st.integers(1, 5))
    numbers = st.lists(entries, min_size=n, max_size=n)
    rows = draw(st.lists(numbers, min_size=m, max_size=m))
    ends = st.tuples(st.sampled_from([-INF, -4, -1, 0]), st.sampled_from([0, 1, 5, INF]))
    row_ends = draw(st.lists(st.one_of(ends, st.sampled_from([(2, 2), (1, INF)])), min_size=m, max_size=m))
    column_ends = draw(st.lists(ends, min_size=n, max_size=n))
    return program(
        draw(numbers),
        rows,
        [low for low, _ in row_ends],
        [high for _, high in row_ends],
        [low for low, _ in column_ends],
        [high for _, high in column_ends],
    )


def by_scipy(lp: LinearProgram) -> tuple[int, float]:
    dense = lp.matrix.toarray()
    above, below = np.isfinite(lp.row_upper), np.isfinite(lp.row_lower)
    answer = linprog(
        -lp.objective,
        A_ub=np.vstack([dense[above], -dense[below]]),
        b_ub=np.concatenate([lp.row_upper[above], -lp.row_lower[below]]),
        bounds=np.column_stack([lp.lower, lp.upper]),
        method="highs",
    )
    return answer.status, -answer.fun if answer.status == 0 else np.nan


@settings(max_examples=60, deadline=None, derandomize=True)
@given(lp=small_programs())
def test_random_programs_against_scipy(lp: LinearProgram) -> None:
    code, value = by_scipy(lp)
    feasible = by_scipy(lp.with_objective(np.zeros_like(lp.objective)))[0] == 0
    for name in ("glpk", "highs"):
        result = backend(name).solve(lp)
        if not feasible:
            assert result.status is Status.INFEASIBLE, name
            assert result.ray is not None, name
            assert certify.farkas_margin(lp, result.ray) > tolerances.FARKAS
        elif code == 0:
            assert result.status is Status.OPTIMAL, name
            assert result.objective == pytest.approx(value, abs=1e-6)
            check_signs(lp, result)
        else:
            assert result.status is Status.UNBOUNDED, name


WHERE_NAN = ["objective", "lower", "upper", "row_lower", "row_upper"]


@pytest.mark.parametrize("name", WHERE_NAN)
def test_a_number_that_is_none_never_reaches_a_solver(solver: Backend, name: str) -> None:
    # GLPK aborts the whole process over such a bound, so without the guard this test would end the test run.
    lp = wyndor()
    with pytest.raises(ModelError, match="nan"):
        replace(lp, **{name: np.full_like(getattr(lp, name), np.nan)})
    getattr(lp, name)[1] = np.nan
    with pytest.raises(ModelError, match=rf"{name}\[1\]"):
        solver.open(lp)
    with pytest.raises(ModelError, match=rf"{name}\[1\]"):
        solver.solve(lp)


def test_a_matrix_entry_that_is_no_number_is_refused() -> None:
    with pytest.raises(ModelError, match="matrix"):
        program([1], [[np.nan]], [0], [1], [0], [1])


def test_a_session_refuses_numbers_that_are_none_and_goes_on(solver: Backend) -> None:
    session = solver.open(wyndor())
    second, nan, one = np.array([1]), np.array([np.nan]), np.ones(1)
    for change, arguments, where in (
        (session.set_bounds, (second, nan, one), r"lower\[1\]"),
        (session.set_bounds, (second, one, nan), r"upper\[1\]"),
        (session.set_row_bounds, (second, nan, one), r"row_lower\[1\]"),
        (session.set_row_bounds, (second, one, nan), r"row_upper\[1\]"),
        (session.set_objective_entries, (second, nan), r"objective\[1\]"),
        (session.set_objective, (np.array([3.0, np.nan]),), r"objective\[1\]"),
    ):
        with pytest.raises(ModelError, match=where):
            change(*arguments)
    assert session.solve() is Status.OPTIMAL
    assert session.objective_value() == pytest.approx(36.0)
    session.close()
