"""Candidate sets as bit masks, and what is known about cut sets: clauses from witnesses, and lethal sets."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

__all__ = ["FEW", "Knowledge", "bits", "mask_of", "parts_of", "some_parts_of"]

FEW = 8
"""Members of a set up to which all its subsets are looked at."""


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


def parts_of(mask: int) -> list[int]:
    """Every subset of a set of candidates, the empty one first."""
    parts = [0]
    for candidate in bits(mask):
        parts += [part | 1 << candidate for part in parts]
    return parts


def some_parts_of(mask: int) -> list[int]:
    """As `parts_of`; of more than `FEW` candidates only parts of up to two, and the whole."""
    members = [1 << candidate for candidate in bits(mask)]
    if len(members) <= FEW:
        return parts_of(mask)
    return [0, *members, *(one | other for one, other in itertools.combinations(members, 2)), mask]


class Knowledge:
    """Clauses and lethal sets of the search for cut sets, indexed for its tree.

    A clause is a bit mask: every cut set deletes something in it. A lethal set is one that no wanted set contains.

    Attributes
    ----------
    supports : list of int
        The clauses.
    dead : int
        Bit mask of candidates that are lethal alone.
    """

    def __init__(self, n_candidates: int) -> None:
        self.supports: list[int] = []
        self.dead = 0
        self._everything = 0
        self._hit_by = [0] * n_candidates
        self._lethal: set[int] = set()
        self._lethal_with: list[list[int]] = [[] for _ in range(n_candidates)]

    def add_clause(self, support: int) -> None:
        """Learn a clause."""
        here = 1 << len(self.supports)
        self.supports.append(support)
        self._everything |= here
        for candidate in bits(support):
            self._hit_by[candidate] |= here

    def add_lethal(self, part: int) -> None:
        """Learn that no wanted set contains this part; single candidates are dead from then on."""
        if part in self._lethal:
            return
        self._lethal.add(part)
        if part.bit_count() == 1:
            self.dead |= part
        for candidate in bits(part):
            self._lethal_with[candidate].append(part)

    def condemned(self, deleted: int) -> bool:
        """Whether the set contains a lethal part."""
        return 0 in self._lethal or any(self.condemned_with(deleted, candidate) for candidate in bits(deleted))

    def condemned_with(self, deleted: int, candidate: int) -> bool:
        """Whether the set with a candidate added contains a lethal part that has the candidate."""
        whole = deleted | 1 << candidate
        return any(part & ~whole == 0 for part in self._lethal_with[candidate])

    def open_clauses(self, deleted: int) -> int:
        """Clauses that nothing deleted hits, as a bit mask over their numbers."""
        hit = 0
        for candidate in bits(deleted):
            hit |= self._hit_by[candidate]
        return self._everything & ~hit

    def hits(self, candidate: int, clauses: int) -> int:
        """How many of some clauses a candidate hits."""
        return (self._hit_by[candidate] & clauses).bit_count()
