"""Moves: the smallest sets of candidates that close some column.

At reaction level each candidate is a move. Where columns stay open while any of several isozymes is intact, a move is
what has to go together: deleting less of it does nothing to the column. A flux state is disturbed by a set of
deletions exactly if the set contains a move that closes a column which the state uses. So clauses over moves say all
that a state can say, and a search that branches on moves never spends a deletion on nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from strainopt.bilevel.problem import AllIntact, AnyIntact, Intact, Leaf
from strainopt.lp.program import FloatArray
from strainopt.search.benders.clauses import bits

__all__ = ["Moves", "moves_of"]

MOST_MOVES = 20_000
"""Beyond, clauses over moves cost more than they say."""


class Moves:
    """Numbered moves; the first n are the single candidates, whether or not they close anything alone.

    Attributes
    ----------
    n : int
        Candidates.
    candidates : list of int
        Per move, its candidates as a bit mask.
    closing : dict from column to int
        Bit mask of the moves that close it.
    having : list of int
        Per candidate, bit mask of the moves that contain it.
    larger : list of list of int
        Per candidate, the moves of two candidates and more that contain it.
    """

    def __init__(self, n: int, closing: Mapping[int, Iterable[int]]) -> None:
        self.n = n
        self.candidates = [1 << candidate for candidate in range(n)]
        number = {mask: place for place, mask in enumerate(self.candidates)}
        several = sorted({mask for masks in closing.values() for mask in masks}, key=lambda m: (m.bit_count(), m))
        for mask in several:
            if mask not in number:
                number[mask] = len(self.candidates)
                self.candidates.append(mask)
        self.closing = {column: sum(1 << number[mask] for mask in masks) for column, masks in closing.items()}
        self.having = [1 << candidate for candidate in range(n)]
        self.larger: list[list[int]] = [[] for _ in range(n)]
        for place in range(n, len(self.candidates)):
            for candidate in bits(self.candidates[place]):
                self.having[candidate] |= 1 << place
                self.larger[candidate].append(place)
        largest = max((mask.bit_count() for mask in self.candidates), default=0)
        self._up_to = [
            sum(1 << move for move, mask in enumerate(self.candidates) if mask.bit_count() <= count)
            for count in range(largest + 1)
        ]

    def __len__(self) -> int:
        return len(self.candidates)

    @property
    def single(self) -> bool:
        """Whether every move is one candidate."""
        return len(self.candidates) == self.n

    def up_to(self, count: int) -> int:
        """Bit mask of the moves of at most so many candidates."""
        return self._up_to[min(count, len(self._up_to) - 1)]

    def within(self, chosen: int) -> list[int]:
        """Moves that a set contains."""
        larger = {move for candidate in bits(chosen) for move in self.larger[candidate]}
        return [*bits(chosen), *sorted(move for move in larger if self.candidates[move] & ~chosen == 0)]

    def of(self, flux: FloatArray, deleted: int) -> int:  # noqa: ARG002 - as in `Supports`
        """Moves that disturb a flux state, as a bit mask; any flux at all counts, however small."""
        found = 0
        for column in np.flatnonzero(flux).tolist():
            found |= self.closing.get(column, 0)
        return found


def moves_of(intact: Mapping[int, Intact], n: int, *, most: int) -> Moves | None:
    """The moves of up to `most` candidates, in a problem of n; None if there are more than `MOST_MOVES`."""
    known: dict[Intact, tuple[int, ...]] = {}
    try:
        closing = {column: _breaking(rule, most, known) for column, rule in intact.items()}
    except _TooMany:
        return None
    return Moves(n, closing) if len({m for masks in closing.values() for m in masks}) <= MOST_MOVES else None


class _TooMany(Exception):  # noqa: N818 - a signal between the functions of this module
    """A rule has more moves than are worth listing."""


def _breaking(rule: Intact, most: int, known: dict[Intact, tuple[int, ...]]) -> tuple[int, ...]:
    """Smallest sets of up to `most` candidates whose deletion makes the rule fail."""
    if isinstance(rule, Leaf):
        return (1 << rule.candidate,)
    if not isinstance(rule, (AllIntact, AnyIntact)):
        raise TypeError("knock-ins are decided before this search (see `search.purchases`)")
    if rule in known:
        return known[rule]
    parts = [_breaking(part, most, known) for part in rule.parts]
    if isinstance(rule, AllIntact):
        found = _smallest(mask for masks in parts for mask in masks)
    else:
        found = [0]
        for masks in parts:
            found = _smallest(one | mask for one in found for mask in masks if (one | mask).bit_count() <= most)
            if len(found) > MOST_MOVES:
                raise _TooMany
    known[rule] = tuple(found)
    return known[rule]


def _smallest(masks: Iterable[int]) -> list[int]:
    """Those that contain no other, each once."""
    kept: list[int] = []
    for mask in sorted(set(masks), key=int.bit_count):
        if not any(one & ~mask == 0 for one in kept):
            kept.append(mask)
    return kept
