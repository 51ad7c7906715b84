"""A linear program that changes: what every session keeps beside its solver, so that answers can be checked."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from strainopt import tolerances
from strainopt.lp.program import FloatArray, IntArray, LinearProgram

__all__ = ["CurrentProgram"]


class CurrentProgram:
    """Bounds and objective as they are now, over a matrix that stays.

    Bounds that cross by more than `tolerances.PRIMAL_FEASIBILITY` make the program infeasible by themselves;
    solvers treat them as errors or abort, so sessions ask `contradictory` first.
    """

    def __init__(self, program: LinearProgram) -> None:
        self._program = LinearProgram(
            objective=program.objective.copy(),
            matrix=program.matrix,
            row_lower=program.row_lower.copy(),
            row_upper=program.row_upper.copy(),
            lower=program.lower.copy(),
            upper=program.upper.copy(),
        )
        self._crossed = _crossed(program.lower, program.upper)
        self._rows_crossed = _crossed(program.row_lower, program.row_upper)

    @property
    def program(self) -> LinearProgram:
        """The program as it is now; a view that later changes reach, not a snapshot."""
        return self._program

    @property
    def contradictory(self) -> bool:
        """Whether the bounds of some column or row cross."""
        return bool(self._crossed.any() or self._rows_crossed.any())

    def set_bounds(self, columns: IntArray, lower: FloatArray, upper: FloatArray) -> None:
        """Replace the bounds of the given columns."""
        self._program.lower[columns], self._program.upper[columns] = lower, upper
        self._crossed[columns] = _crossed(lower, upper)

    def set_row_bounds(self, rows: IntArray, lower: FloatArray, upper: FloatArray) -> None:
        """Replace the bounds of the given rows."""
        self._program.row_lower[rows], self._program.row_upper[rows] = lower, upper
        self._rows_crossed[rows] = _crossed(lower, upper)

    def set_objective_entries(self, columns: IntArray, values: FloatArray) -> None:
        """Replace some objective coefficients."""
        self._program.objective[columns] = values


def _crossed(lower: FloatArray, upper: FloatArray) -> npt.NDArray[np.bool_]:
    crossed: npt.NDArray[np.bool_] = lower > upper + tolerances.PRIMAL_FEASIBILITY
    return crossed
