"""Upper bounds on `a g + b p` over the states that a set of deletions leaves, from prices alone, with rounding covered.

For prices y on the balances, every state has `y S v = 0`, so `a g + b p = sum of r_j v_j` with `r = a e_g + b e_p -
y S`, and the sum is at most the sum of the largest values of its terms over the bounds. This holds for any y; a bad y
gives a weak bound, never a wrong one. Deleting reactions takes their terms away.

The r come from `proof.precise` with their error bounds; the sum of terms is off by at most `n u / (1 - n u)` of the sum
of their sizes (Higham 2002, ch. 3). Both are added to the result, so that the bound holds for the model's numbers.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from strainopt.proof.narrow import Lump
from strainopt.proof.precise import PreciseProduct
from strainopt.proof.records import Inequality

__all__ = ["Arithmetic", "FloatArray", "Terms", "coefficients"]

FloatArray = npt.NDArray[np.float64]

ROUNDING = 2.0**-52
"""Twice the unit roundoff of double precision; the factor two covers the rounding of the error bounds themselves."""


class Terms:
    """For a number of inequalities, the largest value of each lump's term, and of all together.

    Attributes
    ----------
    growth, product : float arrays, shape (inequalities,)
        Coefficients a and b.
    of_lump : float array, shape (inequalities, lumps)
    bound : float array, shape (inequalities,)
        Of `a g + b p` with nothing deleted; what rounding may do here, and when terms are taken away, is added.
    """

    def __init__(self, growth: FloatArray, product: FloatArray, of_lump: FloatArray) -> None:
        self.growth, self.product, self.of_lump = growth, product, of_lump
        sizes = np.sum(np.abs(of_lump), axis=1)
        self.bound: FloatArray = np.sum(of_lump, axis=1) + 4.0 * (of_lump.shape[1] + 1) * ROUNDING * sizes

    def without(self, lumps: Sequence[int]) -> FloatArray:
        """Bounds with these lumps closed (none of them forced)."""
        closed: FloatArray = self.bound - np.sum(self.of_lump[:, list(lumps)], axis=1)
        return closed


class Arithmetic:
    """The lumps of a question as arrays; growth and product are the sums of the columns `biomass` and `target`."""

    def __init__(
        self, lumps: Sequence[Lump], *, metabolites: Sequence[str], biomass: Collection[int], target: Collection[int]
    ) -> None:
        self._row = {name: row for row, name in enumerate(metabolites)}
        growth, product = len(metabolites), len(metabolites) + 1
        self._rows = len(metabolites) + 2
        self._product = PreciseProduct(
            [
                (
                    *_entry(growth, _factor(lump, biomass)),
                    *_entry(product, _factor(lump, target)),
                    *(one for row, value in lump.terms.items() for one in _entry(row, -value)),
                )
                for lump in lumps
            ]
        )
        self.lower = np.array([_outward(lump.lower, -1) for lump in lumps])
        self.upper = np.array([_outward(lump.upper, 1) for lump in lumps])

    @property
    def forced(self) -> frozenset[int]:
        """Lumps whose flux cannot be zero: closing one leaves nothing."""
        return frozenset(np.flatnonzero((self.lower > 0.0) | (self.upper < 0.0)).tolist())

    def terms(self, inequalities: Sequence[Inequality]) -> Terms:
        """The largest terms of each inequality; prices of unknown metabolites are the caller's mistake."""
        weights = np.zeros((len(inequalities), self._rows))
        for place, one in enumerate(inequalities):
            weights[place, -2:] = one.growth, one.product
            for name, price in one.prices.items():
                weights[place, self._row[name]] = price
        reduced, error = self._product.of(weights)
        return Terms(weights[:, -2], weights[:, -1], self._largest(reduced, error))

    def _largest(self, reduced: FloatArray, error: FloatArray) -> FloatArray:
        """Largest `r v` for r within `error` of `reduced` and v within bounds."""
        high, low = reduced + error, reduced - error
        at_upper = np.where(self.upper >= 0.0, high, low) * self.upper
        at_lower = np.where(self.lower >= 0.0, high, low) * self.lower
        largest: FloatArray = np.maximum(at_upper, at_lower)
        return largest


def coefficients(lumps: Sequence[Lump], columns: Collection[int]) -> FloatArray:
    """The flux of a reaction, the sum of these columns, as multiples of the lumps' fluxes; zero if all are closed."""
    return np.array([float(_factor(lump, columns)) for lump in lumps])


def _factor(lump: Lump, columns: Collection[int]) -> Fraction:
    return sum((factor for member, factor in lump.members if member in columns), Fraction(0))


def _entry(row: int, value: Fraction) -> Iterator[tuple[int, float, bool]]:
    if value:
        near = float(value)
        yield row, near, near == value


def _outward(bound: Fraction | float, sign: int) -> float:
    """A bound as a double, rounded so that nothing is lost."""
    near = float(bound)
    if near != bound:
        near = float(np.nextafter(near, sign * np.inf))
    return near
