"""Assembling a mixed-integer program block by block."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from strainopt.lp.program import FloatArray, Indicator, IntArray, LinearProgram, MixedProgram

__all__ = ["Linear", "ProgramBuilder"]


@dataclass(frozen=True, eq=False)
class Linear:
    """A linear expression over program columns: `coefficients @ x[columns]`."""

    columns: IntArray
    coefficients: FloatArray

    @staticmethod
    def zero() -> Linear:
        """The expression without terms."""
        return Linear(np.zeros(0, dtype=np.intp), np.zeros(0))

    @staticmethod
    def column(column: int) -> Linear:
        """One column with coefficient 1."""
        return Linear(np.array([column], dtype=np.intp), np.ones(1))

    @staticmethod
    def of(columns: IntArray, coefficients: FloatArray) -> Linear:
        """The expression of a dense coefficient vector, zeros dropped."""
        kept = np.flatnonzero(coefficients)
        return Linear(columns[kept], coefficients[kept])

    def __add__(self, other: Linear) -> Linear:
        return Linear(
            np.concatenate([self.columns, other.columns]), np.concatenate([self.coefficients, other.coefficients])
        )

    def __mul__(self, factor: float) -> Linear:
        return Linear(self.columns, self.coefficients * factor)

    def __neg__(self) -> Linear:
        return self * -1.0

    def __sub__(self, other: Linear) -> Linear:
        return self + -other

    def at(self, x: FloatArray) -> float:
        """Value at a point."""
        return float(self.coefficients @ x[self.columns])


class ProgramBuilder:
    """Collects columns and rows; `build` gives the frozen program."""

    def __init__(self) -> None:
        self._lower: list[FloatArray] = []
        self._upper: list[FloatArray] = []
        self._integer: list[bool] = []
        self._names: list[str] = []
        self._indicators: list[Indicator] = []
        self._entries: list[tuple[IntArray, IntArray, FloatArray]] = []
        self._row_lower: list[float] = []
        self._row_upper: list[float] = []
        self._objective = Linear.zero()

    def columns(self, name: str, lower: FloatArray, upper: FloatArray, *, integer: bool = False) -> IntArray:
        """Add columns `name[0]`, `name[1]`, ...; returns their positions."""
        first = len(self._names)
        count = len(lower)
        self._lower.append(np.asarray(lower, dtype=float))
        self._upper.append(np.asarray(upper, dtype=float))
        self._integer.extend([integer] * count)
        self._names.extend(f"{name}[{i}]" for i in range(count))
        return np.arange(first, first + count, dtype=np.intp)

    def column(self, name: str, lower: float, upper: float, *, integer: bool = False) -> int:
        """Add one column."""
        return int(self.columns(name, np.array([lower]), np.array([upper]), integer=integer)[0])

    def row(self, expression: Linear, lower: float = -np.inf, upper: float = np.inf) -> None:
        """Add the row `lower <= expression <= upper`."""
        at = np.full(len(expression.columns), len(self._row_lower), dtype=np.intp)
        self._entries.append((at, expression.columns, expression.coefficients))
        self._row_lower.append(lower)
        self._row_upper.append(upper)

    def rows(self, terms: list[tuple[sparse.sparray, IntArray]], lower: FloatArray, upper: FloatArray) -> None:
        """Add the rows `lower <= sum of (matrix @ x[columns]) <= upper`; each term is a matrix and its columns."""
        first = len(self._row_lower)
        for matrix, columns in terms:
            block = sparse.coo_array(matrix)
            self._entries.append((block.row.astype(np.intp) + first, columns[block.col], block.data.astype(float)))
        self._row_lower.extend(float(value) for value in lower)
        self._row_upper.extend(float(value) for value in upper)

    def indicator(self, binary: int, active: int, column: int) -> None:
        """If `binary` is `active`, `column` is zero."""
        self._indicators.append(Indicator(binary, active, column))

    def maximise(self, expression: Linear) -> None:
        """Set the objective."""
        self._objective = expression

    def build(self) -> MixedProgram:
        """The program as frozen arrays."""
        n, m = len(self._names), len(self._row_lower)
        objective = np.zeros(n)
        np.add.at(objective, self._objective.columns, self._objective.coefficients)
        entries = self._entries or [(np.zeros(0, dtype=np.intp), np.zeros(0, dtype=np.intp), np.zeros(0))]
        rows, columns, values = (np.concatenate(part) for part in zip(*entries, strict=True))
        matrix = sparse.csc_array(sparse.coo_array((values, (rows, columns)), shape=(m, n)))
        matrix.sum_duplicates()
        matrix.eliminate_zeros()
        linear = LinearProgram(
            objective=objective,
            matrix=matrix,
            row_lower=np.array(self._row_lower),
            row_upper=np.array(self._row_upper),
            lower=np.concatenate(self._lower),
            upper=np.concatenate(self._upper),
        )
        return MixedProgram(linear, np.array(self._integer, dtype=bool), tuple(self._names), tuple(self._indicators))
