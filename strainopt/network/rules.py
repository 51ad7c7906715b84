"""The tree of a gene rule: genes, complexes and isozymes.

Nothing here recurses: rules with thousands of nested parentheses are evaluated, compared, written and pickled
in linear time, whatever Python's recursion limit.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Set
from dataclasses import dataclass, field
from typing import Final, TypeAlias

__all__ = ["AllOf", "AnyOf", "Gene", "Rule", "alternatives", "left_of", "simplify"]

_PLAIN = re.compile(r'[^\s()&|"]+')


@dataclass(frozen=True, slots=True)
class Gene:
    """One gene."""

    name: str

    def genes(self) -> frozenset[str]:
        """All genes below."""
        return frozenset((self.name,))

    def holds_without(self, deleted: Set[str]) -> bool:
        """Whether the rule is still true when these genes are deleted."""
        return self.name not in deleted

    def to_text(self) -> str:
        """The rule as text; a name that would not survive a parser is put in double quotes."""
        plain = _PLAIN.fullmatch(self.name) and self.name.lower() not in ("and", "or")
        return self.name if plain else f'"{self.name}"'


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class _Group:
    """What complexes and isozymes have in common."""

    parts: tuple[Rule, ...]
    _hash: int = field(init=False)
    _genes: frozenset[str] | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        # Bottom-up: each part knows its own hash, so that this never recurses.
        object.__setattr__(self, "_hash", hash((type(self).__name__, self.parts)))

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, _Group):
            return NotImplemented
        pairs: list[tuple[Rule, Rule]] = [(self, other)]  # type: ignore[list-item]
        while pairs:
            one, two = pairs.pop()
            if one is two:
                continue
            if type(one) is not type(two) or hash(one) != hash(two):
                return False
            if isinstance(one, Gene) or isinstance(two, Gene):
                if one != two:
                    return False
                continue
            if len(one.parts) != len(two.parts):
                return False
            pairs.extend(zip(one.parts, two.parts, strict=True))
        return True

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.to_text()})"

    def __reduce__(self) -> tuple[Callable[[tuple[str | int, ...]], Rule], tuple[tuple[str | int, ...]]]:
        # A flat sequence instead of nested objects: pickle recurses into them.
        return _rebuild, (_postfix(self),)

    def genes(self) -> frozenset[str]:
        """All genes below."""
        if self._genes is None:
            object.__setattr__(self, "_genes", frozenset(gene.name for gene in _leaves(self)))
        return self._genes or frozenset()

    def holds_without(self, deleted: Set[str]) -> bool:
        """Whether the rule is still true when these genes are deleted."""
        return self.genes().isdisjoint(deleted) or _holds(self, deleted)

    def to_text(self) -> str:
        """The rule as text: `and`, `or`, with parentheses around every group but the outermost."""
        pieces: list[str] = []
        todo: list[Rule | str] = [self]  # type: ignore[list-item]
        while todo:
            item = todo.pop()
            if isinstance(item, str):
                pieces.append(item)
            elif isinstance(item, Gene):
                pieces.append(item.to_text())
            else:
                inner = item is not self
                word = " and " if isinstance(item, AllOf) else " or "
                todo.extend([")"] if inner else [])
                for position, part in enumerate(reversed(item.parts)):
                    todo.extend([word, part] if position else [part])
                todo.extend(["("] if inner else [])
        return "".join(pieces)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class AllOf(_Group):
    """A complex: every part is needed."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class AnyOf(_Group):
    """Isozymes: one part is enough."""


Rule: TypeAlias = Gene | AllOf | AnyOf


def _leaves(rule: Rule | _Group) -> Iterator[Gene]:
    todo: list[Rule | _Group] = [rule]
    while todo:
        item = todo.pop()
        if isinstance(item, Gene):
            yield item
        else:
            todo.extend(item.parts)


def _holds(rule: Rule | _Group, deleted: Set[str]) -> bool:
    groups: list[tuple[bool, Iterator[Rule]]] = []
    item = rule
    while True:
        if isinstance(item, Gene):
            value = item.name not in deleted
        else:
            value = isinstance(item, AllOf)
            groups.append((value, iter(item.parts)))
        while groups:
            needs_all, rest = groups[-1]
            # A complex that is true so far, or isozymes that are false so far, are not decided yet.
            following = next(rest, None) if value is needs_all else None
            if following is not None:
                item = following
                break
            groups.pop()
        else:
            return value


