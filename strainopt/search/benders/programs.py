"""The linear programs of the search, on warm sessions: ceilings, reaches and witnesses.

Ceilings prune, so they are dual bounds checked by arithmetic. Reaches only guide. Witnesses are checked where they
are found; a witness that is missed costs an exact evaluation and never an answer.
"""

from __future__ import annotations

import math
import time

import numpy as np
from scipy import sparse

from strainopt.bilevel.problem import BilevelProblem
from strainopt.lp.backend import Backend, LpSession
from strainopt.lp.glpk import GlpkBackend
from strainopt.lp.program import FloatArray, IntArray, LinearProgram
from strainopt.lp.result import Status
from strainopt.lp.trusted import TrustCounts, TrustedSession
from strainopt.search.benders.rules.rule import Demand
from strainopt.search.benders.scaled import Scaled
from strainopt.search.benders.weights import Weights
from strainopt.tolerances import PRIMAL_FEASIBILITY, WITNESS_ROUNDING, WITNESS_SHARE

__all__ = ["Programs", "most_value", "with_rows"]

NOISE = (WITNESS_ROUNDING, 10.0 * WITNESS_ROUNDING, 100.0 * WITNESS_ROUNDING, 0.0)
"""Fluxes up to these are set to zero, if what is left is a state: noise of a vertex on a few columns would otherwise
cost a fresh solve by the dual simplex, which takes ten times as long."""


