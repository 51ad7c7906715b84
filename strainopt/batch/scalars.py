"""Texts of a configuration to values: each function says what it wants, and what may have been meant.

Every function takes what stands in the file (text, list or mapping) and returns a value that JSON can hold, or raises
`WrongValue`. None of them guesses: a number is a number only where one is wanted.
"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Iterable, Mapping
from typing import Final

from strainopt.batch.yaml_loader import Text, Tree

__all__ = [
    "WrongValue",
    "as_bounds",
    "as_count",
    "as_duration",
    "as_growth",
    "as_ids",
    "as_number",
    "as_share",
    "as_switch",
    "as_text",
    "as_texts",
    "as_word",
    "meant",
    "shown",
]

_NUMBER: Final = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
_INFINITIES: Final = {"inf": math.inf, "+inf": math.inf, "-inf": -math.inf, ".inf": math.inf, "-.inf": -math.inf}
_CLOCK: Final = re.compile(r"\d+(:[0-5]?\d)+(\.\d*)?")
_DURATION: Final = re.compile(r"(?:(\d+(?:\.\d+)?)h)?(?:(\d+(?:\.\d+)?)m)?(?:(\d+(?:\.\d+)?)s)?")
_OLD_SWITCHES: Final = {"yes": "true", "on": "true", "y": "true", "no": "false", "off": "false", "n": "false"}


class WrongValue(ValueError):  # noqa: N818 - says what the value is, not that an error happened
    """A value that cannot be used; `inside` leads to the part of it that is wrong."""

    def __init__(self, message: str, *, inside: tuple[str | int, ...] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.inside = inside


def shown(value: Tree) -> str:
    """The value for a message."""
    if value is None:
        return "nothing"
    if isinstance(value, str):
        text = value if len(value) <= 40 else f"{value[:37]}..."
        return f'"{text}"'
    return "a list" if isinstance(value, list) else "a mapping"


def meant(name: str, known: Iterable[str]) -> str:
    """`; did you mean X?`, else what there is to choose from."""
    words = {word.lower().replace("-", "_"): word for word in known}
    low = name.lower().replace("-", "_")
    close = difflib.get_close_matches(low, words, n=1, cutoff=0.6) or [word for word in words if low.startswith(word)]
    if close:
        return f"did you mean {words[close[0]]}?"
    return f"known: {', '.join(words.values())}" if words else "none are known here"


def as_text(value: Tree, *, wanted: str = "text") -> str:
    """A text, such as an id or a path; numbers and words like NO are texts too."""
    if not isinstance(value, str):
        raise WrongValue(f"expected {wanted}, got {shown(value)}")
    if not value.strip():
        raise WrongValue(f"expected {wanted}, got an empty text")
    return str(value)


def as_texts(value: Tree) -> tuple[str, ...]:
    """Texts in a list, or one alone, in their order."""
    if isinstance(value, str):
        return (as_text(value),)
    if not isinstance(value, list):
        raise WrongValue(f"expected a list of texts, got {shown(value)}")
    made = []
    for at, item in enumerate(value):
        made.append(_inside(at, item))
    return tuple(made)


def as_ids(value: Tree) -> tuple[str, ...]:
    """Ids in a list, or in one text as the options take them: `A,B,C` or `@file`; repeated ones once."""
    if isinstance(value, str):
        parts = [part.strip() for part in as_text(value, wanted="ids").split(",")]
        if str(value).startswith("@"):
            parts = [str(value)]
        if not all(parts):
            raise WrongValue(f"an empty id in {shown(value)}")
        return tuple(dict.fromkeys(parts))
    if not isinstance(value, list):
        raise WrongValue(f"expected a list of ids, A,B,C or @file, got {shown(value)}")
    return tuple(dict.fromkeys(as_texts(value)))


def _inside(at: int, item: Tree) -> str:
    try:
        return as_text(item)
    except WrongValue as error:
        raise WrongValue(error.message, inside=(at,)) from None


def as_word(value: Tree, words: Iterable[str]) -> str:
    """One of some words."""
    known = tuple(words)
    text = as_text(value, wanted=f"one of {', '.join(known)}")
    if text not in known:
        raise WrongValue(f"{shown(value)} is not one of them; {meant(text, known)}")
    return text


def as_switch(value: Tree) -> bool:
    """True or false."""
    text = value.lower() if isinstance(value, str) else ""
    if text not in ("true", "false"):
        hint = f"; write {_OLD_SWITCHES[text]}" if text in _OLD_SWITCHES else ""
        raise WrongValue(f"expected true or false, got {shown(value)}{hint}")
    return text == "true"


def as_count(value: Tree, *, least: int = 1, most: int = 10**9 - 1) -> int:
    """A whole number not below a least, nor above a most."""
    wanted = f"a whole number from {least} {'on' if most == 10**9 - 1 else f'to {most}'}"
    text = _unquoted(value, wanted)
    if re.fullmatch(r"[+-]?\d+", text) is None or _has_leading_zero(text):
        raise WrongValue(f"expected {wanted}, got {shown(value)}{_number_advice(text, whole=True)}")
    number = int(text) if len(text) < 12 else 10**12
    if not least <= number <= most:
        raise WrongValue(f"expected {wanted}, got {text}")
    return number


def as_number(value: Tree, *, wanted: str = "a number", infinite: bool = False) -> float:
    """A number; with `infinite`, also inf and -inf."""
    text = _unquoted(value, wanted)
    if infinite and text.lower() in _INFINITIES:
        return _INFINITIES[text.lower()]
    if _NUMBER.fullmatch(text) is None or not math.isfinite(float(text)):
        raise WrongValue(f"expected {wanted}, got {shown(value)}{_number_advice(text, whole=False)}")
    return float(text)


def as_share(value: Tree, *, zero: bool = True) -> float:
    """A number from 0 to 1."""
    wanted = f"a number {'from 0' if zero else 'above 0'} to 1"
    number = as_number(value, wanted=wanted)
    if not 0.0 <= number <= 1.0 or (number == 0.0 and not zero):
        raise WrongValue(f"expected {wanted}, got {value}{' (0.9, not 90)' if number > 1.0 else ''}")
    return number


def as_growth(value: Tree) -> str:
    """A growth rate in 1/h, or a percentage of the wild type's; as a text in its shortest form."""
    wanted = "a growth such as 0.05 (1/h) or 10% (of the wild type)"
    text = _unquoted(value, wanted, quotes=True)
    percent = text.endswith("%")
    number = as_number(Text(text.removesuffix("%").strip()), wanted=wanted)
    if not number > 0.0:
        raise WrongValue(f"expected {wanted}, above zero, got {shown(value)}")
    if percent and number > 100.0:
        raise WrongValue(f"{shown(value)}: no knockout makes the cell grow faster than the wild type")
    return f"{number:.12g}%" if percent else f"{number:.12g}"


