"""Which of many interchangeable routes a witness takes: random weights of the fluxes that deletions can close.

A witness is worth the more, the fewer deletions disturb it beside those that disturb most witnesses already. So fluxes
that many witnesses use weigh more in the next ones, and fluxes that no design will close weigh nothing.
"""

from __future__ import annotations

import numpy as np

from strainopt.lp.program import FloatArray, IntArray

__all__ = ["Weights"]

SPREAD = 5.0
"""Sigma of the log-normal weights: witnesses spread over interchangeable routes, like a covering array. So wide that
each draw is almost an order of priority; docs/decisions/search-speed.md has what other values cost."""

REDRAWN = 0.3
"""Part of the weights drawn anew for each witness: the simplex needs a third fewer steps than with all of them."""

POPULAR = 3.0
"""Power of a flux's share in the witnesses by which its weight grows: a third fewer witnesses than with 0."""

RARE = 0.01
"""Added to each share, so that what no witness uses yet weighs a little as well."""

FREE = 1e-9
"""Weight, relative to others, of what no design will close: it may be in a witness's way for nothing."""

COUNTED_EVERY = 50
"""Witnesses between two counts of the shares."""


class Weights:
    """Weights of some places of a split flux vector.

    Parameters
    ----------
    columns : int array, shape (k,)
        The column of the network behind each place.
    n_columns : int
        Columns of the network.
    generator : numpy.random.Generator
        Of the draws.
    """

    def __init__(self, columns: IntArray, n_columns: int, *, generator: np.random.Generator) -> None:
        self._columns = columns
        self._generator = generator
        self._uses = np.zeros(n_columns)
        self._witnesses = 0
        self._free = np.zeros(n_columns, dtype=bool)
        self._factor = np.ones(len(columns))

    def all(self) -> FloatArray:
        """A weight for each place, shape (k,)."""
        return self._drawn(np.arange(len(self._columns)))

    def some(self) -> tuple[IntArray, FloatArray]:
        """Places whose weight is drawn anew, and their weights."""
        places = np.flatnonzero(self._generator.random(len(self._columns)) < REDRAWN)
        return places, self._drawn(places)

    def used(self, flux: FloatArray) -> None:
        """Take note of a witness, shape (n_columns,)."""
        self._uses += flux != 0.0
        self._witnesses += 1
        if self._witnesses % COUNTED_EVERY == 0:
            self._count()

    def set_free(self, columns: IntArray) -> None:
        """Columns that no design will close, in place of those said before."""
        self._free[:] = False
        self._free[columns] = True
        self._count()

    def _count(self) -> None:
        share = self._uses / max(self._witnesses, 1)
        factor = np.where(self._free, FREE, (share + RARE) ** POPULAR)
        self._factor = factor[self._columns]

    def _drawn(self, places: IntArray) -> FloatArray:
        weights: FloatArray = np.exp(SPREAD * self._generator.standard_normal(len(places))) * self._factor[places]
        return weights
