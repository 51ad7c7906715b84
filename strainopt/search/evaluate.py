"""The exact value of a deletion set, by plain linear programs; the only place values come from."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from strainopt.bilevel.parsimonious import parts_of
from strainopt.bilevel.problem import BilevelProblem, Method, Ties
from strainopt.errors import SolverError
from strainopt.lp.backend import Backend
from strainopt.lp.lexicographic import FaceSolver
from strainopt.lp.program import FloatArray, IntArray, LinearProgram
from strainopt.lp.result import Status
from strainopt.lp.trusted import TrustedSession
from strainopt.search.coupling import CouplingSolver
from strainopt.tolerances import FACE_SLACK, GROWTH_MARGIN

__all__ = ["Evaluation", "Evaluator", "evened"]


UNUSUAL = 128.0
"""Largest coefficient of a balance, or its inverse, beyond which the balance is written in another unit."""


@dataclass(frozen=True)
class Evaluation:
    """Growth optimum and value of a deletion set; the value is -inf where the set is not viable."""

    growth: float
    value: float
    viable: bool


class Evaluator:
    """Evaluates deletion sets of one problem on warm, certified sessions.

    Attributes
    ----------
    lps : int
        Linear programs solved so far.
    """

    def __init__(self, problem: BilevelProblem, *, backend: Backend | None = None) -> None:
        self.problem = problem = replace(problem, matrix=evened(problem.matrix))
        self.lps = 0
        self._known: dict[bytes, Evaluation] = {}
        self._state: FloatArray | None = None
        m = problem.matrix.shape[0]
        program = LinearProgram(
            problem.growth, problem.matrix, np.zeros(m), np.zeros(m), problem.lower.copy(), problem.upper.copy()
        )
        self._closed: IntArray = np.zeros(0, dtype=np.intp)
        self._face = FaceSolver(program, backend=backend)
        self._least: _Thresholded | None = None
        self._spread: _Thresholded | None = None
        self._pair = CouplingSolver(problem, backend=backend) if problem.method is Method.OPTCOUPLE else None
        if problem.method in (Method.PESSIMISTIC, Method.STRONG):
            self._least = _Thresholded(program, (problem.growth,), backend)
        if problem.method is Method.PFBA:
            parts = parts_of(problem)
            split = LinearProgram(
                parts.growth,
                parts.follower.matrix,
                np.zeros(m),
                np.zeros(m),
                parts.follower.lower,
                parts.follower.upper,
            )
            self._parts = parts
            self._spread = _Thresholded(split, (parts.growth, -parts.total), backend)

    def evaluate(self, deleted: frozenset[int]) -> Evaluation:
        """Growth and value of a set; sets that close the same columns are evaluated once.

        Raises
        ------
        SolverError
            No solver gave a certified answer.
        """
        closed = self.problem.closed_columns(deleted)
        key = closed.tobytes()
        if key not in self._known:
            self._known[key] = self._evaluate(closed)
        return self._known[key]

    def state(self, deleted: frozenset[int]) -> FloatArray:
        """A flux vector behind the value of a viable set: the state that its value is read from, shape (n,)."""
        state = self.limiting_state(deleted)
        if state is None:
            raise SolverError("no state of a set that is not viable, or that always makes product")
        return state

    def limiting_state(self, deleted: frozenset[int]) -> FloatArray | None:
        """A flux vector, shape (n,), that limits the value of larger sets of deletions which leave it feasible.

        The state that the value is read from; for OPTCOUPLE the one of the largest growth without product. None where
        there is none.
        """
        self._state = None
        self._evaluate(self.problem.closed_columns(deleted))
        return self._state

    def close(self) -> None:
        """Free the solvers' memory; safe to call twice."""
        self._face.close()
        if self._pair is not None:
            self._pair.close()
        for sessions in (self._least, self._spread):
            if sessions is not None:
                sessions.session.close()

    def _evaluate(self, closed: IntArray) -> Evaluation:
        problem = self.problem
        forced = (problem.lower[closed] > 0.0) | (problem.upper[closed] < 0.0)
        if forced.any():
            return Evaluation(float("nan"), -np.inf, viable=False)
        if self._pair is not None:
            return self._coupled(self._pair, closed)
        zeros = np.zeros(len(closed))
        self._face.set_bounds(closed, zeros, zeros)
        try:
            optimistic = problem.method is Method.OPTKNOCK
            answer = (self._face.maximise_then if optimistic else self._face.minimise_then)(problem.product)
            self.lps += 2
        finally:
            self._face.set_bounds(closed, problem.lower[closed], problem.upper[closed])
        if answer.status is Status.INFEASIBLE:
            return Evaluation(float("nan"), -np.inf, viable=False)
        growth = answer.first
        if self._too_slow(growth):
            return Evaluation(growth, -np.inf, viable=False)
        if answer.status is not Status.OPTIMAL:
            raise SolverError("no certified optimum for a deletion set", why=f"the solver said {answer.status.value}")
        self._state = answer.x
        if self._least is not None:
            strong = problem.method is Method.STRONG
            threshold = min(problem.min_growth, growth) if strong else problem.alpha * growth
            self.lps += 1
            value = -self._least.maximise(-problem.product, closed, (threshold,))
            self._state = self._least.session.values()
        elif self._spread is not None:
            value = self._parsimonious(closed, growth)
        else:
            value = answer.second
        return Evaluation(growth, value, viable=True)

    def _coupled(self, pair: CouplingSolver, closed: IntArray) -> Evaluation:
        before = pair.lps
        found = pair.solve(closed)
        self.lps += pair.lps - before
        self._state = found.state
        # not a number is too slow as well
        if not found.growth >= 0.0 or self._too_slow(found.growth):
            return Evaluation(found.growth, -np.inf, viable=False)
        return Evaluation(found.growth, found.growth - found.without, viable=True)

    def _too_slow(self, growth: float) -> bool:
        least = self.problem.min_growth
        return growth < least - GROWTH_MARGIN * (1.0 + least)

    def _parsimonious(self, closed: IntArray, growth: float) -> float:
        assert self._spread is not None  # noqa: S101 - only called for pfba
        columns = np.concatenate([closed, closed + len(self.problem.lower)])
        parts, sign = self._parts, 1.0 if self.problem.ties is Ties.OPTIMISTIC else -1.0
        self.lps += 2
        spent = self._spread.maximise(-parts.total, columns, (growth,))
        value = sign * self._spread.maximise(sign * parts.product, columns, (growth, spent))
        both = self._spread.session.values()
        self._state = both[: len(self.problem.lower)] - both[len(self.problem.lower) :]
        return value


