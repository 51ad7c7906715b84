"""What can be chosen: candidates that close the same lumps in the same way are one item; which lumps a set closes.

A knock-in is an item too: not buying it closes its lump.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass

from strainopt.network.rules import AllOf, Gene, Rule
from strainopt.proof.narrow import Lump

__all__ = ["Item", "Items", "gene_items", "reaction_items"]


@dataclass(frozen=True)
class Item:
    """Candidates that have the same effect on every steady state, whatever else is chosen.

    Attributes
    ----------
    names : tuple of str
        In the order of the candidates; the first stands for all.
    cost : float
        Of the cheapest.
    lumps : tuple of int
        Those that it closes, alone or together with others, ascending.
    by_rule : bool
        Genes, which close lumps by gene rules; others close theirs whatever the rules say.
    """

    names: tuple[str, ...]
    cost: float
    lumps: tuple[int, ...]
    by_rule: bool = False


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
        if self._rules is None or not self.items[item].by_rule:
            return tuple(lump for lump in lumps if lump not in closed)
        gone = frozenset(self.items[member].names[0] for member in members if self.items[member].by_rule)
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
    closes: Mapping[str, Sequence[int]], candidates: Sequence[str], *, costs: Mapping[str, float]
) -> tuple[Item, ...]:
    """Candidates that close lumps whatever else is chosen: those with the same lumps are one item."""
    groups: dict[tuple[int, ...], list[str]] = {}
    for name in candidates:
        if closes.get(name):
            groups.setdefault(tuple(sorted(closes[name])), []).append(name)
    return tuple(_item(names, costs, lumps) for lumps, names in groups.items())


def gene_items(
    lumps: Sequence[Lump],
    candidates: Sequence[str],
    *,
    rules: Sequence[Rule | None],
    costs: Mapping[str, float],
    others: Sequence[Item] = (),
) -> Items:
    """Candidates are genes; those that stand in the same complexes, and nowhere else, are one item; `others` follow.

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
    made = [
        _item(names, costs, tuple(sorted({lump for lump, _ in key})), by_rule=True) for key, names in groups.items()
    ]
    return Items([*made, *others], of_lump)


def _item(names: list[str], costs: Mapping[str, float], lumps: tuple[int, ...], *, by_rule: bool = False) -> Item:
    return Item(tuple(names), min(costs.get(name, 1.0) for name in names), lumps, by_rule)


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
