"""Small text inputs: medium tables, lists of ids, bounds as text."""

from __future__ import annotations

import math
from pathlib import Path

from strainopt.errors import InputError, UsageError
from strainopt.io.sources import read_bytes
from strainopt.network.lookup import nearest
from strainopt.network.medium import Medium
from strainopt.network.scenario import BoundChange

__all__ = ["cell_position", "parse_bounds", "parse_id_list", "read_id_list", "read_medium", "text_lines"]

_HEADER = ("exchange", "max_uptake")


def read_medium(path: str | Path) -> Medium:
    """Read a medium table.

    Tab-separated text with the header `exchange`, `max_uptake` (mmol/gDW/h, >= 0; `inf` means no limit); further
    columns are ignored, as are empty lines and lines that begin with `#`.

    Raises
    ------
    InputError
        Not such a table; `where` is file:line:column.
    """
    lines = [(number, line) for number, line in text_lines(Path(path)) if line.strip() and not line.startswith("#")]
    if not lines:
        raise InputError("the medium has no header", where=str(path), hint="first line: exchange<TAB>max_uptake")
    at_name, at_limit = _columns(lines[0][1], f"{path}:{lines[0][0]}")
    uptakes: dict[str, float] = {}
    first_line: dict[str, int] = {}
    for number, line in lines[1:]:
        cells = line.split("\t")
        place = f"{path}:{number}"
        if len(cells) <= max(at_name, at_limit):
            wanted = max(at_name, at_limit) + 1
            raise InputError(
                f"the line has {len(cells)} columns instead of {wanted}", where=place, hint="separate cells by tabs"
            )
        name = cells[at_name].strip()
        if not name:
            raise InputError(
                "an exchange without an id", where=f"{place}:{cell_position(cells, at_name)}", hint="name it"
            )
        if name in uptakes:
            raise InputError(
                f"{name} is listed twice (first in line {first_line[name]})",
                where=f"{place}:{cell_position(cells, at_name)}",
                hint="keep one of the lines",
            )
        uptakes[name] = _limit(cells[at_limit], f"{place}:{cell_position(cells, at_limit)}")
        first_line[name] = number
    return Medium(tuple(uptakes.items()), source=str(path))


def _columns(header: str, where: str) -> tuple[int, int]:
    names = [cell.strip().lower() for cell in header.split("\t")]
    missing = [name for name in _HEADER if name not in names]
    if missing:
        if len(names) == 1 and ("," in header or ";" in header):
            hint = "separate the columns by tabs, not by commas or semicolons"
        else:
            hint = nearest(missing[0], names) and f"the column must be called '{missing[0]}' exactly"
            hint = hint or "first line: exchange<TAB>max_uptake"
        raise InputError(f"the header lacks the column '{missing[0]}'", where=f"{where}:1", hint=hint)
    return names.index(_HEADER[0]), names.index(_HEADER[1])


def cell_position(cells: list[str], index: int) -> int:
    """Column of a cell's first character, counted from 1."""
    return sum(len(cell) + 1 for cell in cells[:index]) + 1


def _limit(text: str, where: str) -> float:
    shown = text.strip()
    try:
        value = float(shown)
    except ValueError:
        comma = "write a decimal point, not a comma" if "," in shown else "give mmol/gDW/h, or inf for no limit"
        raise InputError(f"max_uptake '{shown}' is not a number", where=where, hint=comma) from None
    if math.isnan(value) or value < 0.0:
        raise InputError(
            f"max_uptake is {shown}", where=where, hint="give a number >= 0: uptake is counted positive in media"
        )
    return value


def read_id_list(path: str | Path) -> tuple[str, ...]:
    """Ids of a file, one per line, in order and without repetition; `#` begins a comment line.

    Raises
    ------
    InputError
        The file cannot be read, is not text, or holds no id.
    """
    ids = [line.strip() for _, line in text_lines(Path(path)) if line.strip() and not line.lstrip().startswith("#")]
    if not ids:
        raise InputError("the list holds no id", where=str(path), hint="write one id per line")
    return tuple(dict.fromkeys(ids))


def parse_id_list(text: str, *, where: str = "") -> tuple[str, ...]:
    """Ids as given to an option: `A,B,C`, or `@file` with one id per line.

    Raises
    ------
    UsageError
        No id, or an empty one between commas.
    InputError
        As for `read_id_list`.
    """
    if text.startswith("@"):
        return read_id_list(text[1:])
    ids = [part.strip() for part in text.split(",")]
    if not all(ids):
        raise UsageError("an empty id in the list", where=where, why=f"'{text}'", hint="write A,B,C or @file")
    return tuple(dict.fromkeys(ids))


def parse_bounds(text: str) -> BoundChange:
    """Bounds as given to an option: `RXN=LB:UB`; an empty side keeps its value.

    Raises
    ------
    UsageError
        Not of this form.
    """
    name, equals, limits = text.rpartition("=")
    sides = limits.split(":")
    if not equals or not name.strip() or len(sides) != 2:
        example = f"{name.strip()}={limits}:{limits} fixes the flux" if equals and len(sides) == 1 and limits else ""
        raise UsageError(
            f"'{text}' is not of the form RXN=LB:UB",
            where="--bounds",
            hint=example or "for instance EX_o2_e=0: or EX_glc__D_e=-10:0",
        )
    lower, upper = (_side(side, text) for side in sides)
    if lower is None and upper is None:
        raise UsageError(f"'{text}' gives no bound", where="--bounds", hint="give at least one side")
    if lower is not None and upper is not None and lower > upper:
        raise UsageError(
            f"'{text}': the lower bound is above the upper one", where="--bounds", hint="swap the two numbers"
        )
    return BoundChange(name.strip(), lower, upper)


def _side(text: str, whole: str) -> float | None:
    if not text.strip():
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if math.isnan(value):
        raise UsageError(
            f"'{text.strip()}' in '{whole}' is not a number",
            where="--bounds",
            hint="RXN=LB:UB with numbers, inf or -inf",
        )
    return value


def text_lines(path: Path) -> list[tuple[int, str]]:
    """Lines of a text file with their numbers; refuses what is missing, a folder, or no text in UTF-8."""
    if path.is_dir():
        raise InputError("this is a folder, not a file", where=str(path), hint="name the file inside it")
    if not path.exists():
        folder = path.parent
        near = nearest(path.name, [item.name for item in folder.iterdir()]) if folder.is_dir() else ""
        raise InputError("no such file", where=str(path), hint=near or "check the path")
    data = read_bytes(path)
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise InputError("the file is UTF-16 text", where=str(path), hint="save it as UTF-8")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise InputError("the file is not UTF-8 text", where=f"{path}:{line}", hint="save it as UTF-8") from error
    if "\0" in text:
        raise InputError("the file is not text", where=str(path), hint="give a plain text file")
    return list(enumerate(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"), start=1))
