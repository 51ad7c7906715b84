"""Candidates files: tab-separated tables of what may be done to the cell, with kinds, costs and bounds."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Final, TypeVar

from strainopt.errors import InputError
from strainopt.io.tables import cell_position, text_lines
from strainopt.network.interventions import Intervention, Kind, Use
from strainopt.network.lookup import nearest

__all__ = ["COLUMNS", "read_candidates"]

COLUMNS: Final = ("id", "kind", "cost", "bound", "use")
"""Only `id` and `kind` have to be there; an empty cell means the default."""

_HEADER_HINT = "first line: id<TAB>kind<TAB>cost<TAB>bound<TAB>use; only id and kind are needed"

Word = TypeVar("Word", Kind, Use)


def read_candidates(path: str | Path) -> tuple[Intervention, ...]:
    """Read a candidates file.

    Tab-separated text with a header. `id`: a reaction or gene, for knockouts also a glob. `kind`: knockout, knockin or
    bound. `cost`: above 0, 1 if empty. `bound`: for kind bound, the largest flux in either direction, or `LB:UB` around
    zero (an empty side keeps its value), mmol/gDW/h. `use`: optional (if empty), forced or forbidden. Columns of other
    names are ignored, as are empty lines and lines that begin with `#`.

    Raises
    ------
    InputError
        Not such a table; `where` is file:line:column.
    """
    lines = [(number, line) for number, line in text_lines(Path(path)) if line.strip() and not line.startswith("#")]
    if not lines:
        raise InputError("the candidates file has no header", where=str(path), hint=_HEADER_HINT)
    at = _columns(lines[0][1], f"{path}:{lines[0][0]}")
    found: list[Intervention] = []
    first_line: dict[str, int] = {}
    for number, line in lines[1:]:
        one = _Line(line.split("\t"), at, f"{path}:{number}").read()
        if one.name in first_line:
            raise InputError(
                f"{one.name} is listed twice (first in line {first_line[one.name]})",
                where=one.place,
                hint="keep one of the lines; an id can be offered in one way only",
            )
        first_line[one.name] = number
        found.append(one)
    if not found:
        raise InputError("the candidates file lists no candidate", where=str(path), hint="write one per line")
    return tuple(found)


def _columns(header: str, where: str) -> dict[str, int]:
    cells = header.split("\t")
    names = [cell.strip().lower() for cell in cells]
    for name in ("id", "kind"):
        if name not in names:
            commas = len(names) == 1 and ("," in header or ";" in header)
            hint = "separate the columns by tabs, not by commas or semicolons" if commas else _HEADER_HINT
            raise InputError(f"the header lacks the column '{name}'", where=f"{where}:1", hint=hint)
    for place, name in enumerate(names):
        column = f"{where}:{cell_position(cells, place)}"
        if name in names[:place]:
            raise InputError(f"the column '{name}' is there twice", where=column, hint="keep one of them")
        meant = "" if name in COLUMNS or not name else nearest(name, COLUMNS)
        if meant:
            raise InputError(f"unknown column '{name}'", where=column, hint=meant)
    return {name: names.index(name) for name in COLUMNS if name in names}


class _Line:
    """The cells of one line, by column name, and where they stand."""

    def __init__(self, cells: list[str], at: dict[str, int], where: str) -> None:
        self.cells = cells
        self.at = at
        self.where = where

    def read(self) -> Intervention:
        name = self.text("id")
        if not name:
            raise InputError("a candidate without an id", where=self.place("id"), hint="name it, or remove the line")
        kind = self.word("kind", Kind, None)
        lower, upper = self.bound(kind)
        made = Intervention(
            name, kind, self.cost(), lower, upper, self.word("use", Use, Use.OPTIONAL), place=self.place("id")
        )
        if made.is_pattern and (kind is not Kind.KNOCKOUT or made.use is Use.FORCED):
            raise InputError(
                f"'{name}' is a pattern; only optional and forbidden knockouts take one",
                where=made.place,
                hint="write one line for each id",
            )
        return made

    def text(self, column: str) -> str:
        """The cell without blanks; empty where the line is short or the column missing."""
        at = self.at.get(column, len(self.cells))
        return self.cells[at].strip() if at < len(self.cells) else ""

    def place(self, column: str) -> str:
        at = min(self.at.get(column, 0), len(self.cells) - 1)
        return f"{self.where}:{cell_position(self.cells, at)}"

    def word(self, column: str, kind: type[Word], default: Word | None) -> Word:
        text = self.text(column).lower()
        if not text and default is not None:
            return default
        words = [one.value for one in kind]
        if text not in words:
            hint = nearest(text, words) or f"one of {', '.join(words)}"
            raise InputError(f"{column} is '{text}'", where=self.place(column), hint=hint)
        return kind(text)

    def cost(self) -> float:
        text = self.text("cost")
        value = _number(text) if text else 1.0
        if not (math.isfinite(value) and value > 0.0):
            raise InputError(f"cost is '{text}'", where=self.place("cost"), hint="a number above 0; empty means 1")
        return value

    def bound(self, kind: Kind) -> tuple[float | None, float | None]:
        text = self.text("bound")
        if kind is not Kind.BOUND:
            if text:
                hint = (
                    "leave it empty, or write kind bound; the flux of a knock-in is limited by its bounds in the model"
                )
                raise InputError(f"a {kind.value} has no bound", where=self.place("bound"), hint=hint)
            return None, None
        sides = text.split(":")
        values = [None if not side.strip() else _number(side) for side in sides]
        if len(values) == 1 and values[0] is not None:
            values = [-values[0], values[0]]
        lower, upper = values if len(values) == 2 else (math.nan, math.nan)
        fine = (lower is None or (math.isfinite(lower) and lower <= 0.0)) and (
            upper is None or (math.isfinite(upper) and upper >= 0.0)
        )
        if not fine or lower is upper is None:
            raise InputError(
                f"bound is '{text}'",
                where=self.place("bound"),
                why="a bound narrows a flux towards zero",
                hint="the largest flux in either direction, such as 2.5, or LB:UB with LB <= 0 <= UB, such as -1:5",
            )
        return lower, upper


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan
