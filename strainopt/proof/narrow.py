"""Which fluxes are zero, and which keep one ratio, in every steady state: exact arithmetic on the balances, row by row.

Each rule below follows from one balance `sum of s_j v_j = 0` and the signs that bounds allow, in rational arithmetic:

1. one open column: it is zero;
2. no term can be negative, or none can be positive: all columns of the row are zero;
3. only one column's term can be negative (or positive): it must be, so its other direction is closed;
4. two open columns: one is a fixed multiple of the other, and they are lumped.

The rules are applied until none changes anything.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from scipy import sparse

from strainopt.errors import ModelError
from strainopt.tolerances import DECIMAL_ROUNDING

__all__ = ["Lump", "Narrowing", "exact"]

SIMPLE = 100_000
"""Largest denominator of a fraction that decimals such as 0.3333333333333333 are taken to stand for."""


@dataclass(frozen=True, eq=False)
class Lump:
    """Reactions whose fluxes keep one ratio: `v_reaction = factor * v_lump` for its `(reaction, factor)` members.

    The first member, the one of smallest number, has factor 1. `terms` are the coefficients of the lump's flux in the
    balances (metabolite to coefficient; none where the members' terms cancel). `lower` and `upper` are what the
    members' bounds and the balances leave.
    """

    members: tuple[tuple[int, Fraction], ...]
    terms: Mapping[int, Fraction]
    lower: Fraction | float
    upper: Fraction | float


def exact(value: float) -> Fraction:
    """The number that a model's author wrote: the decimals, or the simple fraction that they round."""
    written = Fraction(repr(float(value)))
    simple = written.limit_denominator(SIMPLE)
    near = simple != 0 and abs(simple - written) <= Fraction(DECIMAL_ROUNDING) * abs(written)
    return simple if near else written


class Narrowing:
    """The open lumps of a network, found by the rules above.

    Parameters
    ----------
    stoichiometry : scipy.sparse.csc_array, shape (metabolites, reactions)
    lower, upper : sequences of Fraction or float, one per reaction
        Flux bounds.

    Raises
    ------
    ModelError
        The bounds leave no flux state at all.
    """

    def __init__(
        self, stoichiometry: sparse.csc_array, lower: Sequence[Fraction | float], upper: Sequence[Fraction | float]
    ) -> None:
        n = stoichiometry.shape[1]
        self._columns: list[dict[int, Fraction]] = [{} for _ in range(n)]
        self._rows: list[dict[int, Fraction]] = [{} for _ in range(stoichiometry.shape[0])]
        matrix = sparse.coo_array(stoichiometry)
        for row, column, value in zip(matrix.row.tolist(), matrix.col.tolist(), matrix.data.tolist(), strict=True):
            if value != 0.0:
                self._columns[column][row] = self._rows[row][column] = exact(value)
        self._members: list[dict[int, Fraction]] = [{column: Fraction(1)} for column in range(n)]
        self._open = [True] * n
        self._lower = [_bound(value) for value in lower]
        self._upper = [_bound(value) for value in upper]
        self._waiting = deque(range(len(self._rows)))
        self._queued = [True] * len(self._rows)
        for column in range(n):
            self._settle(column)
        self._run()

    def lumps(self) -> tuple[Lump, ...]:
        """The open lumps, in the order of their first members."""
        found = []
        for column, members in enumerate(self._members):
            if not self._open[column]:
                continue
            ordered = sorted(members.items())
            lead = ordered[0][1]
            low, high = self._lower[column] * lead, self._upper[column] * lead
            low, high = (low, high) if lead > 0 else (high, low)
            terms = {row: value / lead for row, value in self._columns[column].items()}
            found.append(Lump(tuple((reaction, factor / lead) for reaction, factor in ordered), terms, low, high))
        return tuple(sorted(found, key=lambda lump: lump.members[0][0]))

    def _run(self) -> None:
        while self._waiting:
            row = self._waiting.popleft()
            self._queued[row] = False
            self._apply(dict(self._rows[row]))

    def _apply(self, row: dict[int, Fraction]) -> bool:
        """The four rules on one row (column to coefficient, open columns only)."""
        if not row:
            return False
        down = [column for column, value in row.items() if self._may(column, -value)]
        up = [column for column, value in row.items() if self._may(column, value)]
        if not down or not up or len(row) == 1:
            for column in row:
                self._close(column)
            return True
        changed = False
        for alone, sign in ((down, -1), (up, 1)):
            if len(alone) == 1:
                changed |= self._direct(alone[0], sign * row[alone[0]])
        if len(row) == 2 and all(self._open[column] for column in row):
            (one, first), (two, second) = row.items()
            self._merge(one, two, -first / second)
            changed = True
        return changed

    def _may(self, column: int, coefficient: Fraction) -> bool:
        """Whether `coefficient * v` can be positive."""
        return self._upper[column] > 0 if coefficient > 0 else self._lower[column] < 0

    def _direct(self, column: int, coefficient: Fraction) -> bool:
        """Close the direction in which `coefficient * v` is negative."""
        if coefficient > 0 and self._lower[column] < 0:
            self._lower[column] = Fraction(0)
        elif coefficient < 0 and self._upper[column] > 0:
            self._upper[column] = Fraction(0)
        else:
            return False
        self._touch(column)
        self._settle(column)
        return True

    def _settle(self, column: int) -> None:
        low, high = self._lower[column], self._upper[column]
        if low > high:
            raise ModelError("the bounds and balances leave no flux state", hint="look at forced fluxes")
        if low == high == 0:
            self._close(column)

    def _close(self, column: int) -> None:
        if not self._open[column]:
            return
        if self._lower[column] > 0 or self._upper[column] < 0:
            raise ModelError("a forced flux is zero in every steady state", hint="lift the forced flux")
        self._open[column] = False
        self._touch(column)
        for row in self._columns[column]:
            del self._rows[row][column]
        self._columns[column] = {}

    def _merge(self, kept: int, gone: int, ratio: Fraction) -> None:
        """`v_gone = ratio * v_kept` from now on."""
        self._touch(kept)
        self._touch(gone)
        ends = self._lower[gone] / ratio, self._upper[gone] / ratio
        low, high = ends if ratio > 0 else ends[::-1]
        self._lower[kept], self._upper[kept] = max(self._lower[kept], low), min(self._upper[kept], high)
        for reaction, factor in self._members[gone].items():
            self._members[kept][reaction] = factor * ratio
        for row, value in self._columns[gone].items():
            del self._rows[row][gone]
            joined = self._columns[kept].get(row, Fraction(0)) + value * ratio
            if joined:
                self._columns[kept][row] = self._rows[row][kept] = joined
            else:
                self._columns[kept].pop(row, None)
                self._rows[row].pop(kept, None)
        self._columns[gone], self._open[gone] = {}, False
        self._settle(kept)

    def _touch(self, column: int) -> None:
        for row in self._columns[column]:
            if not self._queued[row]:
                self._queued[row] = True
                self._waiting.append(row)


def _bound(value: Fraction | float) -> Fraction | float:
    if isinstance(value, Fraction) or not math.isfinite(value):
        return value
    return exact(value)
