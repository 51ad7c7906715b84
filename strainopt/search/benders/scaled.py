"""The problem in units in which the growth threshold is about 1, and what deleting candidates does to its columns."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from scipy import sparse

from strainopt.bilevel.problem import BilevelProblem, Leaf, holds, leaves_of
from strainopt.lp.program import FloatArray, IntArray
from strainopt.search.benders.clauses import bits
from strainopt.tolerances import GROWTH_MARGIN

__all__ = ["Scaled", "scaled"]

MOST_SCALING = 1e4
"""Bounds of 1000 grow to 1e7 at most; beyond, absolute tolerances of solvers lose their meaning."""


@dataclass(frozen=True, eq=False)
class Scaled:
    """Arrays of a `BilevelProblem` with every flux multiplied by `factor`.

    The balances are homogeneous, so only bounds change, and thresholds on growth and product with them.
    `columns_of[c]` are the columns that candidate c alone closes; `trees` are the columns whose rules need more than
    one candidate to fail.
    """

    problem: BilevelProblem
    factor: float
    matrix: sparse.csc_array
    rows: sparse.csr_array
    lower: FloatArray
    upper: FloatArray
    min_growth: float
    columns_of: tuple[tuple[int, ...], ...]
    trees: tuple[int, ...]
    forced: frozenset[int] = field(default=frozenset())

    @property
    def least_growth(self) -> float:
        """Ceilings below it are no viable set's: short of the threshold by twice the margin of the exact step."""
        mu = self.problem.min_growth
        return self.factor * (mu - 2.0 * GROWTH_MARGIN * (1.0 + mu))

    def closed(self, deleted: int) -> IntArray | None:
        """Columns closed by a set of candidates (a bit mask); None if one of them carries a forced flux."""
        columns: set[int] = set()
        chosen = list(bits(deleted))
        for candidate in chosen:
            columns.update(self.columns_of[candidate])
        if len(chosen) > 1 and self.trees:
            whole = frozenset(chosen)
            columns.update(column for column in self.trees if not holds(self.problem.intact[column], whole))
        if columns & self.forced:
            return None
        return np.array(sorted(columns), dtype=np.intp)


def scaled(problem: BilevelProblem, *, wild_growth: float) -> Scaled:
    """Choose the factor and sort the columns by what closes them."""
    scale = problem.min_growth if problem.min_growth > 0.0 else max(wild_growth, 1.0 / MOST_SCALING)
    factor = min(max(1.0 / scale, 1.0 / MOST_SCALING), MOST_SCALING)
    columns_of: list[list[int]] = [[] for _ in range(problem.n_candidates)]
    trees: list[int] = []
    for column, rule in sorted(problem.intact.items()):
        alone = [c for c in sorted(_leaves(problem, column)) if not holds(rule, frozenset({c}))]
        for candidate in alone:
            columns_of[candidate].append(column)
        if not isinstance(rule, Leaf) and len(alone) < len(_leaves(problem, column)):
            trees.append(column)
    forced = frozenset(np.flatnonzero((problem.lower > 0.0) | (problem.upper < 0.0)).tolist())
    return Scaled(
        problem=problem,
        factor=factor,
        matrix=problem.matrix,
        rows=sparse.csr_array(problem.matrix),
        lower=problem.lower * factor,
        upper=problem.upper * factor,
        min_growth=problem.min_growth * factor,
        columns_of=tuple(tuple(columns) for columns in columns_of),
        trees=tuple(trees),
        forced=forced,
    )


def _leaves(problem: BilevelProblem, column: int) -> set[int]:
    return {leaf.candidate for leaf in leaves_of(problem.intact[column])}
