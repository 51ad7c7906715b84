"""The replay: every set of items within the budget is visited, or cut off by a ceiling or a clause. No LP anywhere.

At a node the set `K` is chosen, some items are still allowed, and the claim is that no set between `K` and `K` with
allowed items beats beta. It holds

- where the ceiling of K is below the growth that viable designs, or values above beta, ask for; or else
- where some witness speaks against all supersets of K that leave it feasible, and each allowed item that would stop it
  (its support) has been tried: with it the claim is proven at the child, without any of them the witness speaks.

The choice of the witness bears on the size of the tree only, never on what is proven.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from strainopt.errors import VerificationError
from strainopt.proof.arithmetic import FloatArray
from strainopt.proof.facts import Ceilings, Clauses, Threshold, bits
from strainopt.proof.items import Items
from strainopt.tolerances import COST_ROUNDING

__all__ = ["Helper", "Node", "Replay", "Root"]

LOOK = 48
"""Witnesses that are compared for the smallest choice, in the order of the file."""


@dataclass(frozen=True)
class Root:
    """Where a tree begins: items that are chosen in all of it, and what is left of the budget for others."""

    members: tuple[int, ...]
    budget: float


@dataclass(frozen=True, eq=False)
class Node:
    """A set of items in the tree.

    Attributes
    ----------
    given : tuple of int
        Items of the root.
    members : tuple of int
        All items chosen, those of the root first.
    closed : frozenset of int
        Lumps closed by them.
    more : int
        How many more may be chosen.
    """

    given: tuple[int, ...]
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
    """The trees over items.

    Parameters
    ----------
    knock_ins : collection of int
        Items that trees begin with or without, and that no branch chooses.
    budget : float
        The whole one, which rounding in sums of costs is relative to.

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
        knock_ins: Collection[int] = (),
        helper: Helper | None = None,
    ) -> None:
        self._items, self._forced = items, forced
        self._ceilings, self._clauses, self._threshold = ceilings, clauses, threshold
        self._helper = helper
        self._slack = COST_ROUNDING * budget
        self._costs = [item.cost for item in items.items]
        self._choices = [item for item in range(len(self._costs)) if item not in knock_ins]
        self._cheapest = min((self._costs[item] for item in self._choices), default=2.0 * budget + 1.0)
        self.nodes = 0
        self.cut = 0

    def run(self, roots: Iterable[Root]) -> None:
        """Settle every set within the budget.

        Raises
        ------
        VerificationError
            Nothing in the file settles some set; the message names it.
        """
        everything = sum(1 << item for item in self._choices)
        for root in roots:
            closed = self._items.closed(root.members)
            if self._forced & closed:
                # a forced flux cannot stop: no state is left
                continue
            allowed = everything & ~sum(1 << item for item in root.members)
            values = self._ceilings.close(self._ceilings.all_open(), closed, closed)
            start = Node(root.members, root.members, closed, self._purchasable(root.budget), values)
            self._settle(start, allowed, root.budget)

    def _purchasable(self, budget: float) -> int:
        return max(int((budget + self._slack) // self._cheapest), 0)

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
        grown = Node(node.given, node.members, node.closed, node.more, values)
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
        self._settle(Node(node.given, members, closed, self._purchasable(budget), values), allowed, budget)

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
        chosen = [item for item in node.members if item in self._choices]
        names = ", ".join(self._items.items[item].names[0] for item in chosen) or "nothing"
        absent = [self._items.items[item].names[0] for item in node.members if item not in self._choices]
        without = f", and do not buy {', '.join(absent)}" if absent else ""
        return VerificationError(
            f"the proof does not settle the designs that choose {names}{without}",
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
