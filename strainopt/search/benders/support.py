"""From a flux vector to the candidates of its clause."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from strainopt.bilevel.problem import AllIntact, AnyIntact, Intact, Leaf, holds
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
        self._switched = np.array(sorted(intact), dtype=np.intp)
        self._rules = [intact[column] for column in self._switched.tolist()]
        self._alone = [1 << rule.candidate if isinstance(rule, Leaf) else 0 for rule in self._rules]
        self._random = np.random.default_rng(seed + 1)

    def of(self, flux: FloatArray, deleted: int) -> int:
        """Bit mask of the support; disjoint from `deleted`, which must leave the used columns open."""
        support, choices = 0, []
        for place in np.flatnonzero(flux[self._switched]).tolist():
            if self._alone[place]:
                support |= self._alone[place]
            else:
                choices.append(self._rules[place])
        if choices:
            gone = frozenset(bits(deleted))
            for rule in choices:
                support |= self._intact_part(rule, gone)
        return support

    def _intact_part(self, rule: Intact, gone: frozenset[int]) -> int:
        if isinstance(rule, Leaf):
            return 1 << rule.candidate
        if isinstance(rule, AllIntact):
            support = 0
            for part in rule.parts:
                support |= self._intact_part(part, gone)
            return support
        if not isinstance(rule, AnyIntact):
            raise TypeError("knock-ins are decided before this search (see `search.purchases`)")
        intact = [part for part in rule.parts if holds(part, gone)]
        return self._intact_part(intact[int(self._random.integers(len(intact)))], gone)
