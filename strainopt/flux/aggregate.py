"""Columns that determine one another, merged: each becomes scale * y + offset of a smaller program.

Three exact rules, applied until none fits: a row with one column fixes it; a row with two columns makes one an
affine function of the other; a row whose activity can only just reach its side fixes every column in it
(Brearley, Mitra, Williams 1975; Andersen and Andersen 1995). Ranges in the small program give ranges in the
original by arithmetic, so they cost no linear program.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite

import numpy as np
from scipy import sparse

from strainopt.lp.program import FloatArray, IntArray, LinearProgram
from strainopt.tolerances import AGGREGATE_PIVOT, AGGREGATE_ZERO

__all__ = ["Aggregation", "aggregate", "unmerged"]


@dataclass(frozen=True, eq=False)
class Aggregation:
    """A smaller program with the same feasible set, and the way back.

    Attributes
    ----------
    program : LinearProgram
        Objective zero; k columns.
    owner : int array, shape (n,)
        Column of the small program that each original column follows, -1 where it is constant.
    scale, offset : float arrays, shape (n,)
        `x = scale * y[owner] + offset`.
    """

    program: LinearProgram
    owner: IntArray
    scale: FloatArray
    offset: FloatArray

    def lift(self, y: FloatArray) -> FloatArray:
        """Original column values of a point of the small program."""
        values: FloatArray = self.offset.copy()
        follows = self.owner >= 0
        values[follows] += self.scale[follows] * y[self.owner[follows]]
        return values

    def lift_ranges(self, columns: IntArray, lower: FloatArray, upper: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Original ranges of `columns`, from the ranges of all columns of the small program."""
        least, most = self.offset[columns].copy(), self.offset[columns].copy()
        follows = self.owner[columns] >= 0
        scale, owner = self.scale[columns][follows], self.owner[columns][follows]
        ends = scale * lower[owner], scale * upper[owner]
        least[follows] += np.minimum(*ends)
        most[follows] += np.maximum(*ends)
        return least, most


def aggregate(program: LinearProgram) -> Aggregation:
    """Apply the rules until none fits. A contradiction is left in the small program for the solver to find."""
    return _Merger(program).run()


def unmerged(program: LinearProgram) -> Aggregation:
    """The program as it is, in the same form."""
    columns = program.shape[1]
    return Aggregation(program, np.arange(columns, dtype=np.intp), np.ones(columns), np.zeros(columns))


