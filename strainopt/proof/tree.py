"""The replay: every set of deletions within the budget is visited, or cut off by a ceiling or a clause. No LP anywhere.

At a node the set `K` is deleted, some items are still allowed, and the claim is that no set between `K` and `K` with
allowed items beats beta. It holds

- where the ceiling of K is below the growth that viable designs, or values above beta, ask for; or else
- where some witness speaks against all supersets of K that leave it feasible, and each allowed item that would stop it
  (its support) has been tried: with it the claim is proven at the child, without any of them the witness speaks.

The choice of the witness bears on the size of the tree only, never on what is proven.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from strainopt.errors import VerificationError
from strainopt.proof.arithmetic import FloatArray
from strainopt.proof.facts import Ceilings, Clauses, Threshold, bits
from strainopt.proof.items import Items
from strainopt.tolerances import COST_ROUNDING

__all__ = ["Helper", "Node", "Replay"]

LOOK = 48
"""Witnesses that are compared for the smallest choice, in the order of the file."""


@dataclass(frozen=True, eq=False)
class Node:
    """A set of deletions in the tree.

    Attributes
    ----------
    members : tuple of int
        Items deleted.
    closed : frozenset of int
        Lumps closed by them.
    more : int
        How many more may be deleted.
    """

    members: tuple[int, ...]
    closed: frozenset[int]
    more: int
    values: FloatArray


class Helper(Protocol):
    """A writer of proofs looks on and adds facts; checkers have none."""

    def enters(self, node: Node) -> None:
        """Called before a node is looked at."""

    def stuck(self, node: Node) -> bool:
        """Called where nothing settles a node; whether a fact was added."""


class Replay:
    """The tree over items.

    Attributes
    ----------
    nodes : int
        Visited so far.
    cut : int
        Nodes that end by their ceiling.
    """

    def __init__(
        self,
        *,
        items: Items,
        forced: frozenset[int],
        ceilings: Ceilings,
        clauses: Clauses,
        threshold: Threshold,
        budget: float,
        helper: Helper | None = None,
    ) -> None:
        self._items, self._forced = items, forced
        self._ceilings, self._clauses, self._threshold = ceilings, clauses, threshold
        self._budget, self._helper = budget, helper
        self._slack = COST_ROUNDING * budget
        self._costs = [item.cost for item in items.items]
        self._cheapest = min(self._costs, default=budget + 1.0)
        self.nodes = 0
        self.cut = 0

    def run(self) -> None:
        """Settle every set within the budget.

        Raises
        ------
        VerificationError
            Nothing in the file settles some set; the message names it.
        """
        everything = (1 << len(self._costs)) - 1
        root = Node((), frozenset(), self._purchasable(self._budget), self._ceilings.all_open())
        self._settle(root, everything, self._budget)

    def _purchasable(self, budget: float) -> int:
        return int((budget + self._slack) // self._cheapest)

    def _settle(self, node: Node, allowed: int, budget: float) -> None:
        self.nodes += 1
        if self._helper is not None:
            self._helper.enters(node)
        while True:
            values = self._ceilings.close(node.values, (), node.closed)
            ceiling = self._ceilings.least(values)
            if ceiling < self._threshold.hopeless:
                self.cut += 1
                return
            unhit = self._clauses.speaking(self._threshold.speaks(ceiling))
            for item in node.members:
                unhit &= ~self._clauses.hit[item]
            if unhit:
                break
            if self._helper is None or not self._helper.stuck(node):
                raise self._not_settled(node, ceiling)
        if node.more == 0:
            return
        choice = self._common(unhit, allowed) if node.more == 1 else self._smallest(unhit, allowed)
        grown = Node(node.members, node.closed, node.more, values)
        for item in bits(choice):
            allowed &= ~(1 << item)
            left = budget - self._costs[item]
            if left >= -self._slack:
                self._child(grown, item, allowed, left)

    def _child(self, node: Node, item: int, allowed: int, budget: float) -> None:
        members = (*node.members, item)
        fresh = self._items.newly_closed(item, members, node.closed)
        if self._forced.intersection(fresh):
            # a forced flux cannot stop: no state is left
            return
        closed = node.closed.union(fresh)
        values = self._ceilings.close(node.values, fresh, closed)
        self._settle(Node(members, closed, self._purchasable(budget), values), allowed, budget)

    def _common(self, unhit: int, allowed: int) -> int:
        """One more deletion at most: it has to stop every witness that speaks."""
        for place in bits(unhit):
            allowed &= self._clauses.supports[place]
            if not allowed:
                break
        return allowed

    def _smallest(self, unhit: int, allowed: int) -> int:
        """The support with the fewest allowed items, among the first few that speak; the first of equals."""
        best, fewest = 0, 1 << 60
        for looked, place in enumerate(bits(unhit)):
            if looked == LOOK or not fewest:
                break
            choice = self._clauses.supports[place] & allowed
            count = choice.bit_count()
            if count < fewest:
                best, fewest = choice, count
        return best

    def _not_settled(self, node: Node, ceiling: float) -> VerificationError:
        names = ", ".join(self._items.items[item].names[0] for item in node.members) or "nothing"
        return VerificationError(
            f"the proof does not settle the designs that delete {names}",
            why=f"growth {self._threshold.wanted} may reach {ceiling:.9g} there, and no witness that grows as fast as "
            "the method asks for is left whole: a witness, an inequality, or a better design is missing",
        )


def item_mask(items: Items, names: Sequence[str]) -> int:
    """Bit set of the items of these candidates; others count for nothing."""
    mask = 0
    for name in names:
        if name in items.of:
            mask |= 1 << items.of[name]
    return mask
