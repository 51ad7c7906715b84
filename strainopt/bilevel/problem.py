"""The design problem as arrays: a flux polytope, two objectives, and switches that close or open columns of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from typing import TypeAlias

import numpy as np
from scipy import sparse

from strainopt.lp.program import FloatArray

__all__ = [
    "AllIntact",
    "AnyIntact",
    "BilevelProblem",
    "Bought",
    "Intact",
    "Leaf",
    "Method",
    "Ties",
    "closed_columns",
    "holds",
    "leaves_of",
    "open_without",
]


class Method(Enum):
    """What a design is credited with: a product flux, or (OPTCOUPLE) growth; definitions in docs/formulations.md."""

    OPTKNOCK = "optknock"
    ROBUSTKNOCK = "robustknock"
    PESSIMISTIC = "pessimistic"
    PFBA = "pfba"
    STRONG = "strong"
    OPTCOUPLE = "optcouple"


class Ties(Enum):
    """Which of equally good follower states counts."""

    PESSIMISTIC = "pessimistic"
    OPTIMISTIC = "optimistic"


@dataclass(frozen=True, slots=True)
class Leaf:
    """Intact unless candidate number `candidate` is deleted."""

    candidate: int


@dataclass(frozen=True, slots=True)
class Bought:
    """Intact only if candidate number `candidate`, a knock-in, is chosen."""

    candidate: int


@dataclass(frozen=True, slots=True)
class AllIntact:
    """Intact while every part is."""

    parts: tuple[Intact, ...]


@dataclass(frozen=True, slots=True)
class AnyIntact:
    """Intact while any part is."""

    parts: tuple[Intact, ...]


Intact: TypeAlias = Leaf | Bought | AllIntact | AnyIntact
"""When a column stays open: leaves at reaction level, gene rules at gene level, `AllIntact` of members for lumps."""


@dataclass(frozen=True, eq=False)
class BilevelProblem:
    """Choose candidates of total cost at most `max_cost`; the follower then maximises growth over the fluxes left.

    The flux polytope is `matrix @ v = 0`, `lower <= v <= upper`; the chosen set D closes column j (v_j = 0) when
    the tree `intact[j]` fails. `growth @ v` is the follower's objective, `product @ v` the leader's. A design
    counts only if its largest growth is at least `min_growth`. A candidate is a deletion, unless it stands in a
    `Bought` leaf: then it is a knock-in, and its column is closed in the wild type. A column that is only to be
    narrowed comes as two: one with the narrow bounds, and one with the rest, which the candidate closes.

    Attributes
    ----------
    matrix : scipy.sparse.csc_array, shape (m, n)
    lower, upper : float arrays, shape (n,)
    growth, product : float arrays, shape (n,)
    intact : mapping from column to Intact
        Only columns that some candidate can close or open.
    costs : float array, shape (candidates,)
    names : tuple of str
        One per candidate, for logs and tie-breaking (ids in order); never interpreted.
    product_scale : float
        The theoretical maximum product, which improvement steps and tolerances are relative to.
    growth_scale : float
        For OPTCOUPLE: the largest growth of any state, which they are relative to then.
    alpha : float in (0, 1]
        For PESSIMISTIC: states with growth >= alpha * optimum count.
    ties : Ties
        For PFBA.
    flux_weights : float array, shape (n,)
        For PFBA: total flux is `flux_weights @ abs(v)` (a lumped column counts all its members).
    range_lower, range_upper : float arrays, shape (n,)
        Range of each column over the states with growth at least `growth_floor`, nothing deleted and every knock-in
        bought; valid data for constants.
    excluded_sets : tuple of frozenset
        Candidate sets no design may contain.
    forced : frozenset of int
        Candidates in every design; they count towards the cost.
    """

    matrix: sparse.csc_array
    lower: FloatArray
    upper: FloatArray
    growth: FloatArray
    product: FloatArray
    intact: dict[int, Intact]
    costs: FloatArray
    names: tuple[str, ...]
    max_cost: float
    min_growth: float
    method: Method
    product_scale: float
    flux_weights: FloatArray
    range_lower: FloatArray
    range_upper: FloatArray
    alpha: float = 1.0
    ties: Ties = Ties.PESSIMISTIC
    excluded_sets: tuple[frozenset[int], ...] = field(default=())
    forced: frozenset[int] = frozenset()
    growth_scale: float = 1.0

    @property
    def growth_floor(self) -> float:
        """No state that matters to a viable design grows slower than this."""
        if self.method is Method.OPTCOUPLE:
            # without product the cell may grow as slowly as it likes, and how slowly is what counts
            return 0.0
        return self.alpha * self.min_growth if self.method is Method.PESSIMISTIC else self.min_growth

    @property
    def value_scale(self) -> float:
        """No value exceeds this; steps and tolerances of values are relative to it."""
        return self.growth_scale if self.method is Method.OPTCOUPLE else self.product_scale

    @cached_property
    def product_columns(self) -> np.ndarray:
        """Columns of the product; it is blocked where all of them are closed, ascending."""
        return np.flatnonzero(self.product)

    @property
    def product_is_forced(self) -> bool:
        """Whether bounds alone say that there is product, so that no state is without."""
        columns = self.product_columns
        return bool(np.any(self.lower[columns] > 0.0) or np.any(self.upper[columns] < 0.0))

    @property
    def n_candidates(self) -> int:
        """How many candidates there are."""
        return len(self.costs)

    @cached_property
    def knock_ins(self) -> frozenset[int]:
        """Candidates that open columns."""
        leaves = (leaf for rule in self.intact.values() for leaf in leaves_of(rule))
        return frozenset(leaf.candidate for leaf in leaves if isinstance(leaf, Bought))

    def closed_columns(self, chosen: frozenset[int]) -> np.ndarray:
        """Columns closed when these candidates are chosen, ascending."""
        return closed_columns(self.intact, chosen)


def closed_columns(intact: Mapping[int, Intact], chosen: frozenset[int]) -> np.ndarray:
    """Columns closed when these candidates are chosen, ascending."""
    return np.fromiter((j for j, rule in sorted(intact.items()) if not holds(rule, chosen)), dtype=np.intp)


def open_without(intact: Mapping[int, Intact], n_candidates: int, candidates: frozenset[int]) -> np.ndarray:
    """Columns that no set of the other candidates closes, ascending; for questions of deletions alone."""
    others = frozenset(range(n_candidates)) - candidates
    return np.fromiter((j for j, rule in sorted(intact.items()) if holds(rule, others)), dtype=np.intp)


def holds(rule: Intact, chosen: frozenset[int]) -> bool:
    """Whether a column with this rule is open when these candidates are chosen."""
    if isinstance(rule, Leaf):
        return rule.candidate not in chosen
    if isinstance(rule, Bought):
        return rule.candidate in chosen
    if isinstance(rule, AllIntact):
        return all(holds(part, chosen) for part in rule.parts)
    return any(holds(part, chosen) for part in rule.parts)


def leaves_of(rule: Intact) -> Iterator[Leaf | Bought]:
    """The leaves of a tree, from left to right."""
    if isinstance(rule, (Leaf, Bought)):
        yield rule
    else:
        for part in rule.parts:
            yield from leaves_of(part)
