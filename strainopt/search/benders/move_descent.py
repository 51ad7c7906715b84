"""The tree over moves, where some columns close only if several candidates go together."""

from __future__ import annotations

from collections.abc import Sequence

from strainopt.search.benders.clauses import bits, parts_of
from strainopt.search.benders.descent import Descent
from strainopt.search.benders.moves import Moves
from strainopt.search.benders.oracle import Oracle

__all__ = ["MoveDescent", "descent_for"]


def descent_for(oracle: Oracle, costs: Sequence[float], moves: Moves | None) -> Descent:
    """The tree for these moves; without them, or where each is one candidate, candidates are what it branches on."""
    return Descent(oracle, costs) if moves is None or moves.single else MoveDescent(oracle, costs, moves)


class MoveDescent(Descent):
    """Branches on what is missing of a move, so that every deletion closes something.

    Clauses and what is still allowed are bit masks of moves; deleted sets and lethal sets are bit masks of candidates.
    """

    over_candidates = False

    def __init__(self, oracle: Oracle, costs: Sequence[float], moves: Moves) -> None:
        super().__init__(oracle, costs)
        self._moves = moves
        self._everything = (1 << len(moves)) - 1
        self._singles = (1 << moves.n) - 1

    def _members(self, deleted: int) -> tuple[int, ...]:
        return tuple(self._moves.within(deleted))

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
        """Some move of the shortest clause is completed; each in turn, then forbidden for the later ones."""
        oracle, moves = self.oracle, self._moves
        pool = self._pool(unhit, self._in_reach(deleted, more, allowed))
        parts = parts_of(deleted)
        settled: list[int] = []
        for missing, same in self._choices(pool[0], deleted, unhit):
            if any(one & ~missing == 0 for one in settled):
                continue
            settled.append(missing)
            # moves that hold a single candidate stay open in its own branch, where the rest of them is missing
            allowed_there = allowed & ~same
            allowed &= ~(moves.having[missing.bit_length() - 1] if missing.bit_count() == 1 else same)
            child = deleted | missing
            left = more - missing.bit_count()
            cost = self._cost(missing)
            if cost > budget or self._lethal(deleted, missing):
                continue
            fresh = self._completed(deleted, missing)
            for candidate in bits(missing):
                allowed_there &= ~oracle.lethal.partners(candidate)
            if left < 2:
                completing = self._completing(pool, child, fresh, allowed_there, left)
                if completing is None:
                    continue
                allowed_there = completing
            if self._hand_over(child, allowed_there, left, budget - cost):
                continue
            if more > self.eager and not oracle.viable(child):
                continue
            ceiling_there = self._ceiling(parts, missing, ceiling)
            self._explore(child, (*members, *fresh), left, budget - cost, allowed_there, ceiling_there)

    def _last(
        self, deleted: int, members: tuple[int, ...], budget: float, allowed: int, ceiling: float, unhit: int
    ) -> None:
        """One more deletion at most: only a candidate that completes a move of every clause can help."""
        oracle, hit = self.oracle, self.oracle.clauses.hit
        parts = parts_of(deleted)
        for candidate in bits(allowed & self._singles):
            bit = 1 << candidate
            fresh = self._completed(deleted, bit)
            missed = unhit
            for move in fresh:
                missed &= ~hit[move]
            if missed or self.costs[candidate] > budget or oracle.lethal.completes(deleted, candidate):
                continue
            self._explore(deleted | bit, (*members, *fresh), 0, 0.0, 0, self._ceiling(parts, bit, ceiling))

    def _choices(self, clause: int, deleted: int, unhit: int) -> list[tuple[int, int]]:
        """What is missing of the clause's moves, with the moves that miss just that; smallest first, then most hits."""
        found: dict[int, int] = {}
        hits: dict[int, int] = {}
        for move in bits(clause):
            missing = self._moves.candidates[move] & ~deleted
            found[missing] = found.get(missing, 0) | 1 << move
            hits[missing] = hits.get(missing, 0) | self.oracle.clauses.hit[move] & unhit
        return sorted(found.items(), key=lambda item: (item[0].bit_count(), -hits[item[0]].bit_count(), item[0]))

    def _in_reach(self, deleted: int, more: int, allowed: int) -> int:
        """Allowed moves of which no more than so many candidates are missing."""
        moves = self._moves
        reach = moves.up_to(more)
        for candidate in bits(deleted):
            for move in moves.larger[candidate]:
                if (moves.candidates[move] & ~deleted).bit_count() <= more:
                    reach |= 1 << move
        return allowed & reach

    def _one_short(self, deleted: int, allowed: int) -> list[tuple[int, int]]:
        """Allowed moves of several candidates that miss one: (move, candidate) as bits."""
        moves = self._moves
        found = []
        for candidate in bits(deleted):
            for move in moves.larger[candidate]:
                missing = moves.candidates[move] & ~deleted
                if allowed >> move & 1 and missing.bit_count() == 1 and missing & allowed:
                    found.append((1 << move, missing))
        return found

    def _completed(self, deleted: int, missing: int) -> list[int]:
        """Moves that a set contains once `missing` is added, and did not before."""
        moves, whole = self._moves, deleted | missing
        larger = {move for candidate in bits(missing) for move in moves.larger[candidate]}
        return [*bits(missing), *sorted(move for move in larger if moves.candidates[move] & ~whole == 0)]

    def _completing(self, pool: list[int], child: int, fresh: list[int], allowed: int, left: int) -> int | None:
        """Allowed candidates that complete a move of every clause of the pool which the child does not hit.

        None if there is none, or is one needed where no deletion is left.
        """
        done = 0
        for move in fresh:
            done |= 1 << move
        open_clauses = [support for support in pool if not support & done]
        if left == 0 or not open_clauses:
            return None if open_clauses else allowed
        near = self._one_short(child, allowed)
        common = allowed & self._singles
        for support in open_clauses:
            common &= _completing(support, near)
            if not common:
                return None
        return common

    def _lethal(self, deleted: int, missing: int) -> bool:
        for candidate in bits(missing):
            if self.oracle.lethal.completes(deleted, candidate):
                return True
            deleted |= 1 << candidate
        return False

    def _cost(self, missing: int) -> float:
        return sum(self.costs[candidate] for candidate in bits(missing))


def _completing(support: int, near: list[tuple[int, int]]) -> int:
    """Candidates that complete a move of the clause; bits of larger moves, which stay in it, are no candidates."""
    for move, candidate in near:
        if support & move:
            support |= candidate
    return support
