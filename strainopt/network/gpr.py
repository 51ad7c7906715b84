"""Gene rules as text: the parser. The tree is in `strainopt.network.rules`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Set
from dataclasses import dataclass, field
from typing import NoReturn

from strainopt.errors import InputError
from strainopt.network.rules import AllOf, AnyOf, Gene, Rule, simplify

__all__ = ["AllOf", "AnyOf", "Gene", "Rule", "parse_rule", "simplify"]

_SYMBOL = re.compile(r'\s*(?:(?P<sign>[()]|&&?|\|\|?)|"(?P<quoted>[^"]*)"|(?P<word>[^\s()&|"]+)|(?P<bad>"))')


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
    """One pass over the symbols with a stack of open parentheses."""

    def __init__(self, text: str, known: Set[str], where: str) -> None:
        self.text, self.where = text, where
        self.spaced = frozenset(name for name in known if len(name.split()) > 1)
        self.stack = [_Open(0)]
        self.operand_next = True

    def run(self) -> Rule:
        for kind, symbol, position in self.symbols():
            if kind == "gene":
                self.operand(Gene(symbol), position)
            elif symbol == "(":
                self.expect(operand=True, position=position, symbol=symbol)
                self.stack.append(_Open(position))
            elif symbol == ")":
                self.close(position)
            else:
                self.expect(operand=False, position=position, symbol=symbol)
                self.operand_next = True
                if symbol == "or":
                    self.stack[-1].next_alternative()
        if self.operand_next:
            self.fail("a gene or '(' is missing at the end", len(self.text))
        if len(self.stack) > 1:
            self.fail("'(' is never closed", self.stack[-1].position)
        return simplify(self.stack[0].close())

    def symbols(self) -> Iterator[tuple[str, str, int]]:
        position, end = 0, len(self.text.rstrip())
        while position < end:
            match = _SYMBOL.match(self.text, position)
            kind = match.lastgroup if match else None
            if match is None or kind is None or kind == "bad":
                self.fail("a double quote is never closed", position)
            start, position = match.start(kind), match.end()
            symbol = match.group(kind)
            if kind == "quoted":
                yield "gene", symbol, start - 1
            elif kind == "sign":
                yield "sign", {"&": "and", "|": "or"}.get(symbol[0], symbol), start
            else:
                spaced = self.spaced_gene(start)
                if spaced:
                    position = start + len(spaced)
                    yield "gene", spaced, start
                else:
                    word = symbol.lower()
                    yield ("sign", word, start) if word in ("and", "or") else ("gene", symbol, start)

    def spaced_gene(self, start: int) -> str:
        found = [name for name in self.spaced if self.text.startswith(name, start)]
        return max(found, key=len, default="")

    def operand(self, rule: Rule, position: int) -> None:
        self.expect(operand=True, position=position, symbol=rule.to_text())
        self.stack[-1].factors.append(rule)
        self.operand_next = False

    def close(self, position: int) -> None:
        self.expect(operand=False, position=position, symbol=")")
        if len(self.stack) == 1:
            self.fail("')' closes nothing", position)
        inner = self.stack.pop().close()
        self.stack[-1].factors.append(inner)

    def expect(self, *, operand: bool, position: int, symbol: str) -> None:
        if operand != self.operand_next:
            missing = "a gene or '('" if self.operand_next else "'and' or 'or'"
            self.fail(f"{missing} expected before '{symbol}'", position)

    def fail(self, why: str, position: int) -> NoReturn:
        shown = self.text if len(self.text) <= 80 else f"{self.text[max(0, position - 30) : position + 30]!s} (excerpt)"
        raise InputError(
            f"gene rule cannot be read: {shown}",
            where=f"{self.where}, character {position + 1}" if self.where else f"character {position + 1}",
            why=why,
            hint="correct the rule in the file, or use --gpr skip: its reaction then counts as gene-free",
        )
