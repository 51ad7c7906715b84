"""Regions of flux space as users write them: `A >= 1, 2 B - C <= 0.5`."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from strainopt.errors import UsageError
from strainopt.lp.program import FloatArray
from strainopt.network.network import Network

__all__ = ["FluxRegion", "parse_region"]

_SIDES = re.compile(r"\s*(>=|<=|=)\s*")
_NUMBER = re.compile(r"[0-9]*\.?[0-9]+(?:[eE][+-]?[0-9]+)?")


@dataclass(frozen=True, eq=False)
class FluxRegion:
    """Flux vectors with `rows @ v >= right`, over the reactions of a network; `text` is what the user wrote."""

    text: str
    rows: FloatArray
    right: FloatArray


def parse_region(text: str, network: Network, *, where: str) -> FluxRegion:
    """Read one region: linear inequalities separated by commas, all of which hold in it.

    Each is a sum of reaction ids with optional coefficients (`2 B`, `0.5*C`), a comparison (`>=`, `<=`, `=`), and a
    number on the right (mmol/gDW/h, growth in 1/h). Terms are separated by `+` or `-` with spaces around.

    Raises
    ------
    UsageError
        An inequality cannot be read, or a reaction is unknown.
    """
    rows: list[FloatArray] = []
    right: list[float] = []
    for part in text.split(","):
        sides = _SIDES.split(part.strip())
        if len(sides) != 3 or not sides[0]:
            raise UsageError(
                f"'{part.strip()}' is no inequality",
                where=where,
                hint="write for instance: EX_etoh_e >= 1, or 2 A - B <= 0.5",
            )
        left, sign, number = sides
        row, value = _terms(left, network, where), _number(number, where)
        if sign in (">=", "="):
            rows.append(row)
            right.append(value)
        if sign in ("<=", "="):
            rows.append(-row)
            right.append(-value)
    return FluxRegion(text.strip(), np.array(rows), np.array(right))


def _terms(text: str, network: Network, where: str) -> FloatArray:
    row = np.zeros(network.shape[1])
    sign, factor, expecting = 1.0, 1.0, True
    for word in text.replace("*", " ").split():
        if word in ("+", "-"):
            sign = (sign if expecting else 1.0) * (-1.0 if word == "-" else 1.0)
            expecting = True
        elif expecting and _NUMBER.fullmatch(word) and word not in network.reaction_index:
            factor *= float(word)
        else:
            if not expecting:
                raise UsageError(f"'{text}': a sign is missing before {word}", where=where, hint="write A + B or A - B")
            name, minus = (
                (word[1:], -1.0) if word.startswith("-") and word not in network.reaction_index else (word, 1.0)
            )
            row[network.reaction(name, where=where)] += sign * minus * factor
            sign, factor, expecting = 1.0, 1.0, False
    if expecting:
        raise UsageError(f"'{text}' names no reaction at its end", where=where, hint="write for instance: 2 A - B")
    return row


def _number(text: str, where: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise UsageError(
            f"'{text}' is no number", where=where, hint="an inequality has a number on its right: A >= 1"
        ) from None
