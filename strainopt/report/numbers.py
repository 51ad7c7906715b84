"""Values as text and as JSON, the same for the same input."""

from __future__ import annotations

import math
from collections.abc import Mapping
from enum import Enum
from pathlib import Path

import numpy as np

__all__ = ["DIGITS", "Json", "cell", "plain"]

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]

DIGITS = 9
"""Significant digits in tables: what linear programs at 1e-9 can promise."""

TRACE = 1e-11
"""Smaller numbers are round-off of zero and are written so."""


def cell(value: object) -> str:
    """One table cell: numbers with a point and nine digits, nan empty, lists joined by `;`, inner lists by `+`."""
    if value is None:
        return ""
    if isinstance(value, Enum):
        return cell(value.value)
    if isinstance(value, (bool, np.bool_)):
        return "true" if value else "false"
    if isinstance(value, (int, np.integer)):
        return str(int(value))
    if isinstance(value, (float, np.floating)):
        return _number(float(value))
    if isinstance(value, (tuple, list)):
        return ";".join("+".join(map(cell, item)) if isinstance(item, (tuple, list)) else cell(item) for item in value)
    return " ".join(str(value).split())


def _number(value: float) -> str:
    if math.isnan(value):
        return ""
    if math.isinf(value):
        return "inf" if value > 0.0 else "-inf"
    return "0" if abs(value) < TRACE else format(value, f".{DIGITS}g")


def plain(value: object) -> Json:
    """The value as JSON has it: nan and infinity become null, enums their value, tuples lists.

    Raises
    ------
    TypeError
        There is no JSON for this type.
    """
    if isinstance(value, Enum):
        return plain(value.value)
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, (int, np.integer)):
        return int(value)
    if isinstance(value, (float, np.floating)):
        number = float(value)
        return number + 0.0 if math.isfinite(number) else None
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (tuple, list)):
        return [plain(item) for item in value]
    if isinstance(value, (set, frozenset)):
        return [plain(item) for item in sorted(value)]
    if isinstance(value, np.ndarray):
        return [plain(item) for item in value.tolist()]
    raise TypeError(f"no JSON for {type(value).__name__}")