class Programs:
    """Three linear programs over the same fluxes, in the units of `Scaled`.

    Attributes
    ----------
    lps : int
        Linear programs solved.
    dropped : int
        Witnesses whose residuals or growth were not good enough.
    weights : Weights
        Of the fluxes in the witnesses to come.
    """

    def __init__(
        self, scaled: Scaled, *, deadline: float, generator: np.random.Generator, backend: Backend | None = None
    ) -> None:
        problem = scaled.problem
        solver: Backend = GlpkBackend() if backend is None else backend
        # after a bound is changed the dual simplex goes on from the last basis; the primal one takes many times longer
        neighbours: Backend = GlpkBackend(warm_dual=True) if solver.name == "glpk" else solver
        self._scaled = scaled
        self._deadline = deadline
        self.lps = 0
        self.dropped = 0
        m, n = scaled.matrix.shape
        self._m = m
        whole = with_rows(scaled.matrix, scaled.lower, scaled.upper, (problem.product,), problem.growth)
        self._ceiling = TrustedSession(whole, backend=neighbours, check_optimal=False)
        self._reach = neighbours.open(whole)
        self._back = np.flatnonzero(scaled.lower < 0.0)
        self._back_place = np.full(n, -1, dtype=np.intp)
        self._back_place[self._back] = n + np.arange(len(self._back))
        self._split_lower = np.concatenate([np.maximum(scaled.lower, 0.0), np.maximum(-scaled.upper[self._back], 0.0)])
        self._split_upper = np.concatenate([np.maximum(scaled.upper, 0.0), -scaled.lower[self._back]])
        switched = np.zeros(n, dtype=bool)
        switched[list(problem.intact)] = True
        self._weighted = np.flatnonzero(np.concatenate([switched, switched[self._back]]))
        behind = np.concatenate([np.arange(n), self._back])[self._weighted]
        self.weights = Weights(behind, n, generator=generator)
        split = with_rows(
            sparse.csc_array(sparse.hstack([scaled.matrix, -scaled.matrix[:, self._back]])),
            self._split_lower,
            self._split_upper,
            (self._signed(problem.growth), self._signed(problem.product)),
            np.zeros(n + len(self._back)),
        )
        self._witness = solver.open(split)
        self._witness.set_objective_entries(self._weighted, -self.weights.all())
        self._closed: dict[int, IntArray] = {}

    @property
    def trust(self) -> TrustCounts:
        """How the pruning verdicts were certified."""
        return self._ceiling.counts

    def set_product(self, least: float) -> None:
        """The product that a state behind a ceiling has to make."""
        self._ceiling.set_row_bounds(np.array([self._m]), np.array([least]), np.array([np.inf]))

    def ceiling(self, closed: IntArray) -> float:
        """An upper bound on growth with at least the product of `set_product`; -inf if certified infeasible.

        +inf where no solver gave a certificate, which prunes nothing.
        """
        self._close(0, self._ceiling, closed)
        self.lps += 1
        status = self._ceiling.solve(time_limit=self._seconds())
        if status is Status.INFEASIBLE:
            return -math.inf
        if status is not Status.OPTIMAL:
            return math.inf
        bound = self._ceiling.dual_bound()
        value = self._ceiling.objective_value()
        if bound > value + self._loose(value):
            self.lps += 1
            if self._ceiling.solve(fresh=True, time_limit=self._seconds()) is Status.OPTIMAL:
                bound = min(bound, self._ceiling.dual_bound())
        return bound

    def ceiling_state(self) -> FloatArray:
        """The flux state behind the last ceiling that was finite, shape (n,). Not checked, so it may only guide."""
        return self._ceiling.values()

    def behind_ceiling(self) -> FloatArray:
        """How much the last ceiling rests on each column's bounds, shape (n,): its dual proof. May only guide."""
        ray = self._ceiling.ray()
        costs = self._ceiling.reduced_costs() if ray is None else self._ceiling.program.matrix.T @ ray
        weights: FloatArray = np.abs(costs)
        return weights

    def reach(self, closed: IntArray, most_product: float) -> float:
        """About the largest growth with at most this product; -inf if the solver finds none. Not certified."""
        self._close(1, self._reach, closed)
        self._reach.set_row_bounds(np.array([self._m]), np.array([-np.inf]), np.array([most_product]))
        self.lps += 1
        if self._reach.solve(time_limit=self._seconds()) is not Status.OPTIMAL:
            return -math.inf
        return self._reach.objective_value()

    def witness(self, closed: IntArray, demand: Demand) -> FloatArray | None:
        """A flux state of few, randomly weighted, switched fluxes that meets the demand; None if none is found."""
        self._close(2, self._witness, closed)
        rows = np.arange(self._m, self._m + 2, dtype=np.intp)
        self._witness.set_row_bounds(rows, np.array([demand.growth, -np.inf]), np.array([np.inf, demand.product]))
        drawn, weights = self.weights.some()
        self._witness.set_objective_entries(self._weighted[drawn], -weights)
        for fresh in (False, True):
            self.lps += 1
            if self._witness.solve(fresh=fresh, time_limit=self._seconds()) is not Status.OPTIMAL:
                return None
            flux = self._joined(self._witness.values())
            # a basic column may be off its bound by the solver's tolerance; what is closed must not enter the clause
            flux[closed] = 0.0
            for noise in NOISE:
                state = np.where(np.abs(flux) <= noise, 0.0, flux)
                if self._sound(state, demand):
                    self.weights.used(state)
                    return state
        self.dropped += 1
        return None

    def balanced(self, flux: FloatArray) -> bool:
        """Whether every row is balanced to a small part of its own largest term: traces count as much as torrents."""
        rows = self._scaled.rows
        short = np.abs(rows @ flux)
        sizes = abs(rows) @ np.abs(flux)
        return bool(np.all(short <= np.maximum(WITNESS_SHARE * sizes, WITNESS_ROUNDING)))

    def close(self) -> None:
        """Free the solvers' memory; safe to call twice."""
        for session in (self._ceiling, self._reach, self._witness):
            session.close()

    def _sound(self, flux: FloatArray, demand: Demand) -> bool:
        problem, scaled = self._scaled.problem, self._scaled
        room = 2.0 * PRIMAL_FEASIBILITY * (1.0 + np.abs(flux))
        inside = np.all(flux >= scaled.lower - room) and np.all(flux <= scaled.upper + room)
        return bool(inside) and demand.accepts(problem, flux) and self.balanced(flux)

    def _joined(self, parts: FloatArray) -> FloatArray:
        n = len(self._scaled.lower)
        flux: FloatArray = parts[:n].copy()
        flux[self._back] -= parts[n:]
        return flux

    def _signed(self, row: FloatArray) -> FloatArray:
        both: FloatArray = np.concatenate([row, -row[self._back]])
        return both

    def _close(self, which: int, session: LpSession, closed: IntArray) -> None:
        before = self._closed.get(which)
        lower, upper = (
            (self._split_lower, self._split_upper) if which == 2 else (self._scaled.lower, self._scaled.upper)
        )
        if which == 2:
            behind = self._back_place[closed]
            closed = np.concatenate([closed, behind[behind >= 0]])
        if before is not None and len(before):
            again = np.setdiff1d(before, closed, assume_unique=True)
            session.set_bounds(again, lower[again], upper[again])
        fresh = closed if before is None else np.setdiff1d(closed, before, assume_unique=True)
        session.set_bounds(fresh, np.zeros(len(fresh)), np.zeros(len(fresh)))
        self._closed[which] = closed

    def _seconds(self) -> float:
        return max(self._deadline - time.monotonic(), 0.01)

    @staticmethod
    def _loose(value: float) -> float:
        return 1e-8 * (1.0 + abs(value))


def with_rows(
    matrix: sparse.csc_array,
    lower: FloatArray,
    upper: FloatArray,
    rows: tuple[FloatArray, ...],
    objective: FloatArray,
) -> LinearProgram:
    """Maximise the objective over balanced fluxes, with further rows that are open on both sides."""
    stacked = sparse.csc_array(sparse.vstack([matrix, *(sparse.csr_array(row[None, :]) for row in rows)]))
    m = matrix.shape[0]
    free = np.full(len(rows), np.inf)
    return LinearProgram(
        objective, stacked, np.concatenate([np.zeros(m), -free]), np.concatenate([np.zeros(m), free]), lower, upper
    )


def most_value(problem: BilevelProblem, growth_counts: bool, solver: Backend | None) -> float:
    """A certified bound on the product, or growth, of any viable state, which no value exceeds; inf without a bound."""
    wanted = problem.growth if growth_counts else problem.product
    program = with_rows(problem.matrix, problem.lower, problem.upper, (problem.growth,), wanted)
    session = TrustedSession(program, backend=solver)
    try:
        session.set_row_bounds(np.array([program.shape[0] - 1]), np.array([problem.growth_floor]), np.array([np.inf]))
        return session.dual_bound() if session.solve() is Status.OPTIMAL else math.inf
    finally:
        session.close()
