"""The flux polytope that reductions work on, and the step from one polytope to a smaller one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum
from fractions import Fraction
from functools import cached_property

import numpy as np
from scipy import sparse

from strainopt.lp.program import FloatArray, LinearProgram
from strainopt.network.network import Network
from strainopt.reduce.change import ColumnChange
from strainopt.reduce.exact import ExactColumn, exact_number

__all__ = ["Polytope", "Step", "StepKind", "identity_step", "keep_step"]


class StepKind(Enum):
    """What a reduction step did."""

    BLOCKED = "blocked"
    COUPLED = "coupled"
    IRREVERSIBLE = "irreversible"
    PARALLEL = "parallel"
    ROWS = "rows"


@dataclass(frozen=True, eq=False)
class Step(ColumnChange):
    """A linear change of columns, with its inverse on the states that matter.

    Attributes
    ----------
    kind : StepKind
    expand : tuple, one entry per new column
        Its `(old column, factor)` pairs: `v_old[j] = factor * v_new`. Old columns in no entry carry no flux.
    collect : tuple, one entry per new column
        `(old column, factor)` pairs: `v_new = sum(factor * v_old[j])`.
    lower, upper : float arrays, shape (new columns,)
    n_before : int
        How many columns there were.
    rows : tuple of int, or None
        The mass balances kept; None for all that still have a column.
    """

    kind: StepKind
    expand: tuple[tuple[tuple[int, Fraction], ...], ...]
    collect: tuple[tuple[tuple[int, Fraction], ...], ...]
    lower: FloatArray
    upper: FloatArray
    n_before: int
    rows: tuple[int, ...] | None = None

    @property
    def n_after(self) -> int:
        """How many columns there are."""
        return len(self.expand)

    @cached_property
    def expansion(self) -> sparse.csc_array:
        """Shape (old, new): `v_old = expansion @ v_new`."""
        return _matrix(self.expand, self.n_before)

    @cached_property
    def collection(self) -> sparse.csr_array:
        """Shape (new, old): `v_new = collection @ v_old`."""
        return sparse.csr_array(_matrix(self.collect, self.n_before).T)


@dataclass(frozen=True, eq=False)
class Polytope:
    """`S v = 0`, `lower <= v <= upper`, with S in exact numbers.

    Attributes
    ----------
    columns : tuple of {row: Fraction}
    n_rows : int
        Row numbers are below this; rows may be empty.
    lower, upper : float arrays, shape (n,)
    """

    columns: tuple[ExactColumn, ...]
    n_rows: int
    lower: FloatArray
    upper: FloatArray

    @classmethod
    def of(cls, network: Network) -> Polytope:
        """The polytope of a network."""
        matrix = network.stoichiometry
        starts, rows, data = matrix.indptr, matrix.indices, matrix.data
        columns = tuple(
            {int(rows[k]): exact_number(data[k]) for k in range(starts[j], starts[j + 1]) if data[k] != 0.0}
            for j in range(matrix.shape[1])
        )
        return cls(columns, matrix.shape[0], network.lower.copy(), network.upper.copy())

    @property
    def n_columns(self) -> int:
        """How many columns there are."""
        return len(self.columns)

    @cached_property
    def used_rows(self) -> tuple[int, ...]:
        """Rows that some column has an entry in, ascending."""
        return tuple(sorted(set().union(*self.columns)))

    @cached_property
    def matrix(self) -> sparse.csc_array:
        """S in floating point, shape (used rows, columns); row i is `used_rows[i]`."""
        place = {row: position for position, row in enumerate(self.used_rows)}
        entries = [(place[row], j, float(a)) for j, column in enumerate(self.columns) for row, a in column.items()]
        rows, columns, values = zip(*entries, strict=True) if entries else ((), (), ())
        shape = (len(self.used_rows), self.n_columns)
        return sparse.csc_array((np.array(values, dtype=float), (rows, columns)), shape=shape)

    def after(self, step: Step) -> Polytope:
        """The polytope in the step's columns."""
        kept = None if step.rows is None else frozenset(step.rows)
        columns = tuple(self._combined(pairs, kept) for pairs in step.expand)
        return Polytope(columns, self.n_rows, step.lower, step.upper)

    def _combined(self, pairs: Sequence[tuple[int, Fraction]], kept: frozenset[int] | None) -> ExactColumn:
        if len(pairs) == 1 and pairs[0][1] == 1 and kept is None:
            return self.columns[pairs[0][0]]
        total: dict[int, Fraction] = {}
        for column, factor in pairs:
            for row, value in self.columns[column].items():
                total[row] = total.get(row, Fraction(0)) + factor * value
        return {row: value for row, value in total.items() if value != 0 and (kept is None or row in kept)}

    def program(self, objective: FloatArray) -> LinearProgram:
        """Maximise an objective over the polytope."""
        zero = np.zeros(len(self.used_rows))
        return LinearProgram(objective, self.matrix, zero, zero.copy(), self.lower, self.upper)

    def with_bounds(self, lower: FloatArray, upper: FloatArray) -> Polytope:
        """The same mass balances with other bounds."""
        return replace(self, lower=lower, upper=upper)


def identity_step(kind: StepKind, lower: FloatArray, upper: FloatArray) -> Step:
    """All columns stay, with these bounds."""
    same = tuple(((j, Fraction(1)),) for j in range(len(lower)))
    return Step(kind, same, same, lower, upper, len(lower))


def keep_step(kind: StepKind, polytope: Polytope, kept: Sequence[int]) -> Step:
    """Only the columns `kept` stay; the others carry no flux."""
    same = tuple(((j, Fraction(1)),) for j in kept)
    chosen = np.asarray(kept, dtype=np.intp)
    return Step(kind, same, same, polytope.lower[chosen], polytope.upper[chosen], polytope.n_columns)


def _matrix(pairs: Sequence[Sequence[tuple[int, Fraction]]], n_old: int) -> sparse.csc_array:
    rows = [old for column in pairs for old, _ in column]
    columns = [new for new, column in enumerate(pairs) for _ in column]
    values = np.array([float(factor) for column in pairs for _, factor in column], dtype=float)
    return sparse.csc_array((values, (rows, columns)), shape=(n_old, len(pairs)))
