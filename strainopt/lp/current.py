"""A linear program that changes: what every session keeps beside its solver, so that answers can be checked."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from strainopt import tolerances
from strainopt.lp.program import FloatArray, IntArray, LinearProgram, refuse_nan

__all__ = ["CurrentProgram"]


class CurrentProgram:
    """Bounds and objective as they are now, over a matrix that stays.

    Bounds that cross by more than `tolerances.PRIMAL_FEASIBILITY` make the program infeasible by themselves;
    solvers treat them as errors or abort, so sessions ask `contradictory` first. Changes that hold nan are refused
    with ModelError before anything is changed, so a session asks here before it tells its solver.
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
        # The arrays of a program can be written to after it was checked.
        for name in ("objective", "lower", "upper", "row_lower", "row_upper"):
            refuse_nan(name, getattr(program, name))

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
        crossed = _crossed(lower, upper)
        if crossed.any():
            refuse_nan("lower", lower, places=columns)
            refuse_nan("upper", upper, places=columns)
        self._program.lower[columns], self._program.upper[columns] = lower, upper
        self._crossed[columns] = crossed

    def set_row_bounds(self, rows: IntArray, lower: FloatArray, upper: FloatArray) -> None:
        """Replace the bounds of the given rows."""
        crossed = _crossed(lower, upper)
        if crossed.any():
            refuse_nan("row_lower", lower, places=rows)
            refuse_nan("row_upper", upper, places=rows)
        self._program.row_lower[rows], self._program.row_upper[rows] = lower, upper
        self._rows_crossed[rows] = crossed

    def set_objective_entries(self, columns: IntArray, values: FloatArray) -> None:
        """Replace some objective coefficients."""
        refuse_nan("objective", values, places=columns)
        self._program.objective[columns] = values


def _crossed(lower: FloatArray, upper: FloatArray) -> npt.NDArray[np.bool_]:
    # Written so that nan counts as crossed: one test on the way of millions of calls finds both.
    crossed: npt.NDArray[np.bool_] = ~(lower <= upper + tolerances.PRIMAL_FEASIBILITY)
    return crossed
