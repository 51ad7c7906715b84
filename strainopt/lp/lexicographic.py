"""A second objective over the optima of a first.

How exact this is. By complementary slackness, a column whose reduced cost is not zero in *one* dual optimum sits at
that bound in *every* primal optimum, and a row with a price is tight in every one. Fixing those columns and rows
therefore loses no optimum and, in exact arithmetic, leaves nothing but optima. In floating point a reduced cost
below `tolerances.FACE_REDUCED_COST` (relative to the largest objective coefficient) is not trusted to be other than
zero; what such columns could give away is held by the row `objective @ x >= optimum - FACE_SLACK * (1 + |optimum|)`.
So the second optimum is taken over a set that holds all optima and whose points fall short by at most that slack
(and the solver's feasibility tolerance). Only columns of tiny reduced cost can trade it for the second objective.

The point that a solver calls optimal is itself off its bounds and rows by up to the feasibility tolerance. A face
built from the nominal numbers may miss it, and then have no point at all: least total flux over the growth optima
of a genome-scale model was called infeasible, with a true Farkas proof, over 1e-9 of growth. So `optimal_face` is
built around the point: bounds give way as far as it needs, and no further.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from strainopt import tolerances
from strainopt.errors import SolverError
from strainopt.lp.backend import Backend
from strainopt.lp.program import FloatArray, IntArray, LinearProgram
from strainopt.lp.result import LpResult, Status
from strainopt.lp.trusted import TrustCounts, TrustedSession

__all__ = ["FaceOptimum", "FaceSolver", "optimal_face"]


@dataclass(frozen=True, eq=False)
class FaceOptimum:
    """Best first objective and, among its optima, the best second one.

    Attributes
    ----------
    status : Status
        OPTIMAL if both are; otherwise the status of the solve that was not, and the values it leaves open are nan.
    first, second : float
        Values of the two objectives.
    x : float array, shape (n,), or None
        A point that has both.
    """

    status: Status
    first: float = math.nan
    second: float = math.nan
    x: FloatArray | None = None


def optimal_face(program: LinearProgram, result: LpResult) -> LinearProgram:
    """The program restricted to its optima, which `result` describes; the objective is kept.

    Parameters
    ----------
    program : LinearProgram
        With m rows.
    result : LpResult
        An OPTIMAL answer to it, with duals.

    Returns
    -------
    LinearProgram
        m + 1 rows, the last one `objective @ x >= optimum - slack`; see the module's text on exactness. The point
        `result.x` is in it, whatever its rounding.

    Raises
    ------
    SolverError
        `result` is not OPTIMAL or has no values or duals.
    """
    if result.status is not Status.OPTIMAL or result.row_duals is None or result.reduced_costs is None:
        raise SolverError("the optimal face needs an optimal solution with duals")
    columns, sides = _pinned(program.objective, result.reduced_costs, program.lower, program.upper)
    rows, row_sides = _pinned(program.objective, result.row_duals, program.row_lower, program.row_upper)
    x = result.values()
    lower, upper = _around(x, program.lower, program.upper, columns, sides)
    row_lower, row_upper = _around(program.matrix @ x, program.row_lower, program.row_upper, rows, row_sides)
    extended = _with_objective_row(replace(program, row_lower=row_lower, row_upper=row_upper, lower=lower, upper=upper))
    extended.row_lower[-1] = min(_floor(result.objective), float(program.objective @ x))
    return extended


class FaceSolver:
    """Lexicographic optima of one program under changing column bounds, by one certified session.

    The first objective is the program's own; its row is built in once and left open while the first objective is
    maximised. Every bound that a solve pins is put back after it.
    """

    def __init__(self, program: LinearProgram, *, backend: Backend | None = None) -> None:
        self._first = program.objective.copy()
        self._lower, self._upper = program.lower.copy(), program.upper.copy()
        self._inequalities: IntArray = np.flatnonzero(program.row_lower != program.row_upper)
        self._row_lower = program.row_lower[self._inequalities]
        self._row_upper = program.row_upper[self._inequalities]
        self._growth_row = np.array([program.shape[0]], dtype=np.intp)
        self._session = TrustedSession(_with_objective_row(program), backend=backend)

    @property
    def counts(self) -> TrustCounts:
        """How the answers were certified."""
        return self._session.counts

    def set_bounds(self, columns: IntArray, lower: FloatArray, upper: FloatArray) -> None:
        """Replace the bounds of the given columns."""
        self._lower[columns], self._upper[columns] = lower, upper
        self._session.set_bounds(columns, lower, upper)

    def maximise_then(self, second: FloatArray) -> FaceOptimum:
        """Maximise the program's objective, then `second` (shape (n,)) over the optima."""
        return self._lexicographic((second,))[0]

    def minimise_then(self, second: FloatArray) -> FaceOptimum:
        """Maximise the program's objective, then minimise `second` over the optima; `second` keeps its own sign."""
        return _negated(self._lexicographic((-second,))[0])

    def extremes_then(self, second: FloatArray) -> tuple[FaceOptimum, FaceOptimum]:
        """`minimise_then` and `maximise_then` for the price of one first solve."""
        low, high = self._lexicographic((-second, second))
        return _negated(low), high

    def close(self) -> None:
        """Free the solvers' memory; safe to call twice."""
        self._session.close()

    def _lexicographic(self, seconds: tuple[FloatArray, ...]) -> list[FaceOptimum]:
        session = self._session
        session.set_objective(self._first)
        status = session.solve()
        if status is not Status.OPTIMAL:
            return [FaceOptimum(status)] * len(seconds)
        best = session.objective_value()
        columns, sides = _pinned(self._first, session.reduced_costs(), self._lower, self._upper)
        duals = session.row_duals()[self._inequalities]
        places, row_sides = _pinned(self._first, duals, self._row_lower, self._row_upper)
        rows = self._inequalities[places]
        session.set_bounds(columns, sides, sides)
        session.set_row_bounds(rows, row_sides, row_sides)
        session.set_row_bounds(self._growth_row, np.array([_floor(best)]), np.array([np.inf]))
        try:
            return [self._second(second, best) for second in seconds]
        finally:
            session.set_bounds(columns, self._lower[columns], self._upper[columns])
            session.set_row_bounds(rows, self._row_lower[places], self._row_upper[places])
            session.set_row_bounds(self._growth_row, np.array([-np.inf]), np.array([np.inf]))

    def _second(self, second: FloatArray, best: float) -> FaceOptimum:
        self._session.set_objective(second)
        status = self._session.solve()
        if status is not Status.OPTIMAL:
            return FaceOptimum(status, best)
        return FaceOptimum(status, best, self._session.objective_value(), self._session.values())


