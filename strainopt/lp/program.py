"""Linear and mixed-integer programs as plain arrays; nothing here knows a solver or a reaction."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
from scipy import sparse
from typing_extensions import Self

from strainopt.errors import ModelError

__all__ = ["FloatArray", "Indicator", "IntArray", "LinearProgram", "MixedProgram", "refuse_nan"]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class LinearProgram:
    """maximise `objective @ x` subject to `row_lower <= matrix @ x <= row_upper`, `lower <= x <= upper`.

    Every program maximises; to minimise, negate the objective. Missing bounds are +-numpy.inf.

    Attributes
    ----------
    objective, lower, upper : float arrays, shape (n,)
    matrix : scipy.sparse.csc_array, shape (m, n)
    row_lower, row_upper : float arrays, shape (m,)

    Raises
    ------
    ModelError
        A number anywhere in it is nan, over which solvers abort the process, or answer anything.
    """

    objective: FloatArray
    matrix: sparse.csc_array
    row_lower: FloatArray
    row_upper: FloatArray
    lower: FloatArray
    upper: FloatArray

    def __post_init__(self) -> None:
        m, n = self.matrix.shape
        for name, length in (("objective", n), ("lower", n), ("upper", n), ("row_lower", m), ("row_upper", m)):
            if getattr(self, name).shape != (length,):
                raise ValueError(f"{name} has shape {getattr(self, name).shape}, expected ({length},)")
            refuse_nan(name, getattr(self, name))
        refuse_nan("matrix", self.matrix.data)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return len(self.row_lower), len(self.lower)

    def with_objective(self, objective: FloatArray) -> Self:
        """The same program with another objective."""
        return replace(self, objective=objective)

    def with_bounds(self, lower: FloatArray, upper: FloatArray) -> Self:
        """The same program with other column bounds."""
        return replace(self, lower=lower, upper=upper)


@dataclass(frozen=True)
class Indicator:
    """If binary column `binary` has value `active`, then column `column` is zero."""

    binary: int
    active: int
    column: int


@dataclass(frozen=True, eq=False)
class MixedProgram:
    """A linear program some of whose columns are integer.

    Attributes
    ----------
    linear : LinearProgram
    integer : bool array, shape (n,)
        Columns that must be whole numbers (their bounds make binaries of them).
    names : tuple of str
        One per column, for logs and audits; may be empty.
    indicators : tuple of Indicator
        Only for solvers that take them; the others refuse the program.
    """

    linear: LinearProgram
    integer: npt.NDArray[np.bool_]
    names: tuple[str, ...] = ()
    indicators: tuple[Indicator, ...] = field(default=())


def refuse_nan(name: str, values: FloatArray, *, places: IntArray | None = None) -> None:
    """Raise ModelError if a number is nan; `places` says which entries of `name` the values are for."""
    missing = np.isnan(values)
    if not missing.any():
        return
    first = int(np.flatnonzero(missing)[0])
    place = first if places is None else int(places[first])
    raise ModelError(
        "a linear program holds nan, which is not a number",
        where=f"{name}[{place}]",
        why="solvers abort the process over it, or answer anything",
        hint="look for a bound, coefficient or objective of the model that was computed from missing values",
    )
