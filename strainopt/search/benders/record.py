"""Linear programs for whoever writes a proof: ceilings with the multipliers that prove them, and flux states.

The search needs verdicts; a proof needs what makes them checkable by others. So ceilings are solved here with their
duals (or their Farkas ray) in hand, on the same kind of warm session; reaches and witnesses are those of `Programs`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import splu

from strainopt.bilevel.problem import BilevelProblem
from strainopt.lp.certify import dual_bound
from strainopt.lp.glpk import GlpkBackend
from strainopt.lp.highs import HighsBackend
from strainopt.lp.program import FloatArray, IntArray, LinearProgram
from strainopt.lp.result import Status
from strainopt.lp.trusted import TrustedSession
from strainopt.search.benders.programs import Programs, with_rows
from strainopt.search.benders.rules.rule import Demand
from strainopt.search.benders.scaled import scaled

__all__ = ["Certificate", "Recorder", "extreme_state", "smallest_solution"]

SLACK = 1e-11
"""By how much, relative to 1 + its size, a witness may miss what is asked of it."""

RIDGE = 1e-13


@dataclass(frozen=True, eq=False)
class Certificate:
    """`growth * g + product * p <= B` for every state, with B from the prices of the balances by weak duality.

    `ceiling` is what it says of growth with at least the product asked for; -inf if there is no such state.
    """

    growth: float
    product: float
    prices: FloatArray
    ceiling: float


class Recorder:
    """Answers about sets of closed columns of one problem, in the problem's own units.

    Attributes
    ----------
    lps : int
        Linear programs solved.
    """

    def __init__(self, problem: BilevelProblem, *, least_product: float, seed: int, deadline: float) -> None:
        self._scaled = scaled(problem, wild_growth=1.0)
        factor = self._scaled.factor
        generator = np.random.default_rng(seed)
        self._programs = Programs(self._scaled, deadline=deadline, generator=generator)
        program = with_rows(
            self._scaled.matrix, self._scaled.lower, self._scaled.upper, (problem.product,), problem.growth
        )
        m = problem.matrix.shape[0]
        self._least = least_product * factor
        self._ceiling = TrustedSession(program, backend=GlpkBackend(warm_dual=True), check_optimal=False)
        self._ceiling.set_row_bounds(np.array([m]), np.array([self._least]), np.array([np.inf]))
        self._closed: IntArray = np.zeros(0, dtype=np.intp)
        self._own = 0

    @property
    def lps(self) -> int:
        """Linear programs solved so far."""
        return self._own + self._programs.lps

    def certificate(self, closed: IntArray, *, tight: bool = False) -> Certificate | None:
        """The ceiling with these columns closed; None where no solver gave a certificate.

        `tight` asks HiGHS as well, whose duals are less noisy by two digits: that matters where growth rates tie.
        """
        self._close(closed)
        self._own += 1
        status = self._ceiling.solve()
        if status is Status.INFEASIBLE:
            ray = self._ceiling.ray()
            return None if ray is None else self._from_ray(ray)
        if status is not Status.OPTIMAL:
            return None
        program, duals = self._ceiling.program, self._ceiling.row_duals()
        if tight:
            self._own += 1
            other = HighsBackend().solve(program).row_duals
            if other is not None and dual_bound(program, other) < dual_bound(program, duals):
                duals = other
        bound = dual_bound(program, duals) / self._scaled.factor
        weight = max(-float(duals[-1]), 0.0) if math.isfinite(self._least) else 0.0
        return Certificate(1.0, weight, duals[:-1], bound)

    def _from_ray(self, ray: FloatArray) -> Certificate | None:
        # Multipliers of either sign prove it: y S v + w p lies on the far side of w times the product asked for.
        weight = float(ray[-1])
        if weight == 0.0:
            return self._no_state_at_all(ray)
        return Certificate(0.0, 1.0, -ray[:-1] / weight, -math.inf)

    def _no_state_at_all(self, ray: FloatArray) -> Certificate | None:
        """A ceiling of growth that no state reaches: so much of the ray that the bounds cannot make up for it."""
        program = self._ceiling.program
        nothing = replace(program, objective=np.zeros(len(program.objective)))
        top = dual_bound(program, np.zeros(len(ray)))
        for multipliers in (ray, -ray):
            short = dual_bound(nothing, multipliers)
            if short < 0.0 and math.isfinite(top):
                prices = multipliers * 2.0 * (1.0 + max(top, 0.0)) / -short
                bound = dual_bound(program, prices) / self._scaled.factor
                return Certificate(1.0, 0.0, prices[:-1], bound)
        return None

    def reach(self, closed: IntArray, *, most_product: float) -> float:
        """About the largest growth with at most this product; -inf where none was found."""
        return self._programs.reach(closed, most_product * self._scaled.factor) / self._scaled.factor

    def witness(self, closed: IntArray, *, growth: float, most_product: float) -> FloatArray | None:
        """A state of few fluxes with at least this growth and at most this product; None where none was found."""
        factor = self._scaled.factor
        flux = self._programs.witness(closed, Demand(growth * factor, most_product * factor, SLACK))
        return None if flux is None else flux / factor

    def close(self) -> None:
        """Free the solvers' memory; safe to call twice."""
        self._programs.close()
        self._ceiling.close()

    def _close(self, closed: IntArray) -> None:
        again = np.setdiff1d(self._closed, closed)
        self._ceiling.set_bounds(again, self._scaled.lower[again], self._scaled.upper[again])
        fresh = np.setdiff1d(closed, self._closed)
        self._ceiling.set_bounds(fresh, np.zeros(len(fresh)), np.zeros(len(fresh)))
        self._closed = closed


def smallest_solution(matrix: sparse.csc_array, right: FloatArray) -> FloatArray:
    """About the smallest x with `matrix @ x = right`; callers look at what is left, and repeat."""
    square = sparse.csc_array(matrix @ matrix.T)
    # rows that depend on others: a little on the diagonal, and what it costs is made up for by repeating
    shift = RIDGE * float(square.diagonal().max(initial=0.0))
    if shift == 0.0:
        return np.zeros(matrix.shape[1])
    factors = splu(sparse.csc_array(square + shift * sparse.eye_array(square.shape[0])))
    found: FloatArray = matrix.T @ factors.solve(right)
    for _ in range(2):
        found += matrix.T @ factors.solve(right - matrix @ found)
    return found


def extreme_state(
    problem: BilevelProblem, objective: FloatArray, *, closed: IntArray, least_growth: float
) -> tuple[FloatArray, Certificate] | None:
    """A state of largest objective with at least this growth, and the inequality that bounds the objective.

    The objective is a multiple of the problem's product plus a multiple of its growth. The certificate's `product` is
    left at zero: its inequality is `objective @ v + growth * g <= B`. None where no solver finds and proves an optimum.
    """
    factor = scaled(problem, wild_growth=1.0).factor
    lower, upper = problem.lower * factor, problem.upper * factor
    lower[closed], upper[closed] = np.maximum(lower[closed], 0.0), np.minimum(upper[closed], 0.0)
    program: LinearProgram = with_rows(problem.matrix, lower, upper, (problem.growth,), objective)
    m = problem.matrix.shape[0]
    session = TrustedSession(program, backend=HighsBackend())
    try:
        session.set_row_bounds(np.array([m]), np.array([least_growth * factor]), np.array([np.inf]))
        if session.solve() is not Status.OPTIMAL:
            return None
        duals = session.row_duals()
        made = Certificate(max(-float(duals[-1]), 0.0), 0.0, duals[:-1], session.dual_bound() / factor)
        return session.values() / factor, made
    finally:
        session.close()
