"""Media: what may be taken up, and how fast."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from strainopt.errors import UsageError
from strainopt.network.findings import Finding, Severity, finding
from strainopt.network.network import Network

__all__ = ["Medium", "apply_medium", "uptake_medium", "uptake_rates"]


@dataclass(frozen=True, slots=True)
class Medium:
    """A table of uptake limits; whatever it does not list is closed for uptake.

    Attributes
    ----------
    uptakes : tuple of (str, float)
        Exchange reaction and largest uptake, mmol/gDW/h, >= 0; infinite means no limit.
    source : str
        Where it was read, for messages.
    """

    uptakes: tuple[tuple[str, float], ...]
    source: str = field(default="medium", compare=False)


def uptake_rates(network: Network) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Largest uptake through each boundary reaction, zero elsewhere; shape (reactions,), mmol/gDW/h.

    A boundary reaction written `met ->` takes up with negative flux, one written `-> met` with positive flux.
    """
    rates = np.zeros(len(network.reaction_ids))
    for column in map(int, np.flatnonzero(network.boundary)):
        limit = -network.lower[column] if _written_outward(network, column) else network.upper[column]
        rates[column] = max(limit, 0.0)
    return rates


def uptake_medium(network: Network) -> Medium:
    """The medium that the network's bounds describe now; applying it to the same network changes nothing."""
    rates = uptake_rates(network)
    return Medium(tuple((network.reaction_ids[column], float(rates[column])) for column in np.flatnonzero(rates)))


def apply_medium(network: Network, medium: Medium) -> tuple[Network, tuple[Finding, ...]]:
    """Set the uptake limits of all boundary reactions; secretion limits stay.

    Sinks and demands are boundary reactions too: one that the medium does not list cannot feed the cell.

    Raises
    ------
    UsageError
        An unknown reaction, one with several metabolites, a limit that is negative or not a number, or an uptake
        that the network forces and the medium forbids.
    """
    lower, upper = network.lower.copy(), network.upper.copy()
    limits = _limits(network, medium)
    closed = []
    for column in map(int, np.flatnonzero(network.boundary)):
        name = network.reaction_ids[column]
        limit = limits.get(column, 0.0)
        before = (lower[column], upper[column])
        if _written_outward(network, column):
            # A forced secretion (positive lower bound) is no uptake: closing leaves it alone.
            lower[column] = 0.0 - limit if column in limits else max(lower[column], 0.0)
            if before[0] < 0.0 and column not in limits:
                closed.append(name)
        else:
            upper[column] = limit if column in limits else min(upper[column], 0.0)
            if before[1] > 0.0 and column not in limits:
                closed.append(name)
        if lower[column] > upper[column]:
            raise UsageError(
                f"the medium allows {name} an uptake of {limit:g}, but the model forces more",
                where=medium.source,
                why=f"its bounds in the model are {before[0]:g} and {before[1]:g}",
                hint=f"list {name} with a larger limit, or change its bounds with --bounds",
            )
    return network.with_bounds(lower, upper), _findings(network, limits, closed)


def _written_outward(network: Network, column: int) -> bool:
    return bool(network.stoichiometry.data[network.stoichiometry.indptr[column]] < 0.0)


def _limits(network: Network, medium: Medium) -> dict[int, float]:
    limits: dict[int, float] = {}
    for name, limit in medium.uptakes:
        column = network.reaction(name, where=medium.source)
        if not network.boundary[column]:
            raise UsageError(
                f"{name} is not an exchange reaction, so a medium cannot limit it",
                where=medium.source,
                why="it has more than one metabolite",
                hint=f"set its bounds with --bounds {name}=LB:UB",
            )
        if math.isnan(limit) or limit < 0.0:
            raise UsageError(
                f"the uptake limit of {name} is {limit:g}",
                where=medium.source,
                hint="give a number >= 0; uptake is counted positive in media",
            )
        if column in limits:
            raise UsageError(f"{name} is listed twice", where=medium.source, hint="keep one of the lines")
        limits[column] = limit
    return limits


def _findings(network: Network, limits: dict[int, float], closed: list[str]) -> tuple[Finding, ...]:
    found = []
    if closed:
        text = "uptakes that the model allows were closed, as the medium does not list them"
        found.append(finding("medium-closed", Severity.INFO, message=text, places=closed))
    if not any(limit > 0.0 for limit in limits.values()):
        text = "the medium allows no uptake at all"
        found.append(finding("medium-empty", Severity.WARNING, message=text))
    inside = _inside(network, limits)
    if inside:
        found.append(
            finding(
                "medium-inside",
                Severity.WARNING,
                message="the medium feeds metabolites inside the cell (sinks or demands, not exchanges)",
                places=inside,
                hint="check that these are meant",
            )
        )
    return tuple(found)


def _inside(network: Network, limits: dict[int, float]) -> list[str]:
    """Listed reactions whose metabolite is not in the compartment that most boundary reactions reach."""
    matrix = network.stoichiometry
    where = {
        int(column): network.metabolite_compartments[matrix.indices[matrix.indptr[column]]]
        for column in np.flatnonzero(network.boundary)
    }
    counted = list(where.values())
    # Between equally frequent compartments, 'e' and its like are outside by custom.
    outside = max(sorted(set(counted)), key=lambda name: (counted.count(name), name.startswith("e")), default="")
    return [network.reaction_ids[column] for column in limits if where[column] != outside]
