"""What every solver must do with mixed-integer programs, asked of each one that is installed and takes them."""

from __future__ import annotations

import itertools
import time

import numpy as np
import pytest
from scipy import sparse

from strainopt import tolerances
from strainopt.errors import SolverError
from strainopt.lp import certify
from strainopt.lp.backend import Backend
from strainopt.lp.program import Indicator, LinearProgram, MixedProgram
from strainopt.lp.registry import backend
from strainopt.lp.result import MixedOptions, Progress, Status
from tests.contracts.programs import INF, program


def knapsacks(n: int, m: int, seed: int) -> MixedProgram:
    """Multidimensional knapsacks with values correlated to weights, hard in the sense of Chu and Beasley (1998)."""
    rng = np.random.default_rng(seed)
    weights = rng.integers(1, 1000, (m, n)).astype(float)
    values = weights.mean(axis=0).round() + rng.integers(0, 100, n)
    linear = LinearProgram(
        values,
        sparse.csc_array(weights),
        np.full(m, -INF),
        np.floor(weights.sum(axis=1) / 2),
        np.zeros(n),
        np.ones(n),
    )
    return MixedProgram(linear, np.ones(n, dtype=bool))


def market_split(rows: int = 5, columns: int = 45, seed: int = 3) -> tuple[MixedProgram, np.ndarray]:
    """Cornuejols and Dawande's (1998) market split with a planted answer; no branch-and-bound finds it in seconds."""
    rng = np.random.default_rng(seed)
    weights = rng.integers(0, 100, (rows, columns)).astype(float)
    planted = (rng.random(columns) < 0.5).astype(float)
    sides = weights @ planted
    linear = LinearProgram(
        np.ones(columns), sparse.csc_array(weights), sides, sides, np.zeros(columns), np.ones(columns)
    )
    return MixedProgram(linear, np.ones(columns, dtype=bool)), planted


HARD = knapsacks(100, 10, seed=1)


@pytest.mark.parametrize("seed", range(2))
def test_knapsacks_against_every_packing(mixed_solver: Backend, seed: int) -> None:
    mixed = knapsacks(12, 3, seed)
    packings = np.array(list(itertools.product((0.0, 1.0), repeat=12)))
    fits = np.all(packings @ mixed.linear.matrix.toarray().T <= mixed.linear.row_upper, axis=1)
    best = float(np.max(packings[fits] @ mixed.linear.objective))
    result = mixed_solver.solve_mixed(mixed, MixedOptions())
    assert result.status is Status.OPTIMAL
    assert result.objective == pytest.approx(best)
    assert result.bound == pytest.approx(best)
    assert result.x is not None
    assert certify.residual(mixed.linear, result.x) <= tolerances.RESIDUAL
    assert np.array_equal(result.x, np.round(result.x))


def test_mixed_infeasible_by_integrality_alone(mixed_solver: Backend) -> None:
    # 2 a + 2 b = 3 has points, but no whole ones.
    lp = program([1, 1], [[2, 2]], [3], [3], [0, 0], [1, 1])
    result = mixed_solver.solve_mixed(MixedProgram(lp, np.ones(2, dtype=bool)), MixedOptions())
    assert result.status is Status.INFEASIBLE
    assert result.x is None


def test_mixed_unbounded(mixed_solver: Backend) -> None:
    lp = program([1, 1], [[1, -1]], [-INF], [1.5], [0, 0], [INF, INF])
    result = mixed_solver.solve_mixed(MixedProgram(lp, np.array([True, False])), MixedOptions(time_limit=10.0))
    assert result.status is Status.UNBOUNDED


def test_fractional_bounds_of_integer_columns(mixed_solver: Backend) -> None:
    lp = program([1, -1], [[1, 1]], [-INF], [10], [0.5, 0.5], [3.7, 3.7])
    result = mixed_solver.solve_mixed(MixedProgram(lp, np.ones(2, dtype=bool)), MixedOptions())
    assert result.objective == pytest.approx(2.0)


def test_a_time_limit_keeps_incumbent_and_bound(mixed_solver: Backend) -> None:
    began = time.monotonic()
    result = mixed_solver.solve_mixed(HARD, MixedOptions(time_limit=1.0))
    assert time.monotonic() - began < 10.0
    assert result.status is Status.TIME_LIMIT
    assert not result.status.proven
    assert result.x is not None
    assert certify.residual(HARD.linear, result.x) <= tolerances.RESIDUAL
    assert result.objective == pytest.approx(float(HARD.linear.objective @ result.x))
    # A bound of 0 or infinity would pass a weaker test; the linear relaxation is within reach at once.
    relaxed = backend("glpk").solve(HARD.linear).objective
    assert result.objective < result.bound <= relaxed * (1 + 1e-3)


