"""The tree: every set within size and budget is visited, or cut off by a clause or a lethal part."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np

from strainopt.errors import SolverError
from strainopt.search.benders.clauses import bits, parts_of
from strainopt.search.benders.oracle import Oracle

__all__ = ["Descent", "Part"]

LOOK = 160
"""Clauses that are compared for the shortest one, and tried together for the last two deletions; they are sorted by
length, so more would rarely be shorter."""

EAGER = 4
"""Sets that may still grow by this many get their ceiling at once, deeper ones only where clauses leave doubt."""

CHECK_EVERY = 512
"""Nodes between two looks at the clock."""


Part: TypeAlias = tuple[int, int, int, float]
"""A subtree: (deleted, allowed, more, budget) for the sets with `deleted` and up to `more` of `allowed`."""


class Descent:
    """Depth-first search over sets of candidates (bit masks).

    `pulse` is called now and then, between nodes, where knowledge may be added and the value to beat be raised.
    """

    over_candidates = True
    """Whether clauses are over candidates, as deleted sets are."""

    def __init__(self, oracle: Oracle, costs: Sequence[float]) -> None:
        self.oracle = oracle
        self.costs = [float(cost) for cost in costs]
        self.nodes = 0
        self.pulse: Callable[[], None] | None = None
        self.eager = EAGER
        self._everything = (1 << len(self.costs)) - 1
        self._cut = 0
        self._parts: list[Part] = []

    def frontier(self, size: int, budget: float, *, depth: int) -> list[Part]:
        """Settle the sets of fewer than `depth` candidates; the subtrees below, which hold all others."""
        self._cut, self._parts = depth, []
        try:
            self.search(size, budget)
            return self._parts
        finally:
            self._cut, self._parts = 0, []

    def part_beside(self, deleted: int, *, more: int, budget: float) -> Part:
        """All sets with these and up to so many others, at no more than this cost in all."""
        allowed = self._everything & ~deleted & ~self.oracle.lethal.singles
        return deleted, allowed, more, budget - sum(self.costs[member] for member in bits(deleted))

    def search_part(self, part: Part) -> None:
        """Settle every set of a part, as `search` does."""
        deleted, allowed, more, budget = part
        oracle = self.oracle
        if oracle.lethal.nothing_left or not all(oracle.viable(1 << member) for member in bits(deleted)):
            return
        if more >= self.eager and not oracle.viable(deleted):
            return
        ceiling = oracle.ceilings.inherited(deleted)
        self._explore(deleted, self._members(deleted), more, budget, allowed, ceiling)

    def search(self, size: int, budget: float) -> None:
        """Settle every set of at most `size` candidates and at most this cost.

        When it returns, each of them beats no more than the value to beat (which may have risen meanwhile).
        """
        if self.oracle.lethal.nothing_left or not self.oracle.viable(0):
            return
        allowed = self._everything & ~self.oracle.lethal.singles
        self._explore(0, (), size, budget, allowed, self.oracle.ceilings.of(0))

    def settle(self, deleted: int, budget: float) -> None:
        """Settle one set alone, not the empty one: it fails a clause, is lethal or too dear, or is beaten."""
        members = tuple(bits(deleted))
        if sum(self.costs[member] for member in members) > budget:
            return
        if any(self.oracle.lethal.completes(deleted & ~(1 << member), member) for member in members):
            return
        last = 1 << members[-1]
        ceiling = self._ceiling(parts_of(deleted & ~last), last, self.oracle.ceilings.of(0))
        self._explore(deleted, self._members(deleted), 0, 0.0, 0, ceiling)

    def _explore(
        self, deleted: int, members: tuple[int, ...], more: int, budget: float, allowed: int, ceiling: float
    ) -> None:
        """Settle `deleted` with up to `more` of the allowed candidates added."""
        self.nodes += 1
        if self.nodes % CHECK_EVERY == 0:
            self.oracle.check_limits()
            if self.pulse is not None:
                self.pulse()
        oracle = self.oracle
        beaten: tuple[float, ...] = ()
        while True:
            unhit = oracle.clauses.unhit(deleted, members, oracle.required(ceiling))
            if unhit:
                break
            if not oracle.viable(deleted):
                return
            fresh = oracle.ceilings.of(deleted)
            if fresh < ceiling:
                ceiling = fresh
                continue
            vain = beaten.count(oracle.beta)
            if vain > 1:
                raise self._nothing_learned(deleted)
            beaten += (oracle.beta,)
            if not oracle.ask(deleted, exactly=vain == 1):
                return
            ceiling = min(ceiling, oracle.ceilings.of(deleted))
        if more == 0:
            return
        allowed &= ~oracle.lethal.singles
        if more == 1:
            self._last(deleted, members, budget, allowed, ceiling, unhit)
        else:
            self._branch(deleted, members, more, budget, allowed, ceiling, unhit)

    def _nothing_learned(self, deleted: int) -> SolverError:
        """A loop without end is no answer: seen nowhere, since each answer should speak at its own set."""
        return SolverError(
            "the search learns nothing from a set that it cannot settle",
            where=", ".join(self.oracle.problem.names[one] for one in bits(deleted)),
            why="by rounding, what linear programs say of it does not speak against it",
            hint="try another seed (--seed), another solver (--solver), or --engine milp",
        )

    def _branch(
        self,
        deleted: int,
        members: tuple[int, ...],
        more: int,
        budget: float,
        allowed: int,
        ceiling: float,
        unhit: int,
    ) -> None:
        """Some candidate of the shortest clause is deleted; each in turn, then forbidden for the later ones.

        Those that hit most clauses come first: what is forbidden then leaves little to choose in all later branches.
        """
        oracle, costs, hit = self.oracle, self.costs, self.oracle.clauses.hit
        pool = self._pool(unhit, allowed)
        parts: list[int] = []
        for candidate in sorted(bits(pool[0]), key=lambda one: (hit[one] & unhit).bit_count(), reverse=True):
            bit = 1 << candidate
            allowed &= ~bit
            left = allowed & ~oracle.lethal.partners(candidate)
            if more == 2:
                left = _completing(pool, bit, left)
                if not left:
                    continue
            if costs[candidate] > budget or oracle.lethal.completes(deleted, candidate):
                continue
            child = deleted | bit
            if self._hand_over(child, left, more - 1, budget - costs[candidate]):
                continue
            if more > self.eager and not oracle.viable(child):
                continue
            parts = parts or parts_of(deleted)
            ceiling_there = self._ceiling(parts, bit, ceiling)
            self._explore(child, (*members, candidate), more - 1, budget - costs[candidate], left, ceiling_there)

    def _last(
        self, deleted: int, members: tuple[int, ...], budget: float, allowed: int, ceiling: float, unhit: int
    ) -> None:
        """One more deletion at most: only a candidate that hits every clause can help."""
        oracle, hit = self.oracle, self.oracle.clauses.hit
        parts: list[int] = []
        for candidate in bits(allowed):
            if unhit & ~hit[candidate]:
                continue
            if self.costs[candidate] > budget or oracle.lethal.completes(deleted, candidate):
                continue
            bit = 1 << candidate
            parts = parts or parts_of(deleted)
            self._explore(deleted | bit, (*members, candidate), 0, 0.0, 0, self._ceiling(parts, bit, ceiling))

    def _members(self, deleted: int) -> tuple[int, ...]:
        """What of the clauses' alphabet a set of candidates contains."""
        return tuple(bits(deleted))

    def _hand_over(self, child: int, allowed: int, more: int, budget: float) -> bool:
        """Whether a subtree is deep enough to be left to others as a part."""
        if not 0 < self._cut <= child.bit_count():
            return False
        self._parts.append((child, allowed, more, budget))
        return True

    def _ceiling(self, parts: list[int], bit: int, ceiling: float) -> float:
        """The least ceiling known of the child's parts."""
        values = self.oracle.ceilings.values
        for part in parts:
            known = values.get(part | bit)
            if known is not None and known < ceiling:
                ceiling = known
        return ceiling

    def _pool(self, unhit: int, allowed: int) -> list[int]:
        """Allowed candidates of some unhit clauses, fewest first."""
        supports = self.oracle.clauses.supports
        octets = np.frombuffer(unhit.to_bytes(unhit.bit_length() // 8 + 1, "little"), dtype=np.uint8)
        # as booleans, of which numpy finds the few that are true in a third of the time
        first = np.unpackbits(octets, bitorder="little").view(np.bool_).nonzero()[0][:LOOK].tolist()
        return sorted((supports[clause] & allowed for clause in first), key=int.bit_count)


def _completing(pool: list[int], bit: int, allowed: int) -> int:
    """Allowed candidates that hit every clause of the pool that this one does not."""
    for support in pool:
        if not support & bit:
            allowed &= support
            if not allowed:
                break
    return allowed
