"""Second objectives over the optima of a first."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import sparse

from strainopt import tolerances
from strainopt.errors import SolverError
from strainopt.lp.backend import Backend
from strainopt.lp.certify import residual
from strainopt.lp.exact import ExactBackend
from strainopt.lp.glpk import GlpkBackend
from strainopt.lp.highs import HighsBackend
from strainopt.lp.lexicographic import FaceSolver, optimal_face
from strainopt.lp.program import FloatArray, LinearProgram
from strainopt.lp.result import LpResult, Status

INF = np.inf


def tied() -> LinearProgram:
    """max a + b, a + b <= 4, both in [0, 3]: the optima are the segment from (1, 3) to (3, 1)."""
    return LinearProgram(
        objective=np.ones(2),
        matrix=sparse.csc_array(np.ones((1, 2))),
        row_lower=np.array([-INF]),
        row_upper=np.array([4.0]),
        lower=np.zeros(2),
        upper=np.full(2, 3.0),
    )


def priced(cost: float) -> LinearProgram:
    """max x - cost * y with x <= 1, y <= 10 and an idle row: y is zero at every optimum."""
    return LinearProgram(
        objective=np.array([1.0, -cost]),
        matrix=sparse.csc_array(np.array([[1.0, 1.0]])),
        row_lower=np.array([-INF]),
        row_upper=np.array([100.0]),
        lower=np.zeros(2),
        upper=np.array([1.0, 10.0]),
    )


def test_the_ends_of_a_segment() -> None:
    solver = FaceSolver(tied())
    first = np.array([1.0, 0.0])
    low, high = solver.extremes_then(first)
    assert (low.status, high.status) == (Status.OPTIMAL, Status.OPTIMAL)
    assert low.first == high.first == pytest.approx(4.0)
    assert low.second == pytest.approx(1.0)
    assert low.x == pytest.approx([1.0, 3.0])
    assert high.second == pytest.approx(3.0)
    assert high.x == pytest.approx([3.0, 1.0])
    assert solver.maximise_then(first).second == pytest.approx(3.0)
    assert solver.minimise_then(first).second == pytest.approx(1.0)


def test_bounds_change_and_nothing_stays_pinned() -> None:
    solver = FaceSolver(tied())
    second = np.array([1.0, 0.0])
    solver.extremes_then(second)
    solver.set_bounds(np.array([0]), np.zeros(1), np.array([0.5]))
    low, high = solver.extremes_then(second)
    # a <= 0.5 and b <= 3: the optimum is the point (0.5, 3) alone.
    assert low.first == pytest.approx(3.5)
    assert (low.second, high.second) == pytest.approx((0.5, 0.5))
    solver.set_bounds(np.array([0]), np.array([5.0]), np.array([6.0]))
    assert solver.maximise_then(second).status is Status.INFEASIBLE
    solver.set_bounds(np.array([0]), np.zeros(1), np.array([3.0]))
    assert solver.extremes_then(second)[0].second == pytest.approx(1.0)
    solver.close()


@pytest.mark.parametrize("cost", [1e-3, 1e-5])
def test_a_small_price_is_not_traded_for_the_second_objective(cost: float) -> None:
    # A slack row alone would allow y = 2 * FACE_SLACK / cost, 2e-4 at a cost of 1e-5.
    answer = FaceSolver(priced(cost)).maximise_then(np.array([0.0, 1.0]))
    assert answer.second == pytest.approx(0.0, abs=1e-12)
    assert 2 * tolerances.FACE_SLACK / cost > 1e-7


def test_the_face_as_a_program() -> None:
    result = GlpkBackend().solve(tied())
    face = optimal_face(tied(), result)
    assert face.shape == (2, 2)
    assert face.row_lower[0] == face.row_upper[0] == 4.0
    assert face.row_lower[1] == pytest.approx(4.0)
    for sign, expected in ((1.0, 3.0), (-1.0, 1.0)):
        end = GlpkBackend().solve(face.with_objective(sign * np.array([1.0, 0.0])))
        assert sign * end.objective == pytest.approx(expected)
    tight = optimal_face(priced(1e-5), GlpkBackend().solve(priced(1e-5)))
    assert tight.upper[1] == 0.0
    assert tight.lower[0] == 1.0


def test_the_face_needs_an_optimum_with_duals() -> None:
    result = GlpkBackend().solve(tied())
    with pytest.raises(SolverError):
        optimal_face(tied(), replace(result, row_duals=None))
    with pytest.raises(SolverError):
        optimal_face(tied(), LpResult(Status.INFEASIBLE, np.nan))


def network(seed: int) -> tuple[LinearProgram, FloatArray]:
    rng = np.random.default_rng(seed)
    rows, columns = 10, 26
    matrix = rng.integers(-1, 2, (rows, columns)) * (rng.random((rows, columns)) < 0.35)
    growth = np.zeros(columns)
    growth[0] = 1.0
    product = np.zeros(columns)
    product[1] = 1.0
    lower = np.where(rng.random(columns) < 0.4, -8.0, 0.0)
    program = LinearProgram(
        growth, sparse.csc_array(matrix.astype(float)), np.zeros(rows), np.zeros(rows), lower, np.full(columns, 8.0)
    )
    return program, product


@pytest.mark.parametrize("seed", range(6))
def test_against_rational_arithmetic_with_the_optimum_as_an_equation(seed: int) -> None:
    # Integer data up to 8: the growth optimum is a rational with a small denominator, found exactly by the referee.
    program, product = network(seed)
    solver, referee = FaceSolver(program), ExactBackend()
    rng = np.random.default_rng(seed)
    lower, upper = program.lower.copy(), program.upper.copy()
    for _ in range(5):
        cut = rng.choice(np.arange(2, 26), 2, replace=False)
        lower[cut] = upper[cut] = 0.0
        solver.set_bounds(cut, lower[cut], upper[cut])
        now = program.with_bounds(lower.copy(), upper.copy())
        best = referee.solve(now).objective
        fixed_lower = lower.copy()
        fixed_lower[0] = best - 1e-12
        low, high = solver.extremes_then(product)
        assert low.first == pytest.approx(best, abs=1e-8)
        for answer, sign in ((low, -1.0), (high, 1.0)):
            told = referee.solve(now.with_bounds(fixed_lower, upper.copy()).with_objective(sign * product))
            assert answer.second == pytest.approx(sign * told.objective, abs=1e-6)


def nearly_empty() -> tuple[LinearProgram, LpResult]:
    """max a with a = b, a <= 1 and b <= 1 - 1e-8, and the answer of a solver that may be off by as much.

    Both upper bounds have a price, so the nominal face is a = 1, b = 1 - 1e-8, a = b: no point, by a true proof.
    """
    program = LinearProgram(
        objective=np.array([1.0, 0.0]),
        matrix=sparse.csc_array(np.array([[1.0, -1.0]])),
        row_lower=np.zeros(1),
        row_upper=np.zeros(1),
        lower=np.zeros(2),
        upper=np.array([1.0, 1.0 - 1e-8]),
    )
    answer = LpResult(Status.OPTIMAL, 1.0, np.array([1.0, 1.0]), np.array([0.5]), np.array([0.5, 0.5]))
    return program, answer


@pytest.mark.parametrize("solver", [GlpkBackend(), HighsBackend()], ids=["glpk", "highs"])
def test_a_face_holds_the_point_that_it_is_the_face_of(solver: Backend) -> None:
    program, answer = nearly_empty()
    face = optimal_face(program, answer)
    assert residual(face, answer.values()) == 0.0
    again = solver.solve(face.with_objective(np.array([0.0, -1.0])))
    assert again.status is Status.OPTIMAL
    assert again.objective == pytest.approx(-1.0, abs=1e-7)


def test_a_face_gives_way_by_no_more_than_the_point_is_off() -> None:
    program, answer = nearly_empty()
    face = optimal_face(program, answer)
    assert face.lower.tolist() == [1.0, 1.0 - 1e-8]
    assert face.upper.tolist() == [1.0, 1.0]
    assert (face.row_lower[0], face.row_upper[0]) == (0.0, 0.0)


def test_an_optimum_without_values_has_no_face() -> None:
    program, answer = nearly_empty()
    with pytest.raises(SolverError, match="no values"):
        optimal_face(program, replace(answer, x=None))
