"""The substrate: its uptake as a linear expression, and which one limits the carbon of a scenario."""

from __future__ import annotations

import re

import numpy as np

from strainopt.lp.program import FloatArray
from strainopt.network.network import Network
from strainopt.tolerances import CARBON_LEAD

__all__ = ["carbon_atoms", "limiting_carbon_source", "uptake_coefficients"]

_ELEMENT = re.compile(r"([A-Z][a-z]?)(\d*)")
_WHOLE = re.compile(r"(?:[A-Z][a-z]?\d*)+")
_INORGANIC = {"CO2", "CHO3", "CH2O3", "CO3", "CO"}


def carbon_atoms(formula: str) -> int:
    """Carbon atoms of an organic compound; 0 for none, for inorganic carbon, and where the formula is not plain."""
    if not _WHOLE.fullmatch(formula) or formula in _INORGANIC:
        return 0
    return sum(int(count or 1) for element, count in _ELEMENT.findall(formula) if element == "C")


def uptake_coefficients(network: Network, reaction: int) -> FloatArray:
    """Uptake through a reaction, as coefficients on all fluxes (mmol/gDW/h, positive when taken up).

    For an exchange written `metabolite -> ` uptake is negative flux; for one written ` -> metabolite` positive flux.
    Any other reaction is read as the former.
    """
    coefficients = np.zeros(network.shape[1])
    coefficients[reaction] = _inward(network, reaction)
    return coefficients


def limiting_carbon_source(network: Network) -> int | None:
    """The exchange that may bring in the most carbon, if it is clearly one: finite, organic, far ahead of the others.

    Returns
    -------
    int or None
        A column; None where formulas are missing, several sources are comparable, or the largest has no limit.
    """
    limits: list[tuple[float, int]] = []
    for column in np.flatnonzero(network.boundary).tolist():
        metabolite = int(network.stoichiometry.indices[network.stoichiometry.indptr[column]])
        carbon = carbon_atoms(network.metabolite_formulas[metabolite])
        most = float(network.upper[column] if _inward(network, column) > 0.0 else -network.lower[column])
        if carbon and most > 0.0:
            limits.append((carbon * most, column))
    if not limits:
        return None
    limits.sort(key=lambda pair: (-pair[0], pair[1]))
    largest, column = limits[0]
    second = limits[1][0] if len(limits) > 1 else 0.0
    return column if np.isfinite(largest) and largest > CARBON_LEAD * second else None


def _inward(network: Network, column: int) -> float:
    matrix = network.stoichiometry
    start, end = matrix.indptr[column], matrix.indptr[column + 1]
    return 1.0 if end - start == 1 and matrix.data[start] > 0.0 else -1.0
