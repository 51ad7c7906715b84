"""A walk over sets that tries to hit every clause: quick to find designs, unable to prove that there are none.

The tree takes sets in an order that suits its proof. The walk goes where few clauses are left: from an unhit clause one
candidate comes in, and where the set is full, the one goes whose clauses are hit by others (WalkSAT, Selman et al.
1994, with a tabu list). A set that hits all is put to the oracle, whose answer is a design, a clause or a lethal set;
so no set is asked twice. Costs are not looked at: who takes the designs says what they are good for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from strainopt.search.benders.clauses import bits
from strainopt.search.benders.oracle import Oracle

__all__ = ["Walk"]

CLAUSES = 12
"""Short unhit clauses of which one is drawn; they are sorted by length."""

CHOICES = 8
"""Candidates of a clause, those that hit most, that are tried in every place of a full set."""

LENGTH = 3_000
"""Steps before a new beginning."""

STAY, AWAY = (3, 7), (8, 16)
"""Steps for which a candidate that came in stays, and one that went stays away: least, and most less one."""


class Walk:
    """One walk, which goes on where it was.

    Parameters
    ----------
    oracle : Oracle
        Asked about sets; its clauses are over candidates, not over moves.
    known : callable
        How many designs the oracle has found so far.
    size : int
        Most candidates of a set.
    generator : Generator
        Draws.
    """

    def __init__(self, oracle: Oracle, known: Callable[[], int], *, size: int, generator: np.random.Generator) -> None:
        self._oracle, self._known = oracle, known
        self._size = size
        self._random = generator
        self._tabu: dict[int, int] = {}
        self._step = 0
        self.begin(0)

    def begin(self, mask: int) -> None:
        """Go on from this set."""
        self._mask = mask
        self._tabu.clear()
        self._end = self._step + LENGTH

    def go(self, asks: int) -> bool:
        """Walk until the oracle was asked so often; true, and at once, where a design was found."""
        oracle = self._oracle
        known, last = self._known(), oracle.counts.asked + asks
        # where hardly a step ends in a question there is nothing to be found
        patience = self._step + LENGTH + 20 * asks
        while oracle.counts.asked < last and self._step < patience:
            self._step += 1
            if self._step % 64 == 0:
                oracle.check_limits()
            if self._step > self._end:
                self.begin(0)
            self._advance()
            if self._known() > known:
                return True
        return False

    def _advance(self) -> None:
        """One step: leave a lethal set, put the set to the oracle, or hit one more clause."""
        oracle, mask = self._oracle, self._mask
        members = tuple(bits(mask))
        lethal = [one for one in members if oracle.lethal.completes(mask & ~(1 << one), one)]
        if lethal:
            self._leave(self._drawn(lethal))
            return
        ceiling = oracle.ceilings.inherited(mask)
        required = oracle.required(ceiling)
        unhit = oracle.clauses.unhit(mask, members, required)
        if unhit:
            self._hit_more(members, unhit, required)
        elif oracle.viable(mask) and oracle.ceilings.of(mask) >= ceiling:
            oracle.ask(mask)

    def _hit_more(self, members: tuple[int, ...], unhit: int, required: float) -> None:
        oracle = self._oracle
        hit, supports = oracle.clauses.hit, oracle.clauses.supports
        short = [clause for clause, _ in zip(bits(unhit), range(CLAUSES), strict=False)]
        support = supports[self._drawn(short)] & ~oracle.lethal.singles & ~self._mask
        free = [one for one in bits(support) if self._tabu.get(one, -1) < self._step]
        gain = {one: ((hit[one] & unhit).bit_count(), self._random.random()) for one in free}
        best = sorted(free, key=lambda one: gain[one], reverse=True)[:CHOICES]
        if best and len(members) < self._size:
            self._enter(best[0])
            return
        exchange = self._best_exchange(members, best, oracle.clauses.unhit(0, (), required))
        if exchange is not None:
            self._leave(exchange[0])
            self._enter(exchange[1])
        elif members:
            self._leave(self._drawn(members))

    def _best_exchange(self, members: tuple[int, ...], best: list[int], active: int) -> tuple[int, int] | None:
        """Who goes and who comes, so that fewest clauses are left unhit; none where nobody may."""
        hit = self._oracle.clauses.hit
        found: tuple[tuple[int, float], int, int] | None = None
        for going in members:
            if self._tabu.get(going, -1) >= self._step:
                continue
            others = 0
            for one in members:
                if one != going:
                    others |= hit[one]
            left = active & ~others
            for coming in best:
                key = ((left & ~hit[coming]).bit_count(), self._random.random())
                if found is None or key < found[0]:
                    found = (key, going, coming)
        return None if found is None else found[1:]

    def _enter(self, candidate: int) -> None:
        self._mask |= 1 << candidate
        self._tabu[candidate] = self._step + int(self._random.integers(*STAY))

    def _leave(self, candidate: int) -> None:
        self._mask &= ~(1 << candidate)
        self._tabu[candidate] = self._step + int(self._random.integers(*AWAY))

    def _drawn(self, among: Sequence[int]) -> int:
        return among[int(self._random.integers(len(among)))]
