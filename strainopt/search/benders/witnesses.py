"""The witnesses as clauses: bit sets over clauses, one per candidate, and which clauses speak at a node.

A witness v with growth g(v) speaks against every superset of K that leaves it feasible once g(v) reaches what the
rule requires at the ceiling G(K). So no condition is stored with a clause: at a node all witnesses that grow fast
enough for the node's ceiling are active. Exceptions are ties settled exactly, which carry their set as a condition.
"""

from __future__ import annotations

import math

import numpy as np

from strainopt.search.benders.clauses import bits
from strainopt.search.benders.exchange import Clause

__all__ = ["Witnesses"]

MOST_MASKS = 20_000
"""Remembered activity masks; a mask is about a kilobyte."""


class Witnesses:
    """Clauses as Python integers used as bit sets.

    Attributes
    ----------
    hit : list of int
        Per candidate, the clauses whose support contains it.
    supports : list of int
        Per clause, its support as a bit mask of candidates.
    version : int
        Grows with every clause.
    """

    def __init__(self, n_candidates: int, *, caps_product: bool, slack: float) -> None:
        self._slack = slack
        self._caps = caps_product
        self.hit = [0] * n_candidates
        self.supports: list[int] = []
        self._growth = np.zeros(256)
        self._product = np.zeros(256)
        self._conditions: list[tuple[int, int, float]] = []
        self._product_limit = math.inf
        self._masks: dict[float, tuple[int, int]] = {}
        self._untold: list[Clause] | None = None

    def __len__(self) -> int:
        return len(self.supports)

    def add(self, support: int, *, growth: float, product: float, condition: int | None = None) -> None:
        """Add a witness; with a condition it speaks only in supersets of it, and while product <= the limit."""
        if self._untold is not None and condition is None:
            self._untold.append(Clause(support, growth, product))
        # a witness stands at the edge of its own demand, which allows for this slack
        slack = self._slack
        bit = self._append(
            support,
            growth + slack * (1.0 + abs(growth)) if condition is None else -math.inf,
            product - slack * (1.0 + abs(product)),
        )
        if condition is not None:
            self._conditions.append((condition, bit, product))

    def learn_from(self, other: Witnesses) -> None:
        """Take over what others, of the same problem and rule, have without a condition and these have not."""
        known = set(zip(self.supports, self._growth.tolist(), strict=False))
        for support, growth, product in zip(
            tuple(other.supports), other._growth.tolist(), other._product.tolist(), strict=False
        ):
            if growth > -math.inf and (support, growth) not in known:
                self._append(support, growth, product)

    def _append(self, support: int, growth: float, product: float) -> int:
        """Add a clause as it is kept; its bit."""
        place = len(self.supports)
        if place == len(self._growth):
            self._growth = np.concatenate([self._growth, np.zeros(place)])
            self._product = np.concatenate([self._product, np.zeros(place)])
        self.supports.append(support)
        self._growth[place] = growth
        self._product[place] = product
        bit = 1 << place
        for candidate in bits(support):
            self.hit[candidate] |= bit
        return bit

    def untold(self) -> list[Clause]:
        """Unconditional clauses added since the last call; from the first call on they are remembered for the next."""
        told, self._untold = self._untold or [], []
        return told

    def set_product_limit(self, limit: float) -> None:
        """Witnesses above the limit say nothing; the rule decides whether that matters."""
        if limit < self._product_limit:
            # what was settled at a higher limit is settled no longer
            self._conditions = [one for one in self._conditions if one[2] <= limit]
        self._product_limit = limit
        self._masks.clear()

    def unhit(self, deleted: int, members: tuple[int, ...], required: float) -> int:
        """Clauses that speak at the node `deleted` and contain none of its candidates."""
        found = self._active(required)
        for condition, bit, _product in self._conditions:
            if condition & ~deleted == 0:
                found |= bit
        if not members:
            return found
        done = 0
        for candidate in members:
            done |= self.hit[candidate]
        return found & ~done

    def _active(self, required: float) -> int:
        n = len(self.supports)
        mask, upto = self._masks.get(required, (0, 0))
        if upto == n:
            return mask
        if n - upto > 8:
            speaks = self._growth[upto:n] >= required
            if self._caps:
                speaks &= self._product[upto:n] <= self._product_limit
            mask |= int.from_bytes(np.packbits(speaks, bitorder="little").tobytes(), "little") << upto
        else:
            for place in range(upto, n):
                if self._growth[place] >= required and not (self._caps and self._product[place] > self._product_limit):
                    mask |= 1 << place
        if len(self._masks) > MOST_MASKS:
            self._masks.clear()
        self._masks[required] = (mask, n)
        return mask

    def sort(self) -> None:
        """Put short clauses first, so that the lowest bit of a set is its strongest clause. Ends all old masks."""
        n = len(self.supports)
        order = sorted(range(n), key=lambda place: (self.supports[place].bit_count(), place))
        rank = {place: position for position, place in enumerate(order)}
        self.supports = [self.supports[place] for place in order]
        self._growth[:n] = self._growth[order]
        self._product[:n] = self._product[order]
        self._conditions = [(c, 1 << rank[bit.bit_length() - 1], p) for c, bit, p in self._conditions]
        self.hit = [0] * len(self.hit)
        for place, support in enumerate(self.supports):
            for candidate in bits(support):
                self.hit[candidate] |= 1 << place
        self._masks.clear()
