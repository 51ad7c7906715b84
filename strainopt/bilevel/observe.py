"""Multipliers seen on solved follower programs, from which constants for dual variables are made."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from strainopt.bilevel.constants import Observed
from strainopt.bilevel.coupling import blocked, homogeneous
from strainopt.bilevel.follower import Follower, whole
from strainopt.bilevel.parsimonious import parts_of
from strainopt.bilevel.problem import BilevelProblem, Method
from strainopt.lp.backend import Backend, LpSession
from strainopt.lp.program import FloatArray, LinearProgram
from strainopt.lp.result import Status
from strainopt.tolerances import FACE_SLACK, SMALLEST_PRICE

__all__ = ["observe", "samples"]


def samples(problem: BilevelProblem, *, count: int, seed: int) -> tuple[frozenset[int], ...]:
    """Nothing chosen, every affordable single candidate, and random larger sets within the budget; about `count`.

    Forced candidates are in every set. Knock-ins are drawn like the others.
    """
    generator = np.random.default_rng(seed)
    forced = problem.forced
    budget = problem.max_cost - float(sum(problem.costs[c] for c in forced))
    optional = np.array([c for c in range(problem.n_candidates) if c not in forced], dtype=np.intp)
    singles = [forced | {int(c)} for c in optional if problem.costs[c] <= budget]
    chosen: list[frozenset[int]] = [forced, *singles]
    while singles and len(chosen) < count + 1 and budget > 1:
        order, cost, taken = generator.permutation(optional), 0.0, []
        for candidate in order:
            if cost + problem.costs[candidate] > budget:
                break
            cost += problem.costs[candidate]
            taken.append(int(candidate))
        chosen.append(forced | frozenset(taken))
        if len(chosen) > 2 * count + len(singles):
            break
    return tuple(dict.fromkeys(chosen))


def observe(
    problem: BilevelProblem, sets: tuple[frozenset[int], ...], *, backend: Backend, widening: float
) -> Observed:
    """Solve the follower's stages for every set and keep the largest multiplier of each kind.

    A column that was never closed at a price gets the largest price of any column: an unseen price is no small price.
    """
    stages = _stages(problem, backend)
    try:
        for deleted in sets:
            closed = problem.closed_columns(deleted)
            targets: list[float] = []
            for stage in stages:
                value = stage.solve(closed, targets)
                if value is None or (stage.name == "growth" and value < problem.min_growth):
                    break
                targets.append(value)
    finally:
        for stage in stages:
            stage.session.close()
    kept = {stage.name: stage for stage in stages}
    return Observed(
        closure={
            name: np.maximum(stage.closure, stage.closure.max(initial=SMALLEST_PRICE)) for name, stage in kept.items()
        },
        reduced={name: max(stage.reduced, SMALLEST_PRICE) for name, stage in kept.items()},
        price={name: tuple(np.maximum(stage.prices, SMALLEST_PRICE)) for name, stage in kept.items()},
        widening=widening,
    )


@dataclass
class _Stage:
    """One follower program with extra rows at the end, whose right-hand sides are optima of the stages before."""

    name: str
    follower: Follower
    session: LpSession
    threshold_factors: tuple[float, ...]
    thresholds: tuple[float, ...]
    closure: FloatArray
    prices: FloatArray
    reduced: float = 0.0

    def solve(self, closed: np.ndarray, earlier: list[float]) -> float | None:
        """Optimum with these problem columns closed; None if there is none. Records the multipliers."""
        columns = np.flatnonzero(np.isin(self.follower.source, closed)).astype(np.intp)
        zeros = np.zeros(len(columns))
        m = self.follower.matrix.shape[0]
        rows = np.arange(m, m + len(self.threshold_factors), dtype=np.intp)
        if len(rows):
            goal = np.array(
                [
                    fixed if factor == 0.0 else factor * value - FACE_SLACK * (1.0 + abs(factor * value))
                    for factor, fixed, value in zip(self.threshold_factors, self.thresholds, earlier, strict=False)
                ]
            )
            self.session.set_row_bounds(rows, goal, np.full(len(rows), np.inf))
        self.session.set_bounds(columns, zeros, zeros)
        status = self.session.solve()
        value = self.session.objective_value() if status is Status.OPTIMAL else None
        if value is not None:
            self._record(columns, rows)
        self.session.set_bounds(columns, self.follower.lower[columns], self.follower.upper[columns])
        return value

    def _record(self, columns: np.ndarray, rows: np.ndarray) -> None:
        costs = self.session.reduced_costs()
        prices = costs[columns]
        prices = np.where(self.follower.lower[columns] == 0.0, np.maximum(prices, 0.0), prices)
        prices = np.where(self.follower.upper[columns] == 0.0, np.minimum(prices, 0.0), prices)
        np.maximum.at(self.closure, self.follower.source[columns], np.abs(prices))
        self.reduced = max(self.reduced, float(np.abs(costs).max(initial=0.0)))
        if len(rows):
            self.prices = np.maximum(self.prices, -self.session.row_duals()[rows])


def _stages(problem: BilevelProblem, backend: Backend) -> list[_Stage]:
    base = whole(problem)
    growth = _stage("growth", base, problem.growth, (), (), (), backend)
    if problem.method is Method.OPTKNOCK:
        return [growth]
    if problem.method is Method.OPTCOUPLE:
        if problem.product_is_forced:
            return [growth]
        without = homogeneous(blocked(problem))
        objective = np.concatenate([problem.growth, np.zeros(len(without.lower) - len(problem.growth))])
        return [growth, _stage("without", without, objective, (), (), (), backend)]
    if problem.method is not Method.PFBA:
        strong = problem.method is Method.STRONG
        factor, fixed = (0.0, problem.min_growth) if strong else (problem.alpha, 0.0)
        return [growth, _stage("product", base, -problem.product, (problem.growth,), (factor,), (fixed,), backend)]
    parts = parts_of(problem)
    total = _stage("total", parts.follower, -parts.total, (parts.growth,), (1.0,), (0.0,), backend)
    rows = (parts.growth, -parts.total)
    ties = _stage("ties", parts.follower, -parts.product, rows, (1.0, 1.0), (0.0, 0.0), backend)
    return [growth, total, ties]


def _stage(
    name: str,
    follower: Follower,
    objective: FloatArray,
    extra: tuple[FloatArray, ...],
    factors: tuple[float, ...],
    fixed: tuple[float, ...],
    backend: Backend,
) -> _Stage:
    m = follower.matrix.shape[0]
    matrix = sparse.csc_array(sparse.vstack([follower.matrix, *(sparse.csr_array(row[None, :]) for row in extra)]))
    program = LinearProgram(
        objective=objective,
        matrix=matrix,
        row_lower=np.concatenate([np.zeros(m), np.full(len(extra), -np.inf)]),
        row_upper=np.concatenate([np.zeros(m), np.full(len(extra), np.inf)]),
        lower=follower.lower,
        upper=follower.upper,
    )
    closure = np.zeros(int(follower.source.max(initial=-1)) + 1)
    return _Stage(name, follower, backend.open(program), factors, fixed, closure, np.zeros(len(extra)), 0.0)
