"""What is known about designs: clauses from witnesses, and lethal sets. Candidate sets are bit masks."""

from __future__ import annotations

import math
from collections.abc import Iterator

__all__ = ["Knowledge", "bits", "mask_of", "subsets"]


def mask_of(candidates: frozenset[int]) -> int:
    """The bit mask of a set of candidates."""
    mask = 0
    for candidate in candidates:
        mask |= 1 << candidate
    return mask


def bits(mask: int) -> Iterator[int]:
    """Positions of the ones, ascending."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


def subsets(mask: int) -> list[int]:
    """All parts of a set, by size, then by number."""
    parts = [0]
    for candidate in bits(mask):
        parts += [part | 1 << candidate for part in parts]
    return sorted(parts, key=lambda part: (part.bit_count(), part))


class Knowledge:
    """Clauses and lethal sets, indexed for the tree.

    A clause (condition, support) says: a design that contains the condition and beats the bound deletes something in
    the support. A lethal set says: no design that beats the bound contains it. Both hold at the bound they were
    learned at (their level) and at every higher one; `select` puts those that hold at a bound into the index.
    """

    def __init__(self, n_candidates: int) -> None:
        self.n_candidates = n_candidates
        self._clauses: list[tuple[float, int, int]] = []
        self._lethal: list[tuple[float, int]] = []
        self.select(math.inf)

    def select(self, bound: float) -> None:
        """Index what holds at a bound."""
        self.supports: list[int] = []
        self._by_condition: dict[int, int] = {}
        self._hit_by = [0] * self.n_candidates
        self._lethal_with: list[list[int]] = [[] for _ in range(self.n_candidates)]
        self.lethal: set[int] = set()
        self.dead = 0
        self.unconditional = 0
        for level, condition, support in self._clauses:
            if level <= bound:
                self._index_clause(condition, support)
        for level, part in self._lethal:
            if level <= bound:
                self._index_lethal(part)

    @property
    def learned(self) -> tuple[int, int]:
        """How many clauses and lethal sets were learned at any bound."""
        return len(self._clauses), len(self._lethal)

    def add_clause(self, condition: int, support: int, *, level: float) -> None:
        """Learn a clause that holds from this bound on."""
        self._clauses.append((level, condition, support))
        self._index_clause(condition, support)

    def add_lethal(self, part: int, *, level: float) -> None:
        """Learn that no design contains this part; single candidates are dead from then on."""
        if part not in self.lethal:
            self._lethal.append((level, part))
            self._index_lethal(part)

    def _index_clause(self, condition: int, support: int) -> None:
        here = 1 << len(self.supports)
        self.supports.append(support)
        self.unconditional += condition == 0
        self._by_condition[condition] = self._by_condition.get(condition, 0) | here
        for candidate in bits(support):
            self._hit_by[candidate] |= here

    def _index_lethal(self, part: int) -> None:
        if part in self.lethal:
            return
        self.lethal.add(part)
        if part.bit_count() == 1:
            self.dead |= part
        for candidate in bits(part):
            self._lethal_with[candidate].append(part)

    def condemned(self, deleted: int) -> bool:
        """Whether the set contains a lethal part."""
        return any(part & ~deleted == 0 for part in self.lethal)

    def condemned_with(self, deleted: int, candidate: int) -> bool:
        """Whether adding a candidate completes a lethal part."""
        whole = deleted | 1 << candidate
        return any(part & ~whole == 0 for part in self._lethal_with[candidate])

    def open_clauses(self, deleted: int) -> int:
        """Clauses, as a bit mask over their numbers, whose condition holds and that nothing deleted hits."""
        active = 0
        for condition, clauses in self._conditions_within(deleted):
            active |= clauses if condition & ~deleted == 0 else 0
        for candidate in bits(deleted):
            active &= ~self._hit_by[candidate]
        return active

    def _conditions_within(self, deleted: int) -> Iterator[tuple[int, int]]:
        if 1 << deleted.bit_count() < len(self._by_condition):
            for part in subsets(deleted):
                if part in self._by_condition:
                    yield part, self._by_condition[part]
        else:
            yield from self._by_condition.items()