def evened(matrix: sparse.csc_array) -> sparse.csc_array:
    """The matrix of balances with rows of very large or very small coefficients multiplied by powers of two.

    Fluxes stay what they are; an absolute tolerance means the same in every row. Rows of a usual size stay untouched.
    """
    largest = abs(matrix).max(axis=1).toarray().ravel() if matrix.shape[0] else np.zeros(0)
    unusual = (largest > 0.0) & ((largest > UNUSUAL) | (largest < 1.0 / UNUSUAL))
    if not unusual.any():
        return matrix
    powers = np.where(unusual, np.exp2(-np.round(np.log2(np.where(unusual, largest, 1.0)))), 1.0)
    return sparse.csc_array(sparse.diags_array(powers) @ matrix)


class _Thresholded:
    """A session with extra rows `a @ v >= threshold`, thresholds eased by the slack that keeps optima feasible."""

    def __init__(self, program: LinearProgram, rows: tuple[FloatArray, ...], backend: Backend | None) -> None:
        m = program.shape[0]
        stacked = sparse.csc_array(sparse.vstack([program.matrix, *(sparse.csr_array(row[None, :]) for row in rows)]))
        open_rows = np.full(len(rows), np.inf)
        self.lower, self.upper = program.lower.copy(), program.upper.copy()
        self.rows = np.arange(m, m + len(rows), dtype=np.intp)
        extended = LinearProgram(
            program.objective,
            stacked,
            np.concatenate([program.row_lower, -open_rows]),
            np.concatenate([program.row_upper, open_rows]),
            program.lower,
            program.upper,
        )
        self.session = TrustedSession(extended, backend=backend)

    def maximise(self, objective: FloatArray, closed: IntArray, thresholds: tuple[float, ...]) -> float:
        """Best objective with columns closed, over states that meet the thresholds of the first rows."""
        goals = np.full(len(self.rows), -np.inf)
        for place, threshold in enumerate(thresholds):
            goals[place] = threshold - FACE_SLACK * (1.0 + abs(threshold))
        zeros = np.zeros(len(closed))
        self.session.set_row_bounds(self.rows, goals, np.full(len(self.rows), np.inf))
        self.session.set_bounds(closed, zeros, zeros)
        try:
            self.session.set_objective(objective)
            status = self.session.solve()
            if status is not Status.OPTIMAL:
                raise SolverError("no certified optimum for a deletion set", why=f"the solver said {status.value}")
            return self.session.objective_value()
        finally:
            self.session.set_bounds(closed, self.lower[closed], self.upper[closed])
