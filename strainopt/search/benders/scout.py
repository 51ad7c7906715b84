"""Looks for good designs while the tree is busy with a proof: designs that are worth less than what it tries to beat.

High values to beat are cheap to refute, but no design is found on the way. The scout has an oracle of its own, tries
lower values, walks, and climbs from what it finds. It proves nothing; what it finds is there at a time limit, and
spares the tree the values in between.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Sequence

import numpy as np

from strainopt.search.benders.clauses import mask_of
from strainopt.search.benders.descent import Descent
from strainopt.search.benders.neighbours import neighbours
from strainopt.search.benders.programs import Programs
from strainopt.search.benders.walk import Walk
from strainopt.search.outcome import Found

__all__ = ["Scout", "climb"]

LEVELS = (0.64, 0.49, 0.36, 0.24, 0.08)
"""Parts of the largest product that are tried as value to beat, from the top, as far as no design beats them."""

FIRST, HURRIED = 6_000, 1_000
"""Linear programs of the tree before the first look, the second under a short time limit; then at twice as many."""

ASKS = (300, 900, 2_700)
"""Questions in vain after which a walk ends, at the first look, the second, and all others; in a hurry the second comes
first. Where the tree proves the best design known, all walks are short."""

MOST_CLIMBED = 400
"""Questions for one climb; where it leads far it takes fewer."""

SMALLEST = 4
"""Deletions below which the tree is done before a look would help."""

CHECK_EVERY = 32
"""Neighbours between two looks at the clock."""

SCATTERED = 100
"""Witnesses learned before the first walk at a value."""


class Scout:
    """One search for designs beside a tree, which goes on where it was.

    Parameters
    ----------
    tree : Descent
        Whose value to beat is looked below. Either takes over the clauses of the other.
    own : callable
        Makes a tree of the scout's own, given what is done with a better design.
    found : callable
        All designs known now.
    to_beat : callable
        The value that a design has to beat to be better than those.
    accept : callable
        Keeps a better design.
    size, budget : int, float
        Most deletions, and most cost.
    top : float
        No design is worth more.
    hurried : bool
        Whether a proof may not be had in time: it looks earlier, and also where the tree proves the best design known.
    seed : int
    """

    def __init__(
        self,
        tree: Descent,
        *,
        own: Callable[[Callable[[Found], None]], Descent],
        found: Callable[[], Sequence[Found]],
        to_beat: Callable[[], float],
        accept: Callable[[Found], None],
        size: int,
        budget: float,
        top: float,
        hurried: bool,
        seed: int,
    ) -> None:
        self._tree = tree
        self._make = own
        self._found, self._to_beat, self._accept = found, to_beat, accept
        self._size, self._budget = size, budget
        self._random = np.random.default_rng(seed)
        self._top, self._hurried = top, hurried
        self._looks = 0
        self._next = sys.maxsize
        if tree.over_candidates and size >= SMALLEST and math.isfinite(top):
            self._next = HURRIED if hurried else FIRST
        self._own: Descent | None = None
        self._walk: Walk | None = None

    @property
    def programs(self) -> Programs | None:
        """Its own, once it has looked."""
        return None if self._own is None else self._own.oracle.programs

    def close(self) -> None:
        """Free the solvers' memory; it looks no more."""
        self._next = sys.maxsize
        if self._own is not None:
            self._own.oracle.programs.close()

    def pulse(self) -> None:
        """Look, where the tree has long been at values far above the best design."""
        tree = self._tree.oracle
        lps = tree.programs.lps
        if lps < self._next or (self._to_beat() >= tree.beta and not self._hurried):
            return
        self._next = 2 * lps
        if self._own is None or self._walk is None:
            self._own = self._make(self._keep)
            self._own.oracle.clauses.untold()
            self._walk = Walk(
                self._own.oracle, self._own.costs, size=self._size, budget=self._budget, generator=self._random
            )
        self._own.oracle.clauses.learn_from(tree.clauses)
        self._look(self._own, self._walk, below=tree.beta)
        for learned in self._own.oracle.clauses.untold():
            tree.clauses.add(learned.support, growth=learned.growth, product=learned.product)

    def _keep(self, one: Found) -> None:
        self._accept(one)
        if self._own is not None:
            self._own.oracle.set_beta(max(self._to_beat(), self._own.oracle.beta))

    def _look(self, own: Descent, walk: Walk, *, below: float) -> None:
        """Climb from the best design, then walk at one value after the other down to its own."""
        oracle = own.oracle
        asks = ASKS[0 if self._to_beat() >= below else min(self._looks + self._hurried, len(ASKS) - 1)]
        self._looks += 1
        oracle.set_beta(self._to_beat())
        oracle.scatter(SCATTERED)
        self._climb(own)
        for share in LEVELS:
            beta = max(share * self._top, self._to_beat())
            if beta > below:
                continue
            oracle.set_beta(beta)
            oracle.scatter(SCATTERED)
            oracle.clauses.sort()
            while walk.go(asks):
                self._climb(own)
                walk.begin(mask_of(max(self._found(), key=lambda one: one.value).deleted))
                oracle.clauses.sort()
            if share * self._top <= self._to_beat():
                break

    def _climb(self, own: Descent) -> None:
        climb(own, self._found, size=self._size, budget=self._budget, asks=MOST_CLIMBED)


def climb(
    descent: Descent,
    found: Callable[[], Sequence[Found]],
    *,
    size: int,
    budget: float,
    asks: int = sys.maxsize,
) -> None:
    """Settle the neighbours of the best design, then those of a better one found there; or as many as `asks` allows.

    Clauses answer for most of them, so it is quick, and good designs are rarely far from one another.
    """
    left: frozenset[int] = frozenset()
    last = descent.oracle.counts.asked + asks
    while designs := found():
        best = max(designs, key=lambda one: one.value).deleted
        if best in (frozenset(), left):
            return
        left = best
        for number, neighbour in enumerate(neighbours(best, len(descent.costs), size=size)):
            if number % CHECK_EVERY == 0:
                descent.oracle.check_limits()
            descent.settle(neighbour, budget)
            if descent.oracle.counts.asked >= last:
                return
