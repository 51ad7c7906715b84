"""The reduced network: fewer columns, the same designs, and the way back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy import sparse

from strainopt.lp.program import FloatArray, LinearProgram
from strainopt.reduce.change import ColumnChange
from strainopt.reduce.polytope import Step, StepKind

__all__ = ["ReducedNetwork", "StepCount"]


@dataclass(frozen=True)
class StepCount:
    """What one kind of step took: columns and mass balances; for signs, how many bounds were set to zero."""

    step: str
    columns_removed: int
    rows_removed: int
    signs_set: int


@dataclass(frozen=True, eq=False)
class ReducedNetwork(ColumnChange):
    """`stoichiometry @ v = 0`, `lower <= v <= upper` in lumped columns; holds every state that grows at the floor.

    As a `ColumnChange` its old columns are the network's reactions, and the states that matter those that grow at the
    floor.

    Attributes
    ----------
    stoichiometry : scipy.sparse.csc_array, shape (m, n)
        Rows are linearly independent.
    lower, upper : float arrays, shape (n,)
        Bounds that follow from the members' bounds, and signs.
    range_lower, range_upper : float arrays, shape (n,), or None
        Least and most flux over the states with growth at or above the floor; None unless asked for.
    members : tuple, one entry per column
        `(reaction, factor)` pairs of the network reduced: `v_reaction = factor * v_column`.
    column_of : int array, shape (reactions,)
        The column a reaction is a member of; -1 where its flux is always zero or a parallel one stands in for it.
    biomass : int
        Column of growth; its factor is 1.
    growth_floor : float
        1/h.
    steps : tuple of Step
        In the order they were taken.
    counts : tuple of StepCount
    lps : int
        Linear programs solved, ranges not counted.
    """

    stoichiometry: sparse.csc_array
    lower: FloatArray
    upper: FloatArray
    range_lower: FloatArray | None
    range_upper: FloatArray | None
    members: tuple[tuple[tuple[int, float], ...], ...]
    column_of: npt.NDArray[np.intp]
    biomass: int
    growth_floor: float
    steps: tuple[Step, ...]
    counts: tuple[StepCount, ...]
    lps: int

    @property
    def shape(self) -> tuple[int, int]:
        """Mass balances and columns."""
        rows, columns = self.stoichiometry.shape
        return int(rows), int(columns)

    @cached_property
    def expansion(self) -> sparse.csc_array:
        """Shape (reactions, columns): fluxes of the network from those of the columns."""
        product = self.steps[0].expansion
        for step in self.steps[1:]:
            product = product @ step.expansion
        return sparse.csc_array(product)

    @cached_property
    def collection(self) -> sparse.csr_array:
        """Shape (columns, reactions): fluxes of the columns from those of the network."""
        product = self.steps[0].collection
        for step in self.steps[1:]:
            product = step.collection @ product
        return sparse.csr_array(product)

    @cached_property
    def weights(self) -> FloatArray:
        """Total flux of the reactions per unit of each column: `weights @ abs(v) == sum(abs(lift(v)))`."""
        return self.total_flux(np.ones(len(self.column_of)))

    def closed_by(self, reactions: Sequence[int]) -> tuple[int, ...]:
        """Columns that deleting these reactions closes, ascending; reactions without a column close none."""
        return tuple(sorted({int(self.column_of[reaction]) for reaction in reactions} - {-1}))

    def program(self, coefficients: FloatArray, *, closed: Sequence[int] = ()) -> LinearProgram:
        """Maximise an objective given on the network's reactions, with some columns closed."""
        lower, upper = self.lower.copy(), self.upper.copy()
        columns = np.asarray(closed, dtype=np.intp)
        lower[columns] = np.maximum(lower[columns], 0.0)
        upper[columns] = np.minimum(upper[columns], 0.0)
        zero = np.zeros(self.shape[0])
        return LinearProgram(self.objective(coefficients), self.stoichiometry, zero, zero.copy(), lower, upper)


def counted(kinds: Sequence[tuple[StepKind, int, int, int]]) -> tuple[StepCount, ...]:
    """Sum the (kind, columns, rows, signs) of all steps by kind, in the order of `StepKind`."""
    totals = {kind: [0, 0, 0] for kind in StepKind}
    for kind, columns, rows, signs in kinds:
        for position, number in enumerate((columns, rows, signs)):
            totals[kind][position] += number
    return tuple(StepCount(kind.value, *numbers) for kind, numbers in totals.items())
