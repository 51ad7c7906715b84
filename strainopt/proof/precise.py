"""Sums of products in twice the working precision: prices times coefficients cancel, and what is left is multiplied by
flux bounds of a thousand.

Ogita, Rump, Oishi (2005), algorithm Dot2: each product and each sum is taken with its exact rounding error (Dekker
1971; Knuth 1969), and the errors are added up on the side. With `s` the sum of the sizes of n terms the result is off
by at most `u |exact| + (n u / (1 - n u))^2 s`, where u is 2^-53.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["SMALLEST_ERROR", "Column", "PreciseProduct"]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.intp]

UNIT = 2.0**-53
SMALLEST_ERROR = 1e-290
"""Covers what is lost by underflow."""

_SPLIT = 2.0**27 + 1.0

Column = Sequence[tuple[int, float, bool]]
"""Row, coefficient, and whether the coefficient is exact (a rounded one is off by at most u of its size)."""


@dataclass(frozen=True, eq=False)
class _Layer:
    """One entry of each column that has so many."""

    columns: IntArray
    rows: IntArray
    values: FloatArray
    doubt: FloatArray


class PreciseProduct:
    """`weights @ matrix` with error bounds, for a fixed sparse matrix."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self._n = len(columns)
        self._counts = np.array([len(column) for column in columns], dtype=np.float64)
        self._layers = []
        for depth in range(max((len(column) for column in columns), default=0)):
            deep = [place for place, column in enumerate(columns) if len(column) > depth]
            entries = [columns[place][depth] for place in deep]
            self._layers.append(
                _Layer(
                    np.array(deep, dtype=np.intp),
                    np.array([row for row, _, _ in entries], dtype=np.intp),
                    np.array([value for _, value, _ in entries]),
                    np.array([0.0 if right else 2.0 * UNIT for _, _, right in entries]),
                )
            )

    def of(self, weights: FloatArray) -> tuple[FloatArray, FloatArray]:
        """The products, shape (k, columns) for weights of shape (k, rows), and by how much each may be off."""
        shape = (len(weights), self._n)
        total, rest, sizes, doubt = (np.zeros(shape) for _ in range(4))
        for layer in self._layers:
            at = layer.columns
            part = weights[:, layer.rows]
            product = part * layer.values
            before = total[:, at]
            after = before + product
            moved = after - before
            lost = (before - (after - moved)) + (product - moved)
            total[:, at] = after
            rest[:, at] += lost + _product_error(part, layer.values, product)
            size = np.abs(product)
            sizes[:, at] += size
            doubt[:, at] += layer.doubt * size
        value = total + rest
        many = (self._counts + 4.0) * UNIT
        error = 2.0 * UNIT * np.abs(value) + (2.0 * many * many) * sizes + 1.01 * doubt + SMALLEST_ERROR
        return value, error


def _product_error(one: FloatArray, two: FloatArray, product: FloatArray) -> FloatArray:
    """What `product`, the rounded `one * two`, is short of it; exact."""
    high_one, low_one = _halves(one)
    high_two, low_two = _halves(two)
    error: FloatArray = low_one * low_two - (
        ((product - high_one * high_two) - low_one * high_two) - high_one * low_two
    )
    return error


def _halves(values: FloatArray) -> tuple[FloatArray, FloatArray]:
    scaled = _SPLIT * values
    high = scaled - (scaled - values)
    return high, values - high
