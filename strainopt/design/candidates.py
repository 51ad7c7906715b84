"""From ids that may be deleted to numbered candidates, and from the numbers back to what the user deletes."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from strainopt.bilevel.problem import AllIntact, AnyIntact, Bought, Intact, Leaf
from strainopt.network.rules import AllOf, Gene, Rule

__all__ = ["MOST_EQUIVALENTS", "Candidates", "all_intact", "closure_trees", "group_genes", "intact_tree"]

MOST_EQUIVALENTS = 200
"""How many alternative sets of one design are listed; the count beside them is complete."""


@dataclass(frozen=True)
class Candidates:
    """Numbered candidates; each stands for ids whose deletion has the same effect.

    Attributes
    ----------
    groups : tuple of tuple of str
        Per candidate the interchangeable ids: the cheapest first, then in order; the first represents it.
    costs : tuple of tuple of float
        Cost of each id, in the same shape.
    """

    groups: tuple[tuple[str, ...], ...]
    costs: tuple[tuple[float, ...], ...]

    @classmethod
    def of(cls, groups: Iterable[Iterable[str]], costs: Mapping[str, float]) -> Candidates:
        """Order the ids of each group by cost, then id, and the groups by their first id."""
        ordered = sorted(tuple(sorted(group, key=lambda name: (costs.get(name, 1.0), name))) for group in groups)
        prices = tuple(tuple(float(costs.get(name, 1.0)) for name in group) for group in ordered)
        return cls(tuple(ordered), prices)

    @property
    def names(self) -> tuple[str, ...]:
        """The representatives."""
        return tuple(group[0] for group in self.groups)

    def interventions(self, deleted: Iterable[int]) -> tuple[str, ...]:
        """The representatives of a set of candidate numbers, sorted."""
        return tuple(sorted(self.groups[number][0] for number in deleted))

    def equivalents(self, interventions: Iterable[str], *, max_cost: float) -> tuple[tuple[tuple[str, ...], ...], int]:
        """Other sets of the same effect within the budget: the first `MOST_EQUIVALENTS` of them, and their number.

        `interventions` are representatives. Sets are sorted, each sorted inside, without the set itself.
        """
        number_of = {name: number for number, name in enumerate(self.names)}
        numbers = sorted(number_of[name] for name in interventions)
        own = tuple(sorted(interventions))
        choices = [list(zip(self.groups[number], self.costs[number], strict=True)) for number in numbers]
        kept: list[tuple[str, ...]] = []
        total = 0
        for choice in itertools.product(*choices):
            if sum(cost for _, cost in choice) > max_cost + 1e-9 * max(1.0, max_cost):
                continue
            names = tuple(sorted(name for name, _ in choice))
            if names == own:
                continue
            total += 1
            if len(kept) < MOST_EQUIVALENTS:
                kept.append(names)
        return tuple(sorted(kept)), total


def intact_tree(rule: Rule, candidate_of: Mapping[str, int]) -> Intact | None:
    """The rule over candidate numbers; genes that are no candidates always stand. None where it cannot fail."""
    if isinstance(rule, Gene):
        return Leaf(candidate_of[rule.name]) if rule.name in candidate_of else None
    parts = [intact_tree(part, candidate_of) for part in rule.parts]
    if isinstance(rule, AllOf):
        return all_intact(part for part in parts if part is not None)
    standing = [part for part in parts if part is not None]
    return None if len(standing) < len(parts) else any_intact(standing)


def all_intact(parts: Iterable[Intact]) -> Intact | None:
    """Conjunction, flat and without repetition; None if there is nothing to fail."""
    flat: dict[Intact, None] = {}
    for part in parts:
        flat.update(dict.fromkeys(part.parts if isinstance(part, AllIntact) else (part,)))
    return _packed(AllIntact, tuple(flat))


def any_intact(parts: Iterable[Intact]) -> Intact | None:
    """Disjunction, flat and without repetition."""
    flat: dict[Intact, None] = {}
    for part in parts:
        flat.update(dict.fromkeys(part.parts if isinstance(part, AnyIntact) else (part,)))
    return _packed(AnyIntact, tuple(flat))


def _packed(kind: type[AllIntact | AnyIntact], parts: tuple[Intact, ...]) -> Intact | None:
    if len(parts) <= 1:
        return parts[0] if parts else None
    return kind(parts)


def closure_trees(rules: Mapping[int, Iterable[Rule]], candidate_of: Mapping[str, int]) -> dict[int, Intact]:
    """Per column, when it stays open: all rules of its members hold. Columns that nothing can close are left out."""
    trees = {
        column: all_intact(tree for tree in (intact_tree(rule, candidate_of) for rule in members) if tree is not None)
        for column, members in rules.items()
    }
    return {column: tree for column, tree in sorted(trees.items()) if tree is not None}


def group_genes(trees: Mapping[int, Intact], count: int) -> list[list[int]]:
    """Candidates of the same effect: always parts of the same complexes. Candidates in no tree are left out.

    Only what can be seen without algebra is merged: two candidates whose every occurrence is in the same conjunctions.
    """
    places: dict[int, set[tuple[int, ...]]] = {}
    for column, tree in trees.items():
        todo: list[tuple[Intact, tuple[int, ...]]] = [(tree, (column,))]
        while todo:
            node, path = todo.pop()
            if isinstance(node, (Leaf, Bought)):
                places.setdefault(node.candidate, set()).add(path)
            elif isinstance(node, AllIntact):
                # Leaves of one conjunction share its place; other parts have places of their own.
                todo.extend(
                    (part, path if isinstance(part, Leaf) else (*path, position))
                    for position, part in enumerate(node.parts)
                )
            else:
                todo.extend((part, (*path, position)) for position, part in enumerate(node.parts))
    groups: dict[frozenset[tuple[int, ...]], list[int]] = {}
    for candidate in range(count):
        if candidate in places:
            groups.setdefault(frozenset(places[candidate]), []).append(candidate)
    return list(groups.values())
