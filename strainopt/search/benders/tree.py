"""The tree: every set within the budget is visited, or cut off by a clause or a lethal part."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from strainopt.search.benders.clauses import Knowledge, bits

__all__ = ["Asked", "Tree"]

LOOK = 64
"""Open clauses that are compared for the shortest one; more cost more than a better choice saves."""


class Asked(Protocol):
    """Who answers for a set that hits every open clause."""

    def ask(self, deleted: int) -> bool:
        """Learn a clause that the set fails, or false: nothing that contains it is of interest any more."""

    def check_limits(self) -> None:
        """Raise where the run has to end."""


class Tree:
    """Depth-first search over deletion sets."""

    def __init__(self, knowledge: Knowledge, oracle: Asked, costs: Sequence[float]) -> None:
        self.knowledge = knowledge
        self.oracle = oracle
        self.costs = [float(cost) for cost in costs]
        self.cheapest = min(self.costs, default=1.0)
        self.nodes = 0

    def explore(self, deleted: int, allowed: int, budget: float) -> None:
        """Settle every set that contains `deleted` and adds allowed candidates within the budget.

        When it returns, each such set beats no more than the bound: it fails a clause, holds a lethal part, or has
        been accepted and the bound raised to its value.
        """
        self.nodes += 1
        if self.nodes % 1024 == 0:
            self.oracle.check_limits()
        knowledge = self.knowledge
        while True:
            open_clauses = knowledge.open_clauses(deleted)
            if not open_clauses:
                if knowledge.condemned(deleted) or not self.oracle.ask(deleted):
                    return
                continue
            allowed &= ~knowledge.dead
            if budget < self.cheapest:
                return
            if budget < 2 * self.cheapest:
                self._last(deleted, allowed, budget, open_clauses)
            else:
                self._branch(deleted, allowed, budget, open_clauses)
            return

    def _last(self, deleted: int, allowed: int, budget: float, open_clauses: int) -> None:
        """One more deletion at most: only a candidate that hits every open clause can help."""
        supports = self.knowledge.supports
        common, seen = allowed, 0
        while True:
            for clause in bits(open_clauses & ~seen):
                common &= supports[clause]
                if not common:
                    return
            seen |= open_clauses
            candidate = (common & -common).bit_length() - 1
            common &= common - 1
            if self.costs[candidate] <= budget and not self.knowledge.condemned_with(deleted, candidate):
                self.explore(deleted | 1 << candidate, 0, 0.0)
                open_clauses = self.knowledge.open_clauses(deleted)
            if not common:
                return

    def _branch(self, deleted: int, allowed: int, budget: float, open_clauses: int) -> None:
        """Some candidate of the shortest open clause is deleted; each in turn, then forbidden for the later ones.

        Those that hit most clauses come first, as in the design search.
        """
        knowledge = self.knowledge
        shortest, length = 0, 1 << 30
        for looked, clause in enumerate(bits(open_clauses)):
            support = self.knowledge.supports[clause] & allowed
            count = support.bit_count()
            if count < length:
                shortest, length = support, count
            if length == 0:
                return
            if looked >= LOOK:
                break
        for candidate in sorted(bits(shortest), key=lambda one: knowledge.hits(one, open_clauses), reverse=True):
            bit = 1 << candidate
            allowed &= ~bit
            if self.costs[candidate] > budget or self.knowledge.condemned_with(deleted, candidate):
                continue
            self.explore(deleted | bit, allowed, budget - self.costs[candidate])
