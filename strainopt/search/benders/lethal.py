"""Sets that no design may contain."""

from __future__ import annotations

from collections.abc import Iterable

from strainopt.search.benders.clauses import bits

__all__ = ["LethalSets"]


class LethalSets:
    """Bit masks of sets none of whose supersets is wanted: not viable with the product asked for, or excluded.

    Attributes
    ----------
    singles : int
        Bit mask of candidates that are lethal alone.
    """

    def __init__(self, n_candidates: int, excluded: Iterable[frozenset[int]]) -> None:
        self._n = n_candidates
        self._excluded = [sum(1 << c for c in one) for one in excluded]
        self.reset()

    def reset(self) -> None:
        """Forget all but the excluded sets, which hold whatever product is asked for."""
        self.singles = 0
        self.count = 0
        self._pairs = [0] * self._n
        self._larger: list[list[int]] = [[] for _ in range(self._n)]
        self.nothing_left = any(one == 0 for one in self._excluded)
        self._untold: list[int] = []
        for one in self._excluded:
            self.add(one)

    def add(self, mask: int) -> None:
        """Forbid every superset of `mask`; the empty mask forbids everything."""
        self.count += 1
        self._untold.append(mask)
        members = list(bits(mask))
        if not members:
            self.nothing_left = True
        elif len(members) == 1:
            self.singles |= mask
        elif len(members) == 2:
            first, second = members
            self._pairs[first] |= 1 << second
            self._pairs[second] |= 1 << first
        else:
            for member in members:
                self._larger[member].append(mask ^ (1 << member))

    def untold(self) -> list[int]:
        """Those added since the last call or reset."""
        told, self._untold = self._untold, []
        return told

    def partners(self, candidate: int) -> int:
        """Candidates that are lethal together with this one."""
        return self._pairs[candidate]

    def completes(self, deleted: int, candidate: int) -> bool:
        """Whether adding `candidate` to `deleted` completes a lethal set."""
        if (self.singles >> candidate) & 1 or self._pairs[candidate] & deleted:
            return True
        left = ~deleted
        # a loop, not any(...): the search asks this for every set it enters
        for rest in self._larger[candidate]:  # noqa: SIM110
            if not rest & left:
                return True
        return False
