"""Exact linear algebra on stoichiometries: null vectors, ratios and rank without any tolerance.

Whether two fluxes keep one ratio in every steady state, and whether a mass balance repeats others, are yes-or-no
questions that rounding answers wrongly now and then. Here they are decided modulo a prime of 521 bits: a random
vector of the null space shows every coupling, except with a probability near n^2 / 2^521, and a ratio is read off as
the rational number of smallest size (Wang 1981). Any residue is that of some fraction with parts below 2^260, so only
much shorter ones are believed: with parts below 2^220, a residue that means something else is taken for a fraction with
a probability of 2^-80.
"""

from __future__ import annotations

import heapq
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Final, TypeAlias

from strainopt.tolerances import DECIMAL_ROUNDING

__all__ = ["ExactColumn", "NullSpace", "exact_number", "null_space", "rational"]

PRIME: Final = 2**521 - 1
"""A Mersenne prime: large enough that every ratio met in practice is recovered exactly."""

LARGEST_PART: Final = 2**220
"""Largest numerator or denominator of a ratio: 66 digits. Longer ones are not told from chance; they are not used."""

LARGEST_SIMPLE_DENOMINATOR: Final = 100_000

ExactColumn: TypeAlias = Mapping[int, Fraction]
"""One column of a stoichiometry: row to coefficient, nothing stored for zero."""


def exact_number(value: float) -> Fraction:
    """The number that a model's author meant: the decimals as written, or the simple fraction they round.

    `0.3333333333333333` becomes 1/3; taken as written, three of them would not balance one, and a flux that every
    solver sees would be called blocked.
    """
    written = Fraction(repr(float(value)))
    simple = written.limit_denominator(LARGEST_SIMPLE_DENOMINATOR)
    if simple != 0 and abs(simple - written) <= DECIMAL_ROUNDING * abs(written):
        return simple
    return written


def rational(residue: int) -> Fraction | None:
    """The fraction of smallest size with this residue, or None if none is small enough to be certain."""
    previous, current = PRIME, residue % PRIME
    before, after = 0, 1
    while current > LARGEST_PART:
        quotient = previous // current
        previous, current = current, previous - quotient * current
        before, after = after, before - quotient * after
    if after == 0 or abs(after) > LARGEST_PART:
        return None
    return Fraction(current, after)


@dataclass(frozen=True)
class NullSpace:
    """Triangular form of a homogeneous system modulo `PRIME`.

    Attributes
    ----------
    n_columns : int
    pivots : tuple of (column, {column: coefficient})
        `x[column] = -sum(coefficient * x[other])`; the others are pivots of later entries, or free.
    independent_rows : tuple of int
        Rows that span all rows, ascending.
    """

    n_columns: int
    pivots: tuple[tuple[int, Mapping[int, int]], ...]
    independent_rows: tuple[int, ...]

    @cached_property
    def free(self) -> tuple[int, ...]:
        """Columns whose value may be chosen."""
        bound = {column for column, _ in self.pivots}
        return tuple(column for column in range(self.n_columns) if column not in bound)

    def random_vector(self, seed: int) -> list[int]:
        """A random solution, every residue in [0, PRIME)."""
        source = random.Random(seed)  # noqa: S311 - not for secrets; the same input gives the same answer
        vector = [0] * self.n_columns
        for column in self.free:
            vector[column] = source.randrange(1, PRIME)
        for column, row in reversed(self.pivots):
            vector[column] = -sum(a * vector[other] for other, a in row.items()) % PRIME
        return vector


def null_space(columns: Sequence[ExactColumn]) -> NullSpace:
    """Eliminate the shortest row first, and in it the shortest column (Markowitz), so that little fills in."""
    rows, users = _modular_rows(columns)
    queue = [(len(row), index) for index, row in rows.items()]
    heapq.heapify(queue)
    waiting = set(rows)
    pivots: list[tuple[int, dict[int, int]]] = []
    independent: list[int] = []
    while queue:
        length, index = heapq.heappop(queue)
        if index not in waiting or length != len(rows[index]):
            continue
        waiting.discard(index)
        row = rows[index]
        if not row:
            continue
        for column in row:
            users[column].discard(index)
        pivot = min(row, key=lambda column: (len(users[column]), column))
        inverse = pow(row.pop(pivot), -1, PRIME)
        rows[index] = row = {column: a * inverse % PRIME for column, a in row.items()}
        pivots.append((pivot, row))
        independent.append(index)
        for other in users.pop(pivot):
            _subtract(rows[other], row, rows[other].pop(pivot), other, users)
            heapq.heappush(queue, (len(rows[other]), other))
    return NullSpace(len(columns), tuple(pivots), tuple(sorted(independent)))


def _modular_rows(columns: Sequence[ExactColumn]) -> tuple[dict[int, dict[int, int]], dict[int, set[int]]]:
    """Rows modulo the prime, and for each column the rows that use it."""
    rows: dict[int, dict[int, int]] = {}
    users: dict[int, set[int]] = {}
    for column, entries in enumerate(columns):
        users[column] = set(entries)
        for row, value in entries.items():
            residue = value.numerator * pow(value.denominator, -1, PRIME) % PRIME
            rows.setdefault(row, {})[column] = residue
    return rows, users


def _subtract(target: dict[int, int], row: dict[int, int], factor: int, index: int, users: dict[int, set[int]]) -> None:
    """`target -= factor * row`, keeping `users` true."""
    for column, a in row.items():
        if column in target:
            value = (target[column] - factor * a) % PRIME
            if value:
                target[column] = value
            else:
                del target[column]
                users[column].discard(index)
        else:
            target[column] = -factor * a % PRIME
            users[column].add(index)
