"""Whether a flux state is one: balances and bounds of the model as it is, no lump and no price involved."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from strainopt.errors import VerificationError
from strainopt.network.network import Network
from strainopt.proof.records import Flux
from strainopt.tolerances import PROOF_BALANCE, PROOF_BOUND

__all__ = ["FluxCheck"]


class FluxCheck:
    """Checks flux states of one network in its scenario."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._matrix = sparse.csc_array(network.stoichiometry)

    def check(self, flux: Flux, *, where: str) -> None:
        """Refuse what is not a steady state within bounds.

        Every balance must hold to `PROOF_BALANCE` of the sum of its own terms, so that traces count as much as
        torrents; every flux must lie within its bounds to `PROOF_BOUND` of the bound's size (exactly, where the bound
        is zero).

        Raises
        ------
        VerificationError
            With the balance or the bound that is broken.
        """
        network = self._network
        columns = [network.reaction_index[name] for name in flux]
        values = np.array(list(flux.values()), dtype=np.float64)
        low, high = network.lower[columns], network.upper[columns]
        # infinite times a share is infinite: no bound, nothing to allow
        excess = np.maximum(
            np.where(np.isfinite(low), low - PROOF_BOUND * np.abs(low) - values, -1.0),
            np.where(np.isfinite(high), values - high - PROOF_BOUND * np.abs(high), -1.0),
        )
        if len(values) and excess.max() > 0.0:
            place = int(np.argmax(excess))
            raise VerificationError(
                f"the flux of {network.reaction_ids[columns[place]]}, {values[place]:.12g}, is outside its bounds",
                where=where,
                why=f"they are {low[place]:.12g} and {high[place]:.12g}",
            )
        self._check_forced(set(columns), where)
        part = self._matrix[:, columns]
        short = np.abs(part @ values)
        sizes = abs(part) @ np.abs(values)
        off = short - PROOF_BALANCE * sizes
        if len(off) and off.max() > 0.0:
            row = int(np.argmax(off))
            raise VerificationError(
                f"{network.metabolite_ids[row]} is not balanced",
                where=where,
                why=f"{short[row]:.3g} is made or lost, of {sizes[row]:.6g} that is turned over",
            )

    def _check_forced(self, columns: set[int], where: str) -> None:
        network = self._network
        for column in np.flatnonzero((network.lower > 0.0) | (network.upper < 0.0)).tolist():
            if column not in columns:
                raise VerificationError(
                    f"no flux of {network.reaction_ids[column]}, which the bounds force", where=where
                )
