"""What every change of columns can do: carry fluxes there and back, and objectives there."""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np
from scipy import sparse

from strainopt.lp.program import FloatArray

__all__ = ["ColumnChange"]


class ColumnChange(ABC):
    """Old columns to new ones by two matrices, which are each other's inverse on the states that matter."""

    @property
    @abstractmethod
    def expansion(self) -> sparse.csc_array:
        """Shape (old, new): `v_old = expansion @ v_new`."""

    @property
    @abstractmethod
    def collection(self) -> sparse.csr_array:
        """Shape (new, old): `v_new = collection @ v_old`."""

    def lift(self, fluxes: FloatArray) -> FloatArray:
        """Fluxes of the old columns, from those of the new ones."""
        return np.asarray(self.expansion @ fluxes)

    def apply(self, fluxes: FloatArray) -> FloatArray:
        """Fluxes of the new columns, from those of the old ones in a state that matters."""
        return np.asarray(self.collection @ fluxes)

    def objective(self, coefficients: FloatArray) -> FloatArray:
        """The same linear objective on the new columns: `objective(c) @ v == c @ lift(v)`."""
        return np.asarray(self.expansion.T @ coefficients)

    def total_flux(self, weights: FloatArray) -> FloatArray:
        """The same weighted total flux: `total_flux(w) @ abs(v) == w @ abs(lift(v))`, for w >= 0."""
        return np.asarray(abs(self.expansion).T @ weights)
