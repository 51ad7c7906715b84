"""Gene rules: the tree of a gene-protein-reaction association and its parser.

Nothing here recurses: rules with thousands of nested parentheses are read, evaluated, compared and written
in linear time, whatever Python's recursion limit.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Set
from dataclasses import dataclass, field
from typing import TypeAlias

from strainopt.errors import InputError

__all__ = ["AllOf", "AnyOf", "Gene", "Rule", "parse_rule", "simplify"]

_TOKEN = re.compile(r'\s*(?:(?P<sign>[()]|&&?|\|\|?)|"(?P<quoted>[^"]*)"|(?P<word>[^\s()&|"]+)|(?P<bad>"))')
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

    def __reduce__(self) -> tuple[Callable[[str], Rule | None], tuple[str]]:
        # Text instead of nested objects: pickle recurses into them.
        return parse_rule, (self.to_text(),)

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


def _join(kind: type[AllOf | AnyOf], parts: Iterable[Rule]) -> Rule:
    unique = tuple(dict.fromkeys(parts))
    return unique[0] if len(unique) == 1 else kind(unique)


def parse_rule(text: str, *, known: Set[str] = frozenset(), where: str = "") -> Rule | None:
    """Read a gene rule.

    Parameters
    ----------
    text : str
        `and`, `or` in any case, `&`, `&&`, `|`, `||`, parentheses; `and` binds tighter. Every other run of
        characters without white space is a gene id; double quotes hold an id with spaces.
    known : set of str
        Gene ids of the model: neighbouring words that form one of these are taken as that id.
    where : str
        Put in front of the position in error messages.

    Returns
    -------
    Rule or None
        Simplified (see `simplify`); None for an empty text.

    Raises
    ------
    InputError
        The text is not a rule; `where` names the character.
    """
    if not text.strip():
        return None
    return _Parser(text, known, where).run()


@dataclass(slots=True)
class _Open:
    """An open parenthesis (or the whole text): finished alternatives, and the parts of the current one."""

    position: int
    alternatives: list[Rule] = field(default_factory=list)
    factors: list[Rule] = field(default_factory=list)

    def next_alternative(self) -> None:
        self.alternatives.append(_pack(AllOf, self.factors))
        self.factors = []

    def close(self) -> Rule:
        self.next_alternative()
        return _pack(AnyOf, self.alternatives)


def _pack(kind: type[AllOf | AnyOf], parts: list[Rule]) -> Rule:
    return parts[0] if len(parts) == 1 else kind(tuple(parts))


class _Parser:
    """One pass over the tokens with a stack of open parentheses."""

    def __init__(self, text: str, known: Set[str], where: str) -> None:
        self.text, self.where = text, where
        self.spaced = frozenset(name for name in known if len(name.split()) > 1)
        self.stack = [_Open(0)]
        self.operand_next = True

    def run(self) -> Rule:
        for kind, token, position in self.tokens():
            if kind == "gene":
                self.operand(Gene(token), position)
            elif token == "(":
                self.expect(operand=True, position=position, token=token)
                self.stack.append(_Open(position))
            elif token == ")":
                self.close(position)
            else:
                self.expect(operand=False, position=position, token=token)
                self.operand_next = True
                if token == "or":
                    self.stack[-1].next_alternative()
        if self.operand_next:
            self.fail("a gene or '(' is missing at the end", len(self.text))
        if len(self.stack) > 1:
            self.fail("'(' is never closed", self.stack[-1].position)
        return simplify(self.stack[0].close())

    def tokens(self) -> Iterator[tuple[str, str, int]]:
        position, end = 0, len(self.text.rstrip())
        while position < end:
            match = _TOKEN.match(self.text, position)
            kind = match.lastgroup if match else None
            if match is None or kind is None or kind == "bad":
                self.fail("a double quote is never closed", match.start("bad") if match else position)
            start, position = match.start(kind), match.end()
            token = match.group(kind)
            if kind == "quoted":
                yield "gene", token, start - 1
            elif kind == "sign":
                yield "sign", {"&": "and", "|": "or"}.get(token[0], token), start
            else:
                spaced = self.spaced_gene(start)
                if spaced:
                    position = start + len(spaced)
                    yield "gene", spaced, start
                else:
                    word = token.lower()
                    yield ("sign", word, start) if word in ("and", "or") else ("gene", token, start)

    def spaced_gene(self, start: int) -> str:
        found = [name for name in self.spaced if self.text.startswith(name, start)]
        return max(found, key=len, default="")

    def operand(self, rule: Rule, position: int) -> None:
        self.expect(operand=True, position=position, token=rule.to_text())
        self.stack[-1].factors.append(rule)
        self.operand_next = False

    def close(self, position: int) -> None:
        self.expect(operand=False, position=position, token=")")
        if len(self.stack) == 1:
            self.fail("')' closes nothing", position)
        inner = self.stack.pop().close()
        self.stack[-1].factors.append(inner)

    def expect(self, *, operand: bool, position: int, token: str) -> None:
        if operand != self.operand_next:
            missing = "a gene or '('" if self.operand_next else "'and' or 'or'"
            self.fail(f"{missing} expected before '{token}'", position)

    def fail(self, why: str, position: int) -> None:
        shown = self.text if len(self.text) <= 80 else f"{self.text[max(0, position - 30) : position + 30]!s} (excerpt)"
        raise InputError(
            f"gene rule cannot be read: {shown}",
            where=f"{self.where}, character {position + 1}" if self.where else f"character {position + 1}",
            why=why,
            hint="correct the rule in the file, or skip such rules (--gpr skip): their reactions then count as gene-free",
        )