def test_stop_interrupts(watched_solver: Backend) -> None:
    began = time.monotonic()
    options = MixedOptions(time_limit=30.0, stop=lambda: time.monotonic() - began > 0.5)
    result = watched_solver.solve_mixed(HARD, options)
    assert result.status is Status.INTERRUPTED
    assert result.seconds < 15.0
    assert result.x is not None
    assert result.bound >= result.objective


def test_incumbents_and_progress_are_told(watched_solver: Backend) -> None:
    found: list[tuple[np.ndarray, float]] = []
    moments: list[Progress] = []
    options = MixedOptions(
        time_limit=2.0, on_incumbent=lambda x, value: found.append((x.copy(), value)), on_progress=moments.append
    )
    result = watched_solver.solve_mixed(knapsacks(25, 5, seed=2), options)
    assert result.x is not None
    assert found
    values = [value for _, value in found]
    assert values == sorted(values)
    assert values[-1] == pytest.approx(result.objective)
    linear = knapsacks(25, 5, seed=2).linear
    for x, value in found:
        assert certify.residual(linear, x) <= 1e-6
        assert value == pytest.approx(float(linear.objective @ x))
    assert moments
    assert all(moment.bound >= result.objective - 1e-6 for moment in moments)


def test_an_exception_in_a_callback_reaches_the_caller(watched_solver: Backend) -> None:
    def refuse(_x: np.ndarray, _value: float) -> None:
        raise LookupError("mine")

    with pytest.raises(LookupError, match="mine"):
        watched_solver.solve_mixed(HARD, MixedOptions(time_limit=5.0, on_incumbent=refuse))


def test_the_start_is_used(mixed_solver: Backend) -> None:
    mixed, planted = market_split()
    without = mixed_solver.solve_mixed(mixed, MixedOptions(time_limit=0.7))
    assert without.x is None
    result = mixed_solver.solve_mixed(mixed, MixedOptions(time_limit=0.7, start=planted))
    assert result.x == pytest.approx(planted)
    assert result.objective == pytest.approx(float(planted.sum()))


def test_a_start_that_is_not_feasible_does_no_harm(mixed_solver: Backend) -> None:
    mixed = knapsacks(12, 3, seed=0)
    plain = mixed_solver.solve_mixed(mixed, MixedOptions())
    started = mixed_solver.solve_mixed(mixed, MixedOptions(start=np.ones(12)))
    assert started.objective == pytest.approx(plain.objective)


def test_gaps_take_effect(mixed_solver: Backend) -> None:
    result = mixed_solver.solve_mixed(HARD, MixedOptions(time_limit=20.0, relative_gap=0.05))
    assert result.status is Status.OPTIMAL
    assert result.x is not None
    assert result.objective * 1.05 >= result.bound - 1e-6
    assert result.bound > result.objective


def test_the_same_seed_gives_the_same_run(mixed_solver: Backend) -> None:
    mixed = knapsacks(25, 5, seed=4)
    first, second = (mixed_solver.solve_mixed(mixed, MixedOptions(seed=7)) for _ in range(2))
    assert first.nodes == second.nodes
    assert np.array_equal(first.x, second.x)


def test_two_threads_agree_with_one(mixed_solver: Backend) -> None:
    mixed = knapsacks(20, 5, seed=5)
    one = mixed_solver.solve_mixed(mixed, MixedOptions(threads=1))
    two = mixed_solver.solve_mixed(mixed, MixedOptions(threads=2))
    assert one.objective == pytest.approx(two.objective)


def test_indicators_are_obeyed_or_refused(mixed_solver: Backend) -> None:
    # max x - 0.5 b with x <= 3 cut to zero while b = 0: pay for b, 2.5.
    lp = program([1, -0.5], [[1, 0]], [-INF], [3], [0, 0], [5, 1])
    mixed = MixedProgram(lp, np.array([False, True]), indicators=(Indicator(binary=1, active=0, column=0),))
    if not mixed_solver.availability().takes_indicators:
        with pytest.raises(SolverError):
            mixed_solver.solve_mixed(mixed, MixedOptions())
        return
    result = mixed_solver.solve_mixed(mixed, MixedOptions())
    assert result.objective == pytest.approx(2.5)
    dear = MixedProgram(lp.with_objective(np.array([1.0, -4.0])), mixed.integer, indicators=mixed.indicators)
    assert mixed_solver.solve_mixed(dear, MixedOptions()).objective == pytest.approx(0.0)
