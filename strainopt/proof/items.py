"""What can be deleted: candidates that close the same lumps in the same way are one item; which lumps a set closes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass

from strainopt.network.rules import AllOf, Gene, Rule
from strainopt.proof.narrow import Lump

__all__ = ["Item", "Items", "gene_items", "reaction_items"]


@dataclass(frozen=True)
class Item:
    """Candidates whose deletion has the same effect on every steady state, whatever else is deleted.

    Attributes
    ----------
    names : tuple of str
        In the order of the candidates; the first stands for all.
    cost : float
        Of the cheapest.
    lumps : tuple of int
        Those that it closes, alone or together with others, ascending.
    """

    names: tuple[str, ...]
    cost: float
    lumps: tuple[int, ...]


class Items:
    """The items of a question, in the order of their first candidates.

    Attributes
    ----------
    items : tuple of Item
    of : mapping
        Candidate to item; candidates that close nothing are missing.
    """

    def __init__(self, items: Sequence[Item], rules: Mapping[int, tuple[Rule, ...]] | None) -> None:
        self.items = tuple(items)
        self.of = {name: number for number, item in enumerate(self.items) for name in item.names}
        self._rules = rules

    def newly_closed(self, item: int, members: Iterable[int], closed: Set[int]) -> tuple[int, ...]:
        """Lumps that `item` closes where `members` (with it) are deleted and `closed` are closed already."""
        lumps = self.items[item].lumps
        if self._rules is None:
            return tuple(lump for lump in lumps if lump not in closed)
        gone = frozenset(self.items[member].names[0] for member in members)
        rules = self._rules
        return tuple(
            lump for lump in lumps if lump not in closed and not all(one.holds_without(gone) for one in rules[lump])
        )

    def closed(self, members: Iterable[int]) -> frozenset[int]:
        """All lumps that a set of items closes."""
        whole = tuple(members)
        found: set[int] = set()
        for item in whole:
            found.update(self.newly_closed(item, whole, found))
        return frozenset(found)

    def open_with(self, lump: int, missing: Set[str]) -> bool:
        """Gene level: whether the rules of a lump hold without these genes."""
        return self._rules is None or all(rule.holds_without(missing) for rule in self._rules.get(lump, ()))


def reaction_items(
    lumps: Sequence[Lump], candidates: Sequence[str], *, reactions: Sequence[str], costs: Mapping[str, float]
) -> Items:
    """Candidates are reactions: all members of a lump are one item."""
    lump_of = {reactions[member]: place for place, lump in enumerate(lumps) for member, _ in lump.members}
    groups: dict[int, list[str]] = {}
    for name in candidates:
        if name in lump_of:
            groups.setdefault(lump_of[name], []).append(name)
    return Items([_item(names, costs, (lump,)) for lump, names in groups.items()], None)


def gene_items(
    lumps: Sequence[Lump], candidates: Sequence[str], *, rules: Sequence[Rule | None], costs: Mapping[str, float]
) -> Items:
    """Candidates are genes; those that stand in the same complexes, and nowhere else, are one item.

    A lump is open while all its members are, so its members' rules are parts of one complex.
    """
    of_lump = {
        place: tuple(rule for member, _ in lump.members if (rule := rules[member]) is not None)
        for place, lump in enumerate(lumps)
    }
    of_lump = {place: found for place, found in of_lump.items() if found}
    places: dict[str, set[tuple[int, int]]] = {}
    for lump, found in of_lump.items():
        for number, gene in _complexes(found):
            places.setdefault(gene, set()).add((lump, number))
    groups: dict[frozenset[tuple[int, int]], list[str]] = {}
    for name in candidates:
        if name in places:
            groups.setdefault(frozenset(places[name]), []).append(name)
    made = [_item(names, costs, tuple(sorted({lump for lump, _ in key}))) for key, names in groups.items()]
    return Items(made, of_lump)


def _item(names: list[str], costs: Mapping[str, float], lumps: tuple[int, ...]) -> Item:
    return Item(tuple(names), min(costs.get(name, 1.0) for name in names), lumps)


def _complexes(rules: tuple[Rule, ...]) -> Iterator[tuple[int, str]]:
    """Each gene with the number of the complex that it is a direct part of; isozymes are complexes of their own."""
    todo: list[tuple[int, Rule]] = [(0, rule) for rule in rules]
    numbers = 1
    while todo:
        number, rule = todo.pop()
        if isinstance(rule, Gene):
            yield number, rule.name
        elif isinstance(rule, AllOf):
            todo.extend((number, part) for part in rule.parts)
        else:
            todo.extend((numbers + offset, part) for offset, part in enumerate(rule.parts))
            numbers += len(rule.parts)
