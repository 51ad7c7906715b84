"""Narrowed fluxes as deletions: such a column becomes two, one with the narrow bounds, and one with the rest.

`v = base + rest`, with `base` within the narrow bounds and `rest` within what the wide ones add to them, runs through
exactly the wide bounds; with `rest` closed, through exactly the narrow ones. So choosing the candidate closes a column.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt
from scipy import sparse

from strainopt.network.network import Network
from strainopt.proof.narrow import exact

__all__ = ["Columns", "split"]


@dataclass(frozen=True, eq=False)
class Columns:
    """The reactions of a network, in their order, and after them the rests of those that candidates narrow.

    Attributes
    ----------
    lower, upper : tuple of Fraction or float
    reaction : tuple of int
        The reaction that each column is (a part of) the flux of.
    limits : mapping
        Narrowed reaction to the bounds that it has when it is chosen, those of the network included. Missing are those
        whose bounds contradict the network's: a design with them leaves no state.
    """

    matrix: sparse.csc_array
    lower: tuple[Fraction | float, ...]
    upper: tuple[Fraction | float, ...]
    reaction: tuple[int, ...]
    limits: Mapping[str, tuple[float, float]]

    def of(self, reaction: int) -> tuple[int, ...]:
        """The columns whose sum is a reaction's flux."""
        count = len(self.reaction) - len(self.limits)
        return (reaction, *(column for column in range(count, len(self.reaction)) if self.reaction[column] == reaction))

    def exceeds(self, name: str, flux: float) -> bool:
        """Whether a flux of a narrowed reaction needs the rest."""
        low, high = self.limits[name]
        return not low <= flux <= high


def split(network: Network, narrowed: Mapping[str, tuple[float, float]]) -> Columns:
    """Cut the columns that candidates narrow.

    Parameters
    ----------
    network : Network
        With finite bounds.
    narrowed : mapping
        Reaction to the least and most flux when chosen, zero among them; +-inf keeps a side.
    """
    lower: list[Fraction | float] = [exact(value) for value in network.lower.tolist()]
    upper: list[Fraction | float] = [exact(value) for value in network.upper.tolist()]
    limits: dict[str, tuple[float, float]] = {}
    rests: list[int] = []
    for name in sorted(narrowed, key=lambda one: network.reaction_index[one]):
        column = network.reaction_index[name]
        low = max(float(network.lower[column]), narrowed[name][0])
        high = min(float(network.upper[column]), narrowed[name][1])
        if low > high:
            continue
        limits[name] = low, high
        rests.append(column)
        lower.append(lower[column] - exact(low))
        upper.append(upper[column] - exact(high))
        lower[column], upper[column] = exact(low), exact(high)
    whole: npt.NDArray[np.intp] = np.concatenate([np.arange(network.shape[1], dtype=np.intp), np.array(rests, np.intp)])
    matrix = sparse.csc_array(network.stoichiometry[:, whole]) if rests else network.stoichiometry
    return Columns(matrix, tuple(lower), tuple(upper), tuple(whole.tolist()), limits)