class _Merger:
    """The program as one dictionary per row, while it shrinks."""

    def __init__(self, program: LinearProgram) -> None:
        self.source = program
        rows, columns = program.shape
        by_row = sparse.csr_array(program.matrix)
        self.rows: list[dict[int, float]] = [
            {
                int(column): float(value)
                for column, value in zip(
                    by_row.indices[by_row.indptr[row] : by_row.indptr[row + 1]],
                    by_row.data[by_row.indptr[row] : by_row.indptr[row + 1]],
                    strict=True,
                )
                if value != 0.0
            }
            for row in range(rows)
        ]
        self.touching: list[set[int]] = [set() for _ in range(columns)]
        for row, entries in enumerate(self.rows):
            for column in entries:
                self.touching[column].add(row)
        self.side_low: list[float] = program.row_lower.tolist()
        self.side_high: list[float] = program.row_upper.tolist()
        self.low: list[float] = program.lower.tolist()
        self.high: list[float] = program.upper.tolist()
        self.parent = list(range(columns))
        self.ratio = [1.0] * columns
        self.shift = [0.0] * columns
        self.order: list[int] = []
        self.alive = [True] * columns
        self.waiting: list[int] = []
        self.queued = [False] * rows

    def run(self) -> Aggregation:
        for column in range(len(self.low)):
            if self.low[column] == self.high[column]:
                self._fix(column, self.low[column])
        for row in reversed(range(len(self.rows))):
            self._wake(row)
        while self.waiting:
            row = self.waiting.pop()
            self.queued[row] = False
            self._look_at(row)
        return self._result()

    def _wake(self, row: int) -> None:
        if not self.queued[row]:
            self.queued[row] = True
            self.waiting.append(row)

    def _look_at(self, row: int) -> None:
        entries = self.rows[row]
        equality = self.side_low[row] == self.side_high[row]
        if len(entries) == 1 and equality:
            ((column, value),) = entries.items()
            self._fix(column, self._snapped(column, self.side_low[row] / value))
        elif len(entries) == 2 and equality:
            self._merge(row)
        elif entries:
            self._force(row)

    def _snapped(self, column: int, value: float) -> float:
        """A value that misses a bound by round-off only is that bound."""
        for bound in (self.low[column], self.high[column]):
            if abs(value - bound) <= AGGREGATE_ZERO * (1.0 + abs(value)):
                return bound
        return value

    def _fix(self, column: int, value: float) -> None:
        """Take a column out at a value; the rows' sides absorb it. A value outside its bounds stays for the solver."""
        room = AGGREGATE_ZERO * (1.0 + abs(value))
        if not self.low[column] - room <= value <= self.high[column] + room:
            return
        for row in self.touching[column]:
            part = self.rows[row].pop(column) * value
            self.side_low[row] = _cancelled(self.side_low[row], part)
            self.side_high[row] = _cancelled(self.side_high[row], part)
            self._wake(row)
        self.touching[column] = set()
        self._leave(column, column, 0.0, value)

    def _leave(self, column: int, parent: int, ratio: float, shift: float) -> None:
        self.alive[column] = False
        self.parent[column], self.ratio[column], self.shift[column] = parent, ratio, shift
        self.order.append(column)

    def _merge(self, row: int) -> None:
        """Write one of the two columns of an equality row as an affine function of the other."""
        first, second = self.rows[row]
        # Fewer rows to rewrite; the lower column wins ties so that the outcome does not depend on set order.
        gone, kept = (first, second) if len(self.touching[first]) <= len(self.touching[second]) else (second, first)
        ratio = -self.rows[row][kept] / self.rows[row][gone]
        if not 1.0 / AGGREGATE_PIVOT <= abs(ratio) <= AGGREGATE_PIVOT:
            return
        shift = self.side_low[row] / self.rows[row][gone]
        ends = sorted(((self.low[gone] - shift) / ratio, (self.high[gone] - shift) / ratio))
        low, high = max(self.low[kept], ends[0]), min(self.high[kept], ends[1])
        if low > high:
            if low - high > AGGREGATE_ZERO * (1.0 + abs(low)):
                return
            low = high = self._snapped(kept, low)
        for other in self.touching[gone]:
            if other != row:
                self._substitute(other, gone, kept, ratio, shift)
            self._wake(other)
        self.rows[row] = {}
        self.touching[kept].discard(row)
        self.side_low[row] = self.side_high[row] = 0.0
        self.touching[gone] = set()
        self._leave(gone, kept, ratio, shift)
        narrower = (low, high) != (self.low[kept], self.high[kept])
        self.low[kept], self.high[kept] = low, high
        if low == high:
            self._fix(kept, low)
        elif narrower:
            for other in self.touching[kept]:
                self._wake(other)

    def _substitute(self, row: int, gone: int, kept: int, ratio: float, shift: float) -> None:
        entries = self.rows[row]
        value = entries.pop(gone)
        part = value * shift
        self.side_low[row] = _cancelled(self.side_low[row], part)
        self.side_high[row] = _cancelled(self.side_high[row], part)
        joined = _cancelled(value * ratio, -entries.get(kept, 0.0))
        if joined == 0.0:
            entries.pop(kept, None)
            self.touching[kept].discard(row)
        else:
            entries[kept] = joined
            self.touching[kept].add(row)

    def _force(self, row: int) -> None:
        """Fix all columns of a row that cannot move away from its extreme activity."""
        for sign, side in ((1.0, self.side_high[row]), (-1.0, -self.side_low[row])):
            least, size = 0.0, 1.0
            for column, value in self.rows[row].items():
                term = sign * value * (self.low[column] if sign * value > 0.0 else self.high[column])
                least += term
                size = max(size, abs(term))
            if np.isfinite(least) and abs(least - side) <= AGGREGATE_ZERO * size:
                for column, value in list(self.rows[row].items()):
                    self._fix(column, self.low[column] if sign * value > 0.0 else self.high[column])
                return

    def _result(self) -> Aggregation:
        columns = len(self.low)
        small = np.full(columns, -1, dtype=np.intp)
        keep = [column for column in range(columns) if self.alive[column]]
        small[keep] = np.arange(len(keep))
        owner, scale, offset = small.copy(), np.where(small >= 0, 1.0, 0.0), np.zeros(columns)
        # The last to leave follows a column that is settled by then.
        for column in reversed(self.order):
            parent, ratio = self.parent[column], self.ratio[column]
            if ratio == 0.0:
                offset[column] = self.shift[column]
                continue
            owner[column], scale[column] = owner[parent], ratio * scale[parent]
            offset[column] = ratio * offset[parent] + self.shift[column]
        return Aggregation(self._program(keep, small), owner, scale, offset)

    def _program(self, keep: list[int], small: IntArray) -> LinearProgram:
        rows = [row for row, entries in enumerate(self.rows) if entries or self._contradicts(row)]
        triplets = [
            (position, int(small[column]), value)
            for position, row in enumerate(rows)
            for column, value in sorted(self.rows[row].items())
        ]
        place, where, data = zip(*triplets, strict=True) if triplets else ((), (), ())
        matrix = sparse.coo_array(
            (np.array(data, dtype=float), (np.array(place, dtype=np.intp), np.array(where, dtype=np.intp))),
            shape=(len(rows), len(keep)),
        )
        return LinearProgram(
            objective=np.zeros(len(keep)),
            matrix=sparse.csc_array(matrix),
            row_lower=np.array([self.side_low[row] for row in rows]),
            row_upper=np.array([self.side_high[row] for row in rows]),
            lower=np.array([self.low[column] for column in keep]),
            upper=np.array([self.high[column] for column in keep]),
        )

    def _contradicts(self, row: int) -> bool:
        """Whether an empty row cannot hold by more than round-off."""
        scale = 1.0 + float(np.abs(self.source.row_lower[row])) if np.isfinite(self.source.row_lower[row]) else 1.0
        return self.side_low[row] > AGGREGATE_ZERO * scale or self.side_high[row] < -AGGREGATE_ZERO * scale


def _cancelled(value: float, part: float) -> float:
    """`value - part`, exactly zero where only round-off is left."""
    left = value - part
    if not isfinite(left):
        return left
    return 0.0 if abs(left) <= AGGREGATE_ZERO * max(abs(value), abs(part)) else left
