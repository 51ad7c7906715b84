"""The slow, obviously right answer: every deletion set, plain linear programs by scipy, nothing of ours.

Product at the growth optimum is found with the growth row relaxed by a fixed slack, so values agree with exact ones
only up to about slack * (steepest trade-off); the tests' tolerance allows for it.
"""

from __future__ import annotations

import itertools
import math

import numpy as np
from scipy.optimize import linprog

from strainopt.bilevel.problem import BilevelProblem, Method, Ties

SLACK = 1e-8


def maximise(objective, problem, closed, rows=()):
    """Largest `objective @ v` with columns closed and extra rows `a @ v >= h`; None if infeasible."""
    lower, upper = problem.lower.copy(), problem.upper.copy()
    lower[closed], upper[closed] = np.maximum(lower[closed], 0.0), np.minimum(upper[closed], 0.0)
    if np.any(lower > upper):
        return None
    answer = linprog(
        -objective,
        A_ub=np.array([-a for a, _ in rows]) if rows else None,
        b_ub=np.array([-h for _, h in rows]) if rows else None,
        A_eq=problem.matrix.toarray(),
        b_eq=np.zeros(problem.matrix.shape[0]),
        bounds=np.column_stack([lower, upper]),
        method="highs",
        options={"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10},
    )
    return -answer.fun if answer.status == 0 else None


def maximise_split(objective, problem, closed, rows):
    """As `maximise` over forward and backward parts (shape 2 n)."""
    lower, upper = problem.lower.copy(), problem.upper.copy()
    lower[closed], upper[closed] = np.maximum(lower[closed], 0.0), np.minimum(upper[closed], 0.0)
    low = np.concatenate([np.maximum(lower, 0), np.maximum(-upper, 0)])
    high = np.concatenate([np.maximum(upper, 0), np.maximum(-lower, 0)])
    matrix = problem.matrix.toarray()
    answer = linprog(
        -objective,
        A_ub=np.array([-a for a, _ in rows]),
        b_ub=np.array([-h for _, h in rows]),
        A_eq=np.hstack([matrix, -matrix]),
        b_eq=np.zeros(matrix.shape[0]),
        bounds=np.column_stack([low, high]),
        method="highs",
        options={"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10},
    )
    return -answer.fun if answer.status == 0 else None


def value(problem: BilevelProblem, deleted: frozenset[int]) -> float | None:
    """z(D), or None if D is not viable."""
    closed = problem.closed_columns(deleted)
    growth = maximise(problem.growth, problem, closed)
    if growth is None or growth < problem.min_growth:
        return None
    g, p = problem.growth, problem.product
    if problem.method is Method.OPTCOUPLE:
        without = maximise(g, problem, np.union1d(closed, np.flatnonzero(p)))
        return growth - max(without or 0.0, 0.0)
    if problem.method is Method.OPTKNOCK:
        return maximise(p, problem, closed, [(g, growth - SLACK)])
    if problem.method is not Method.PFBA:
        threshold = problem.min_growth if problem.method is Method.STRONG else problem.alpha * growth - SLACK
        least = maximise(-p, problem, closed, [(g, threshold)])
        return None if least is None else -least
    split = lambda a: np.concatenate([a, -a])  # noqa: E731
    total = np.concatenate([problem.flux_weights, problem.flux_weights])
    rows = [(split(g), growth - SLACK)]
    spent = -maximise_split(-total, problem, closed, rows)
    rows.append((-total, -spent - 1e-6))
    sign = 1.0 if problem.ties is Ties.OPTIMISTIC else -1.0
    return sign * maximise_split(sign * split(p), problem, closed, rows)


def best_value(problem: BilevelProblem) -> float:
    """The best value of any viable set within the budget (the empty set included); -inf if none is viable."""
    best = -math.inf
    for size in range(problem.n_candidates + 1):
        for chosen in itertools.combinations(range(problem.n_candidates), size):
            if sum(problem.costs[i] for i in chosen) > problem.max_cost + 1e-9:
                continue
            if any(forbidden <= frozenset(chosen) for forbidden in problem.excluded_sets):
                continue
            found = value(problem, frozenset(chosen))
            if found is not None:
                best = max(best, found)
    return best
