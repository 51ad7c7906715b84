"""A narrowed flux as a deletion: the column becomes one with the narrow bounds and one with the rest of its capacity.

`v = base + rest` with `base` within the narrow bounds and `rest` within what the wide ones add to them runs through
exactly the wide bounds, and through the narrow ones once `rest` is closed. So choosing the candidate closes a column,
and every proof about deletions holds as it is. The two may run against each other, which no objective rewards and a
least total flux forbids.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from strainopt.bilevel.problem import Intact, Leaf
from strainopt.design.candidates import all_intact
from strainopt.lp.program import FloatArray, IntArray

__all__ = ["Capacity", "Narrow", "with_rests"]


@dataclass(frozen=True)
class Narrow:
    """Candidate number, column, and the bounds of that column when it is chosen; zero, or a forced flux, is within."""

    candidate: int
    column: int
    lower: float
    upper: float


@dataclass(frozen=True, eq=False)
class Capacity:
    """Columns of a problem: bounds, ranges, when each is open, and the column of the reduced network behind it."""

    lower: FloatArray
    upper: FloatArray
    range_lower: FloatArray
    range_upper: FloatArray
    intact: dict[int, Intact]
    source: IntArray


def with_rests(capacity: Capacity, narrows: Sequence[Narrow]) -> Capacity:
    """Split the columns that candidates narrow; the rests come after the other columns.

    Bounds that are missing become finite, twice as wide as the states that matter need: a price that is off by rounding
    times an infinite bound would leave nothing of a certificate.
    """
    lower, upper = _finite(capacity)
    range_lower, range_upper = capacity.range_lower.copy(), capacity.range_upper.copy()
    intact = dict(capacity.intact)
    rests: list[tuple[int, float, float]] = []
    for column in sorted({one.column for one in narrows}):
        mine = [one for one in narrows if one.column == column]
        low, high = float(lower[column]), float(upper[column])
        lower[column] = range_lower[column] = max(max(one.lower for one in mine), low)
        upper[column] = range_upper[column] = min(min(one.upper for one in mine), high)
        for chosen, (least, most) in _pieces(mine, low, high).items():
            whole = capacity.intact.get(column)
            closers = [Leaf(candidate) for candidate in sorted(chosen)]
            tree = all_intact([*([whole] if whole else []), *closers])
            if tree is not None:
                intact[len(lower) + len(rests)] = tree
            rests.append((column, least, most))
    rest_lower, rest_upper = np.array([one[1] for one in rests]), np.array([one[2] for one in rests])
    behind = np.array([one[0] for one in rests], dtype=np.intp)
    return Capacity(
        lower=np.concatenate([lower, rest_lower]),
        upper=np.concatenate([upper, rest_upper]),
        range_lower=np.concatenate([range_lower, rest_lower]),
        range_upper=np.concatenate([range_upper, rest_upper]),
        intact=intact,
        source=np.concatenate([capacity.source, capacity.source[behind]]),
    )


def _finite(capacity: Capacity) -> tuple[FloatArray, FloatArray]:
    """The bounds; where there is none, room around the range, so that no state that grows at the floor is lost."""
    least, most = np.minimum(2.0 * capacity.range_lower, 0.0) - 1.0, np.maximum(2.0 * capacity.range_upper, 0.0) + 1.0
    return (
        np.where(np.isneginf(capacity.lower), least, capacity.lower),
        np.where(np.isposinf(capacity.upper), most, capacity.upper),
    )


def _pieces(narrows: Sequence[Narrow], low: float, high: float) -> Mapping[frozenset[int], tuple[float, float]]:
    """Least and most flux of each rest, by the candidates that close it (any of them does)."""
    pieces: dict[frozenset[int], tuple[float, float]] = {}
    for sign, end in ((1.0, high), (-1.0, -low)):
        ends = {one.candidate: min(one.upper if sign > 0 else -one.lower, end) for one in narrows}
        cuts = sorted({*ends.values(), end})
        for before, after in itertools.pairwise(cuts):
            chosen = frozenset(candidate for candidate, cut in ends.items() if cut <= before)
            least, most = pieces.get(chosen, (0.0, 0.0))
            width = after - before
            pieces[chosen] = (least, most + width) if sign > 0 else (least - width, most)
    return pieces
