"""From a flux vector to the candidates of its clause."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from strainopt.bilevel.problem import AllIntact, Intact, Leaf, holds
from strainopt.lp.program import FloatArray
from strainopt.search.benders.clauses import bits

__all__ = ["Supports"]


class Supports:
    """Which candidates' deletion could disturb a flux vector.

    Every switched column with any flux at all counts, however small: a longer clause is weaker but true. Where
    isozymes keep a column open, one that is intact is chosen at random: if none of its genes is deleted, the flux
    vector stays feasible.
    """

    def __init__(self, intact: Mapping[int, Intact], *, seed: int) -> None:
        self._rules = intact
        self._switched = np.array(sorted(intact), dtype=np.intp)
        self._random = np.random.default_rng(seed + 1)

    def of(self, flux: FloatArray, deleted: int) -> int:
        """Bit mask of the support; disjoint from `deleted`, which must leave the used columns open."""
        gone = frozenset(bits(deleted))
        support = 0
        for column in self._switched[flux[self._switched] != 0.0]:
            support |= self._intact_part(self._rules[int(column)], gone)
        return support

    def _intact_part(self, rule: Intact, gone: frozenset[int]) -> int:
        if isinstance(rule, Leaf):
            return 1 << rule.candidate
        if isinstance(rule, AllIntact):
            support = 0
            for part in rule.parts:
                support |= self._intact_part(part, gone)
            return support
        intact = [part for part in rule.parts if holds(part, gone)]
        return self._intact_part(intact[int(self._random.integers(len(intact)))], gone)
