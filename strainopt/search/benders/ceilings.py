"""Ceilings G(K), remembered: the largest growth of a set of deletions with at least the product to beat."""

from __future__ import annotations

import math

from strainopt.search.benders.clauses import bits, some_parts_of
from strainopt.search.benders.programs import Programs
from strainopt.search.benders.scaled import Scaled

__all__ = ["Ceilings"]

NOISE = 1e-9
"""Below it a dual value is taken for zero."""


class Ceilings:
    """Upper bounds on G, which falls as deletions are added and as the product to beat rises.

    So a value stays valid for supersets and for larger products; it is computed again where the product has risen.

    Attributes
    ----------
    values : dict from bit mask to float
        Computed so far, at this product or a smaller one.
    """

    def __init__(self, scaled: Scaled, programs: Programs) -> None:
        self._scaled = scaled
        self._programs = programs
        self._product = -math.inf
        self._fresh: set[int] = set()
        self._of_columns: dict[bytes, float] = {}
        self.values: dict[int, float] = {}
        self._untold: list[tuple[int, float, float]] = []

    def set_product(self, least: float) -> None:
        """Change the product to beat; smaller than before makes every value invalid."""
        if least == self._product:
            return
        if least < self._product:
            self.values.clear()
        self._fresh.clear()
        self._of_columns.clear()
        self._product = least
        self._programs.set_product(least)

    def of(self, deleted: int) -> float:
        """G of a set, computed if not known at this product."""
        if deleted not in self._fresh:
            self.values[deleted] = min(self._computed(deleted), self.values.get(deleted, math.inf))
            self._fresh.add(deleted)
            self._untold.append((deleted, self._product, self.values[deleted]))
        return self.values[deleted]

    def inherited(self, deleted: int) -> float:
        """The least value known of its parts (large ones: of small parts), which bounds that of the set."""
        known = self.values
        nothing = self.of(0)
        return min((known[part] for part in some_parts_of(deleted) if part in known), default=nothing)

    def resting_on(self, deleted: int) -> int:
        """About the part of a set that its value rests on, by the dual proof of its program, solved again for that."""
        closed = self._scaled.closed(deleted)
        if closed is None:
            return deleted
        self._programs.ceiling(closed)
        resting = self._programs.behind_ceiling() > NOISE
        part = 0
        for candidate in bits(deleted):
            alone = self._scaled.closed(1 << candidate)
            if alone is None or resting[alone].any():
                part |= 1 << candidate
        return part

    def hear(self, deleted: int, product: float, value: float) -> None:
        """Take over what another run has computed, where it holds at this product."""
        if product <= self._product:
            self.values[deleted] = min(value, self.values.get(deleted, math.inf))
            if product == self._product:
                self._fresh.add(deleted)

    def untold(self) -> list[tuple[int, float, float]]:
        """(set, product, value) of those computed since the last call."""
        told, self._untold = self._untold, []
        return told

    def _computed(self, deleted: int) -> float:
        closed = self._scaled.closed(deleted)
        if closed is None:
            return -math.inf
        # isozymes: other candidates, the same columns
        columns = closed.tobytes()
        if columns not in self._of_columns:
            self._of_columns[columns] = self._programs.ceiling(closed)
        return self._of_columns[columns]
