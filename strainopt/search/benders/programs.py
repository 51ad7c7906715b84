"""The linear programs of the search, on warm sessions: thresholds, prospects and witnesses.

Fluxes are scaled so that the growth threshold is about 1: at traces of growth, fluxes near a solver's tolerance would
otherwise be taken for zero and a wrong clause learned.
"""

from __future__ import annotations

import math

import numpy as np
from scipy import sparse

from strainopt.bilevel.problem import BilevelProblem
from strainopt.lp.backend import Backend
from strainopt.lp.certify import residual
from strainopt.lp.program import FloatArray, IntArray, LinearProgram
from strainopt.lp.registry import default_lp
from strainopt.lp.result import Status
from strainopt.lp.trusted import TrustedSession
from strainopt.search.benders.rules import Rule
from strainopt.tolerances import RESIDUAL

__all__ = ["Programs"]

SIGMA = 2.0
"""Spread of the log-normal weights: wide enough that witnesses differ, measured in docs/decisions."""


class Programs:
    """G(D), the best growth of a possible witness, and the witness itself.

    Attributes
    ----------
    lps : int
        Linear programs solved.
    dropped : int
        Witnesses that failed their residual check.
    uncertified : int
        Threshold programs without a certified answer; such a threshold counts as out of reach, which is safe.
    """

    def __init__(self, problem: BilevelProblem, rule: Rule, *, seed: int, backend: Backend | None = None) -> None:
        self.problem = problem
        self.rule = rule
        self.lps = 0
        self.dropped = 0
        self.uncertified = 0
        self.unit = 1.0 / problem.min_growth if problem.min_growth > 0.0 else 1.0
        self.bound = 0.0
        self._random = np.random.default_rng(seed)
        solver = default_lp() if backend is None else backend
        n = len(problem.lower)
        self._lower, self._upper = problem.lower * self.unit, problem.upper * self.unit
        whole = self._program(problem.matrix, self._lower, self._upper, (problem.product,), problem.growth)
        # optima need no certificate here: what is used is their dual bound, which is rigorous by itself
        self._making = TrustedSession(whole, backend=solver, check_optimal=False)
        self._shunning = TrustedSession(whole, backend=solver, check_optimal=False)
        self._product_row = np.array([problem.matrix.shape[0]], dtype=np.intp)
        self._switched = np.array(sorted(problem.intact), dtype=np.intp)
        self._twin = np.full(n, -1, dtype=np.intp)
        both = self._switched[(problem.lower[self._switched] < 0.0) & (problem.upper[self._switched] > 0.0)]
        self._twin[both] = n + np.arange(len(both))
        self._both = both
        matrix = sparse.csc_array(sparse.hstack([problem.matrix, -problem.matrix[:, both]]))
        self._split_lower = np.concatenate([self._lower, np.zeros(len(both))])
        self._split_upper = np.concatenate([self._upper, -self._lower[both]])
        self._split_lower[both] = 0.0
        growth = np.concatenate([problem.growth, -problem.growth[both]])
        product = np.concatenate([problem.product, -problem.product[both]])
        self._split = self._program(matrix, self._split_lower, self._split_upper, (product, growth), growth)
        self._witnessing = solver.open(self._split)
        self._growth, self._product = growth, product
        self._signs = np.where(self._split_upper > 0.0, 1.0, -1.0)

    def set_bound(self, bound: float) -> None:
        """The product that a design has to beat."""
        self.bound = bound
        value = np.array([bound * self.unit])
        infinite = np.array([np.inf])
        self._making.set_row_bounds(self._product_row, value, infinite)
        if self.rule.bounded:
            self._shunning.set_row_bounds(self._product_row, -infinite, value)
        rows = self._product_row
        self._witnessing.set_row_bounds(rows, -infinite, value if self.rule.bounded else infinite)

    def reachable(self, closed: IntArray) -> float:
        """G: an upper bound, by weak duality, on growth over states that make the bound; -inf if there are none."""
        return self._best_growth(self._making, closed)

    def opposition(self, closed: IntArray) -> float:
        """Largest growth of a state that the rule admits as a witness; -inf if there is none."""
        return self._best_growth(self._shunning, closed)

    def witness(self, closed: IntArray, threshold: float) -> FloatArray | None:
        """A state that grows at the threshold and uses few switched columns, by random weights; None if not found.

        Returns
        -------
        float array, shape (n,), in scaled flux, or None
        """
        session = self._witnessing
        weights = np.zeros(len(self._split_lower))
        draw = np.exp(SIGMA * self._random.standard_normal(len(self._switched)))
        weights[self._switched] = draw * self._signs[self._switched]
        weights[self._twin[self._both]] = weights[self._both]
        columns = np.concatenate([closed, self._twin[closed][self._twin[closed] >= 0]])
        zeros = np.zeros(len(columns))
        row = self._product_row + 1
        session.set_row_bounds(row, np.array([threshold * self.unit]), np.array([np.inf]))
        session.set_bounds(columns, zeros, zeros)
        session.set_objective(-weights)
        status = session.solve()
        self.lps += 1
        if status is Status.FAILED:
            status = session.solve(fresh=True, primal=True)
            self.lps += 1
        found = session.values() if status is Status.OPTIMAL else None
        session.set_bounds(columns, self._split_lower[columns], self._split_upper[columns])
        if found is None:
            return None
        found[columns] = 0.0
        if not self._sound(found, threshold):
            self.dropped += 1
            return None
        flux = found[: len(self._lower)]
        flux[self._both] -= found[len(self._lower) :]
        used = np.zeros(len(self._lower))
        used[self._both] = np.maximum(np.abs(found[self._both]), np.abs(found[self._twin[self._both]]))
        # a column used both ways still counts as used
        return np.where((flux == 0.0) & (used != 0.0), used, flux)

    def _sound(self, found: FloatArray, threshold: float) -> bool:
        if residual(self._split, found) > RESIDUAL:
            return False
        if self._growth @ found < threshold * self.unit * (1.0 - RESIDUAL) - RESIDUAL:
            return False
        return not self.rule.bounded or bool(
            self._product @ found <= self.bound * self.unit * (1 + RESIDUAL) + RESIDUAL
        )

    def _best_growth(self, session: TrustedSession, closed: IntArray) -> float:
        zeros = np.zeros(len(closed))
        forced = (self._lower[closed] > 0.0) | (self._upper[closed] < 0.0)
        if forced.any():
            return -math.inf
        session.set_bounds(closed, zeros, zeros)
        status = session.solve()
        self.lps += 1
        if status is Status.OPTIMAL:
            value = session.dual_bound()
        elif status is Status.INFEASIBLE:
            value = -math.inf
        else:
            self.uncertified += 1
            value = math.inf
        session.set_bounds(closed, self._lower[closed], self._upper[closed])
        return value / self.unit

    @staticmethod
    def _program(
        matrix: sparse.csc_array,
        lower: FloatArray,
        upper: FloatArray,
        rows: tuple[FloatArray, ...],
        objective: FloatArray,
    ) -> LinearProgram:
        extended = sparse.csc_array(sparse.vstack([matrix, *(sparse.csr_array(row[None, :]) for row in rows)]))
        m = matrix.shape[0]
        free = np.full(len(rows), np.inf)
        low, high = np.concatenate([np.zeros(m), -free]), np.concatenate([np.zeros(m), free])
        return LinearProgram(objective, extended, low, high, lower.copy(), upper.copy())

    def close(self) -> None:
        """Free the solvers' memory; safe to call twice."""
        for session in (self._making, self._shunning, self._witnessing):
            session.close()
