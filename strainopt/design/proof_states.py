"""Flux states of lumps as flux states of reactions, balanced as well as doubles can."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy import sparse

from strainopt.errors import VerificationError
from strainopt.lp.program import FloatArray, IntArray
from strainopt.proof.case import Case
from strainopt.search.benders.record import smallest_solution
from strainopt.tolerances import PROOF_BALANCE, WITNESS_ROUNDING

__all__ = ["LumpedStates"]

REFINED = 1e-3
"""Part of the balance tolerance that states are refined to."""

ROUNDS = 4


class LumpedStates:
    """Lumps as arrays for linear programs, and the way back to reactions."""

    def __init__(self, case: Case) -> None:
        self._case = case
        rows = sorted({row for lump in case.lumps for row in lump.terms})
        place = {row: number for number, row in enumerate(rows)}
        self.rows = rows
        entries = [
            (place[row], column, float(value))
            for column, lump in enumerate(case.lumps)
            for row, value in lump.terms.items()
        ]
        at, columns, values = zip(*entries, strict=True) if entries else ((), (), ())
        self.matrix = sparse.csc_array((values, (at, columns)), shape=(len(rows), len(case.lumps)))
        self.lower, self.upper = case.arithmetic.lower, case.arithmetic.upper
        # in the order of the columns: reactions, with the narrow bounds where they have some, then rests
        self._low = [float(value) for value in case.columns.lower]
        self._high = [float(value) for value in case.columns.upper]
        self._members = [[(member, float(factor)) for member, factor in lump.members] for lump in case.lumps]

    def prices(self, values: FloatArray) -> dict[str, float]:
        """Prices by metabolite, those that are not zero."""
        names = self._case.network.metabolite_ids
        return {names[row]: float(value) for row, value in zip(self.rows, values, strict=True) if value != 0.0}

    def lift(self, flux: FloatArray, closed: IntArray) -> Mapping[str, float] | None:
        """The reactions' fluxes, balanced and within bounds as proofs ask; None where that cannot be had."""
        for rounding in (WITNESS_ROUNDING, 0.0):
            refined = self._refined(np.where(np.abs(flux) <= rounding, 0.0, flux), closed)
            found = self._reactions(refined)
            try:
                self._case.fluxes.check(found, where="state")
            except VerificationError:
                continue
            return found
        return None

    def _refined(self, flux: FloatArray, closed: IntArray) -> FloatArray:
        """Move the fluxes in use, as little as will do, until all balances hold to rounding."""
        state = np.clip(flux, self.lower, self.upper)
        state[closed] = 0.0
        for _ in range(ROUNDS):
            used = np.flatnonzero((state != 0.0) & (state > self.lower) & (state < self.upper))
            short = self.matrix @ state
            sizes = abs(self.matrix) @ np.abs(state)
            touched = np.flatnonzero(sizes)
            if not len(used) or np.all(np.abs(short[touched]) <= REFINED * PROOF_BALANCE * sizes[touched]):
                break
            # rows are weighted by what they turn over, so that traces are balanced as well as torrents
            part = sparse.diags_array(1.0 / sizes[touched]) @ self.matrix[touched][:, used]
            part = sparse.csc_array(part @ sparse.diags_array(np.abs(state[used])))
            step = smallest_solution(part, -short[touched] / sizes[touched])
            state[used] += step * np.abs(state[used])
            state = np.clip(state, self.lower, self.upper)
        return state

    def _reactions(self, state: FloatArray) -> dict[str, float]:
        names, reaction = self._case.network.reaction_ids, self._case.columns.reaction
        found: dict[str, float] = {}
        for column in np.flatnonzero(state).tolist():
            for member, factor in self._members[column]:
                value = min(max(factor * float(state[column]), self._low[member]), self._high[member])
                name = names[reaction[member]]
                found[name] = found.get(name, 0.0) + value
        return {name: value for name, value in found.items() if value != 0.0}