def _pinned(
    objective: FloatArray, prices: FloatArray, lower: FloatArray, upper: FloatArray
) -> tuple[IntArray, FloatArray]:
    """Which entries a price pins in every optimum, and to which value (LpResult's signs: > 0 upper, < 0 lower)."""
    least = tolerances.FACE_REDUCED_COST * float(np.max(np.abs(objective), initial=0.0))
    sides = np.where(prices > 0, upper, lower)
    pinned = (np.abs(prices) > least) & (np.abs(sides) < tolerances.INFINITE)
    places: IntArray = np.flatnonzero(pinned)
    return places, sides[places]


def _around(
    values: FloatArray, lower: FloatArray, upper: FloatArray, pinned: IntArray, sides: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Bounds with the pinned ones closed at their sides, moved by no more than it takes to hold `values`.

    The nominal numbers stay inside, since in exact arithmetic only they may be consistent.
    """
    low, high = lower.copy(), upper.copy()
    low[pinned] = high[pinned] = sides
    return np.minimum(low, values), np.maximum(high, values)


def _floor(best: float) -> float:
    return best - tolerances.FACE_SLACK * (1.0 + abs(best))


def _with_objective_row(program: LinearProgram) -> LinearProgram:
    """The program with its objective as a last row, which is open on both sides."""
    row = sparse.csc_array(program.objective[np.newaxis, :])
    return replace(
        program,
        matrix=sparse.csc_array(sparse.vstack([program.matrix, row], format="csc")),
        row_lower=np.append(program.row_lower, -np.inf),
        row_upper=np.append(program.row_upper, np.inf),
    )


def _negated(answer: FaceOptimum) -> FaceOptimum:
    return replace(answer, second=-answer.second)
