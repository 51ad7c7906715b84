"""Types of option values: each says what it wants, and what may have been meant.

Early versions of click have no generic ParamType, hence the bare base class.
"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Sequence
from pathlib import Path

import click

__all__ = ["Count", "Duration", "MinGrowth", "OneOf", "Place", "Share", "SomeOf"]


class OneOf(click.ParamType):  # type: ignore[type-arg]
    """One of some words; a wrong one is answered with the nearest."""

    name = "word"

    def __init__(self, words: Sequence[str]) -> None:
        self.words = tuple(words)

    def get_metavar(self, param: click.Parameter, ctx: click.Context | None = None) -> str:
        """As in the usage line."""
        return f"[{'|'.join(self.words)}]"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Check the word."""
        text = str(value)
        if text not in self.words:
            self.fail(f"'{text}' is not one of them; {_meant(text, self.words)}", param, ctx)
        return text


class SomeOf(OneOf):
    """Some of some words, separated by commas, or `none`."""

    def get_metavar(self, param: click.Parameter, ctx: click.Context | None = None) -> str:
        """As in the usage line."""
        return "LIST"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Check each word; the text is kept, in the order of the words."""
        given = [part.strip() for part in str(value).split(",")]
        if given == ["none"]:
            return "none"
        for part in given:
            super().convert(part, param, ctx)
        return ",".join(word for word in self.words if word in given)


class Duration(click.ParamType):  # type: ignore[type-arg]
    """Seconds, written as 30s, 10m, 2h or 1h30m."""

    name = "duration"

    def get_metavar(self, param: click.Parameter, ctx: click.Context | None = None) -> str:
        """As in the usage line."""
        return "30s|10m|2h"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """To seconds."""
        if isinstance(value, float):
            return value
        text = str(value).strip().lower()
        parts = re.fullmatch(r"(?:(\d+(?:\.\d+)?)h)?(?:(\d+(?:\.\d+)?)m)?(?:(\d+(?:\.\d+)?)s)?", text)
        if not text or parts is None:
            unit = " (a unit is needed)" if re.fullmatch(r"[\d.]+", text) else ""
            self.fail(f"'{value}' is not a time{unit}; write 30s, 10m, 2h or 1h30m", param, ctx)
        hours, minutes, seconds = (float(part or 0.0) for part in parts.groups())
        total = 3600.0 * hours + 60.0 * minutes + seconds
        if total <= 0.0:
            self.fail("no time at all; write 30s, 10m, 2h or 1h30m", param, ctx)
        return total


class MinGrowth(click.ParamType):  # type: ignore[type-arg]
    """A growth rate in 1/h, or a percentage of the wild type's."""

    name = "growth"

    def __init__(self, *, zero: bool = False) -> None:
        self.zero = zero

    def get_metavar(self, param: click.Parameter, ctx: click.Context | None = None) -> str:
        """As in the usage line."""
        return "X|X%"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Check; the text is kept."""
        text = str(value).strip()
        relative = text.endswith("%")
        number = _number(text.removesuffix("%"))
        if number is None:
            self.fail(f"'{text}' is not a growth; write 0.05 (1/h) or 10% (of the wild type)", param, ctx)
        if number < 0.0 or (number == 0.0 and not self.zero):
            self.fail(f"'{text}' is not above zero; write 0.05 (1/h) or 10% (of the wild type)", param, ctx)
        if relative and number > 100.0:
            self.fail(f"'{text}': no knockout makes the cell grow faster than the wild type", param, ctx)
        return text


class Place(click.ParamType):  # type: ignore[type-arg]
    """A path; an empty one, as an unset variable of a script leaves it, would mean the current folder."""

    name = "path"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """Check and parse."""
        text = str(value)
        if not text.strip() or "\0" in text:
            self.fail(f"{text!r} is no path; an empty variable in a script? Write . for the current folder", param, ctx)
        return Path(text)


class Share(click.ParamType):  # type: ignore[type-arg]
    """A number from 0 to 1, with or without its ends."""

    name = "share"

    def __init__(self, *, zero: bool = True) -> None:
        self.zero = zero

    def get_metavar(self, param: click.Parameter, ctx: click.Context | None = None) -> str:
        """As in the usage line."""
        return "F"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Parse."""
        number = _number(str(value))
        wanted = f"a number {'from 0' if self.zero else 'above 0'} to 1"
        if number is None or not 0.0 <= number <= 1.0 or (number == 0.0 and not self.zero):
            percent = " (0.9, not 90)" if number is not None and number > 1.0 else ""
            self.fail(f"'{value}' is not {wanted}{percent}", param, ctx)
        return number


class Count(click.ParamType):  # type: ignore[type-arg]
    """A whole number not below a least."""

    name = "count"

    def __init__(self, *, least: int = 1) -> None:
        self.least = least

    def get_metavar(self, param: click.Parameter, ctx: click.Context | None = None) -> str:
        """As in the usage line."""
        return "N"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Parse."""
        text = str(value).strip()
        if not re.fullmatch(r"[+-]?\d{1,9}", text) or int(text) < self.least:
            self.fail(f"'{text}' is not a whole number from {self.least} on", param, ctx)
        return int(text)


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _meant(text: str, words: Sequence[str]) -> str:
    lowered = {word.lower(): word for word in words}
    close = difflib.get_close_matches(text.lower(), lowered, n=1)
    return f"did you mean {lowered[close[0]]}?" if close else f"choose from {', '.join(words)}"
