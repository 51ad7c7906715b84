"""Looks for good designs while the tree is busy with a proof: designs that are worth less than what it tries to beat.

High values to beat are cheap to refute, but no design is found on the way. The scout has an oracle of its own, tries
lower values, walks, and climbs from what it finds. It walks over sets that are too large, of which each holds many of
the right size, and trims what it finds there. It proves nothing; what it finds is there at a time limit, and spares the
tree the values in between.
"""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from strainopt.search.benders.clauses import mask_of
from strainopt.search.benders.climbs import FARTHEST, Climber, best_of
from strainopt.search.benders.descent import Descent
from strainopt.search.benders.programs import Programs
from strainopt.search.benders.trim import trimmed
from strainopt.search.benders.walk import Walk
from strainopt.search.outcome import Found

__all__ = ["Scout"]

LEVELS = (0.64, 0.49, 0.36, 0.24, 0.08)
"""Parts of the largest product that are tried as value to beat, from the top, as far as no design beats them."""

FIRST, HURRIED = 6_000, 1_000
"""Linear programs of the tree before the first look, the second in a hurry; then at twice as many."""

HURRY = 300.0
"""Seconds: under a shorter time limit good designs are looked for earlier, since a proof may not be had."""

LEFT_ALONE = 0.1
"""Part of a short time limit in which the tree may end by itself: a quick proof is better than an early design."""

ASKS = 400
"""Questions in vain after which a walk at a value ends; in each round twice as many."""

LARGER = 7
"""Deletions by which the sets of a walk may exceed those of a design."""

BETTER = 1.01
"""What walks and first climbs look for is worth so many times the best design: many small steps take long."""

CLIMBS = 3
"""Questions of walks for each of a climb from the best design."""

MOST_CLIMBED = 800
"""Questions for a climb from the design that is being proven."""

SMALLEST = 4
"""Deletions below which the tree is done before a look would help."""

SCATTERED = 100
"""Witnesses learned before the first walk at a value."""


@dataclass(frozen=True, eq=False)
class _Own:
    """What the scout works with, made at its first look."""

    tree: Descent
    walk: Walk
    climber: Climber


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
    deadline : float
        A `time.monotonic()` moment. Where it is near a proof may not be had in time: the scout looks earlier, and near
        the best design even where the tree is at it.
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
        deadline: float,
        seed: int,
    ) -> None:
        self._tree = tree
        self._make = own
        self._found, self._to_beat, self._accept = found, to_beat, accept
        self._size, self._budget = size, budget
        self._random = np.random.default_rng(seed)
        self._top = top
        self._asks = ASKS
        self._large: list[Found] = []
        self._better = 1.0
        now = time.monotonic()
        self._hurried = deadline - now < HURRY
        self._begin = now + LEFT_ALONE * (deadline - now) if self._hurried else now
        self._next = sys.maxsize
        if tree.over_candidates and size >= SMALLEST and math.isfinite(top):
            self._next = HURRIED if self._hurried else FIRST
        self._own: _Own | None = None

    @property
    def programs(self) -> Programs | None:
        """Its own, once it has looked."""
        return None if self._own is None else self._own.tree.oracle.programs

    def close(self) -> None:
        """Free the solvers' memory; it looks no more."""
        self._next = sys.maxsize
        if self._own is not None:
            self._own.tree.oracle.programs.close()

    def pulse(self) -> None:
        """Look, where the tree has long been at values far above the best design."""
        tree = self._tree.oracle
        lps = tree.programs.lps
        if lps < self._next or time.monotonic() < self._begin:
            return
        if self._to_beat() >= tree.beta and not self._hurried:
            return
        self._next = 2 * lps
        if self._own is None:
            self._own = self._equipped()
        clauses = self._own.tree.oracle.clauses
        clauses.learn_from(tree.clauses)
        self._look(self._own, below=tree.beta)
        # as facts, so that other runs are told of them too
        for learned in clauses.untold():
            tree.clauses.add(learned.support, growth=learned.growth, product=learned.product)

    def _equipped(self) -> _Own:
        tree = self._make(self._take)
        tree.oracle.clauses.untold()
        walk = Walk(tree.oracle, self._known, size=self._size + LARGER, generator=self._random)
        climber = Climber(tree, self._found, size=self._size, budget=self._budget)
        return _Own(tree, walk, climber)

    def _known(self) -> int:
        return len(self._large) + len(self._found())

    def _aim(self) -> float:
        """What a design has to exceed to be worth a step."""
        return self._better * self._to_beat()

    def _within(self, deleted: frozenset[int]) -> bool:
        """Whether a set is no larger and no dearer than a design may be."""
        costs = self._tree.costs
        return len(deleted) <= self._size and sum(costs[one] for one in deleted) <= self._budget

    def _take(self, one: Found) -> None:
        """Keep a design, or note one that is too large."""
        if not self._within(one.deleted):
            self._large.append(one)
            return
        self._accept(one)
        if self._own is not None:
            oracle = self._own.tree.oracle
            oracle.set_beta(max(self._aim(), oracle.beta))

    def _look(self, own: _Own, *, below: float) -> None:
        """Walk and climb in turn; in a hurry until nothing near the best design is better."""
        if self._to_beat() >= below:
            self._climb(own, asks=MOST_CLIMBED)
            return
        while self._to_beat() < below:
            asks, self._asks = self._asks, 2 * self._asks
            self._better = BETTER
            for share in LEVELS:
                beta = max(share * self._top, self._aim())
                if beta < below:
                    self._walk(own, beta, below=below, asks=asks)
                if share * self._top <= self._aim():
                    break
            self._better = 1.0
            self._climb(own, asks=asks // CLIMBS)
            best = best_of(self._found())
            if not self._hurried or not best or own.climber.settled_near(best) == FARTHEST:
                return

    def _walk(self, own: _Own, beta: float, *, below: float, asks: int) -> None:
        """Walk at a value until that is in vain; from each design climb a little."""
        self._seek(own.tree, beta)
        counts, left = own.tree.oracle.counts, asks
        while self._aim() < below:
            before, known = counts.asked, len(self._found())
            if left <= 0 or not own.walk.go(left):
                return
            self._trim(own)
            own.walk.begin(0)
            if len(self._found()) > known:
                left = asks
                own.climber.go(farthest=1, asks=asks // CLIMBS)
                own.tree.oracle.clauses.sort()
            else:
                # where designs need more deletions than allowed, there is no end of large ones
                left -= counts.asked - before + self._size + LARGER

    def _trim(self, own: _Own) -> None:
        """Keep what is small enough in the large designs."""
        large, self._large = self._large, []
        for one in large:
            # nothing that contains it is small enough
            own.tree.oracle.lethal.add(mask_of(one.deleted))
            smaller = trimmed(
                one,
                evaluator=own.tree.oracle.evaluator,
                within=self._within,
                worth=self._aim(),
                generator=self._random,
            )
            if smaller is not None:
                self._take(smaller)

    def _climb(self, own: _Own, *, asks: int) -> None:
        """Climb from the best design, by small steps too."""
        self._seek(own.tree, self._to_beat())
        own.climber.go(asks=asks)

    def _seek(self, tree: Descent, beta: float) -> None:
        """Set the value to beat, and begin with many clauses at it."""
        tree.oracle.set_beta(beta)
        tree.oracle.scatter(SCATTERED)
        tree.oracle.clauses.sort()