def simplify(rule: Rule) -> Rule:
    """The same rule without groups inside groups of their own kind, repeated parts, and groups of one.

    The order of first mention is kept. An empty group is left as it is.
    """
    if isinstance(rule, Gene):
        return rule
    frames: list[tuple[type[AllOf | AnyOf], list[Iterator[Rule]], list[Rule]]] = [(type(rule), [iter(rule.parts)], [])]
    while True:
        kind, pending, done = frames[-1]
        part = next(pending[-1], None)
        if part is None:
            pending.pop()
            if pending:
                continue
            frames.pop()
            joined = _join(kind, done)
            if not frames:
                return joined
            above, _, collected = frames[-1]
            collected.extend(joined.parts if not isinstance(joined, Gene) and type(joined) is above else (joined,))
        elif isinstance(part, Gene):
            done.append(part)
        elif type(part) is kind:
            pending.append(iter(part.parts))
        else:
            frames.append((type(part), [iter(part.parts)], []))


def left_of(rule: Rule, gone: Set[str]) -> Rule | None:
    """The rule of what is left when these genes are gone for good; None if it can no longer hold."""
    stack: list[Rule | None] = []
    for item in _postfix(rule):
        if isinstance(item, str):
            stack.append(None if item in gone else Gene(item))
            continue
        parts = stack[len(stack) - abs(item) :]
        del stack[len(stack) - abs(item) :]
        kept = [part for part in parts if part is not None]
        if not kept or (item > 0 and len(kept) < len(parts)):
            stack.append(None)
        else:
            stack.append(_join(AllOf if item > 0 else AnyOf, kept))
    left = stack[0]
    return None if left is None else simplify(left)


def _join(kind: type[AllOf | AnyOf], parts: Iterable[Rule]) -> Rule:
    unique = tuple(dict.fromkeys(parts))
    return unique[0] if len(unique) == 1 else kind(unique)


def _postfix(rule: Rule | _Group) -> tuple[str | int, ...]:
    """Genes as text; a complex of n parts as n, isozymes as -n, each after its parts."""
    reverse: list[str | int] = []
    todo: list[Rule | _Group] = [rule]
    while todo:
        item = todo.pop()
        if isinstance(item, Gene):
            reverse.append(item.name)
        else:
            reverse.append(len(item.parts) if isinstance(item, AllOf) else -len(item.parts))
            todo.extend(item.parts)
    return tuple(reversed(reverse))


def _rebuild(postfix: tuple[str | int, ...]) -> Rule:
    stack: list[Rule] = []
    for item in postfix:
        if isinstance(item, str):
            stack.append(Gene(item))
            continue
        parts = tuple(stack[len(stack) - abs(item) :])
        del stack[len(stack) - abs(item) :]
        stack.append(AllOf(parts) if item > 0 else AnyOf(parts))
    return stack[0]


MOST_ALTERNATIVES: Final = 1000
"""Rules that need more gene complexes than this are not expanded: the number can grow exponentially."""


def alternatives(rule: Rule, *, most: int = MOST_ALTERNATIVES) -> tuple[frozenset[str], ...] | None:
    """The minimal gene sets each of which keeps the rule true, smallest first; None if `most` are not enough."""
    done: list[list[frozenset[str]]] = []
    for item in _postfix(rule):
        if isinstance(item, str):
            done.append([frozenset((item,))])
            continue
        parts = done[len(done) - abs(item) :]
        del done[len(done) - abs(item) :]
        joined = parts[0]
        for part in parts[1:]:
            if (len(joined) * len(part) if item > 0 else len(joined) + len(part)) > most:
                return None
            joined = [one | two for one in joined for two in part] if item > 0 else joined + part
        done.append(_minimal(joined))
    return tuple(done[0])


def _minimal(sets: list[frozenset[str]]) -> list[frozenset[str]]:
    kept: list[frozenset[str]] = []
    for candidate in sorted(set(sets), key=lambda genes: (len(genes), sorted(genes))):
        if not any(smaller <= candidate for smaller in kept):
            kept.append(candidate)
    return kept
