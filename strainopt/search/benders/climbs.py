"""From a good design to better ones near it."""

from __future__ import annotations

import itertools
import math
import sys
from collections.abc import Callable, Iterator, Sequence

from strainopt.search.benders.clauses import mask_of
from strainopt.search.benders.descent import Descent, Part
from strainopt.search.benders.neighbours import neighbours
from strainopt.search.outcome import Found

__all__ = ["FARTHEST", "Climber", "best_of", "climb"]

CHECK_EVERY = 32
"""Neighbours between two looks at the clock."""

FARTHEST = 2
"""Candidates that are exchanged at once, at most."""

ADDED = 2
"""Candidates that come in at once, at most."""


def best_of(found: Sequence[Found]) -> frozenset[int]:
    """What the best design deletes, the first of equals; nothing where there is none."""
    return max(found, key=lambda one: one.value).deleted if found else frozenset()


def climb(descent: Descent, found: Callable[[], Sequence[Found]], *, size: int, budget: float) -> None:
    """Settle the neighbours of the best design, then those of a better one found there.

    Clauses answer for most of them, so it is quick, and good designs are rarely far from one another.
    """
    left: frozenset[int] = frozenset()
    while (best := best_of(found())) and best != left:
        left = best
        for number, neighbour in enumerate(neighbours(best, len(descent.costs), size=size)):
            if number % CHECK_EVERY == 0:
                descent.oracle.check_limits()
            descent.settle(neighbour, budget)


class Climber:
    """Climbs by small searches that are exact: all sets one exchange away, then those two away.

    Variable neighbourhood search (Mladenovic and Hansen 1997), where a neighbourhood is a few parts of the tree: some
    of the design's candidates are kept, and the tree says which others are best beside them. What is worth most
    without the others is kept first.

    Parameters
    ----------
    tree : Descent
        Whose oracle knows how to ask, and what to beat.
    found : callable
        All designs known now, each within size and budget.
    size, budget : int, float
        Most candidates of a set, and most cost.

    Attributes
    ----------
    settled : dict from frozenset to (int, float)
        Designs, and up to how many exchanges away nothing beats a value.
    """

    def __init__(self, tree: Descent, found: Callable[[], Sequence[Found]], *, size: int, budget: float) -> None:
        self._tree, self._found = tree, found
        self._size, self._budget = size, budget
        self.settled: dict[frozenset[int], tuple[int, float]] = {}

    def go(self, *, farthest: int = FARTHEST, asks: int = sys.maxsize) -> None:
        """Climb until nothing so near the best design is better, or a part ends after so many questions."""
        oracle = self._tree.oracle
        last = oracle.counts.asked + asks
        while (design := best_of(self._found())) and (settled := self.settled_near(design)) < farthest:
            for part in self._parts(design, exchanged=settled + 1):
                self._tree.search_part(part)
                if best_of(self._found()) != design:
                    break
                if oracle.counts.asked >= last:
                    return
            else:
                self.settled[design] = settled + 1, oracle.beta

    def settled_near(self, design: frozenset[int]) -> int:
        """Up to how many exchanges away nothing is known to beat the value that is to be beaten now."""
        exchanged, beta = self.settled.get(design, (0, -math.inf))
        return exchanged if beta <= self._tree.oracle.beta else 0

    def _parts(self, design: frozenset[int], *, exchanged: int) -> Iterator[Part]:
        """Parts of the tree that hold the sets so many exchanges away."""
        n_kept = max(len(design) - exchanged, 0)
        evaluate = self._tree.oracle.evaluator.evaluate
        kept = sorted(
            itertools.combinations(sorted(design), n_kept), key=lambda one: evaluate(frozenset(one)).value, reverse=True
        )
        for one in kept:
            yield self._tree.part_beside(
                mask_of(frozenset(one)), more=min(self._size - n_kept, ADDED), budget=self._budget
            )