def as_duration(value: Tree) -> float:
    """Seconds, written as 30s, 10m, 2h or 1h30m."""
    wanted = "a time such as 30s, 10m, 2h or 1h30m"
    text = _unquoted(value, wanted, quotes=True).lower()
    parts = _DURATION.fullmatch(text)
    if not text or parts is None:
        advice = "; a unit is needed" if _NUMBER.fullmatch(text) else ""
        advice = advice or ("; clock times are ambiguous here" if _CLOCK.fullmatch(text) else "")
        raise WrongValue(f"expected {wanted}, got {shown(value)}{advice}")
    hours, minutes, seconds = (float(part or 0.0) for part in parts.groups())
    total = 3600.0 * hours + 60.0 * minutes + seconds
    if total <= 0.0:
        raise WrongValue(f"expected {wanted}, got no time at all")
    return total


def as_bounds(value: Tree) -> dict[str, tuple[float | None, float | None]]:
    """Flux bounds, `RXN: [LB, UB]`; null keeps a side."""
    if not isinstance(value, Mapping):
        raise WrongValue(f"expected a mapping RXN: [LB, UB], got {shown(value)}")
    return {name: _pair(name, sides) for name, sides in value.items()}


def _pair(name: str, sides: Tree) -> tuple[float | None, float | None]:
    if not isinstance(sides, list) or len(sides) != 2:
        raise WrongValue(f"expected [LB, UB], null for a side that stays, got {shown(sides)}", inside=(name,))
    made: list[float | None] = []
    for at, side in enumerate(sides):
        try:
            made.append(None if side is None else as_number(side, wanted="a number or null", infinite=True))
        except WrongValue as error:
            raise WrongValue(error.message, inside=(name, at)) from None
    lower, upper = made
    if lower is None and upper is None:
        raise WrongValue("both sides are null, so nothing changes; give at least one", inside=(name,))
    if lower is not None and upper is not None and lower > upper:
        raise WrongValue(f"the lower bound {lower:g} is above the upper one {upper:g}", inside=(name,))
    if lower == math.inf or upper == -math.inf:
        raise WrongValue("inf cannot be a lower bound, nor -inf an upper one", inside=(name,))
    return lower, upper


def _unquoted(value: Tree, wanted: str, *, quotes: bool = False) -> str:
    if not isinstance(value, str):
        raise WrongValue(f"expected {wanted}, got {shown(value)}")
    if not quotes and isinstance(value, Text) and not value.plain:
        raise WrongValue(f"expected {wanted}, got the text {shown(value)}; leave out the quotes")
    return value.strip()


def _has_leading_zero(text: str) -> bool:
    digits = text.lstrip("+-")
    return len(digits) > 1 and digits[0] == "0"


def _number_advice(text: str, *, whole: bool) -> str:
    if "_" in text and _NUMBER.fullmatch(text.replace("_", "")):
        return f"; write {text.replace('_', '')}"
    if "," in text:
        return "; write a decimal point, not a comma"
    if _CLOCK.fullmatch(text):
        return "; this is a clock time"
    if text.lower() in ("nan", ".nan"):
        return "; not-a-number is no value"
    if re.fullmatch(r"0[xob][0-9a-fA-F_]+", text):
        return "; write it in decimal"
    if whole and re.fullmatch(r"[+-]?0\d+", text):
        return f"; write {int(text)}"
    if text.endswith("%"):
        return "; a percentage has no meaning here"
    return ""
