"""Fully coupled columns become one; columns that no steady state uses leave.

Two columns are fully coupled when their fluxes keep one ratio in every solution of `S v = 0` (Burgard et al. 2004,
flux coupling). Seen from a random solution modulo a large prime, coupled columns are exactly those with the same ratio
of two random solutions, and columns that are zero in every solution are zero in a random one (see `exact`).

Lossless: the lump's flux is one free number, and its bounds are the members' bounds divided by their factors.
Deleting a member is deleting all of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

import numpy as np

from strainopt.errors import ModelError
from strainopt.reduce.exact import PRIME, null_space, rational
from strainopt.reduce.polytope import Polytope, Step, StepKind
from strainopt.tolerances import PRIMAL_FEASIBILITY

__all__ = ["coupled_step"]


def coupled_step(polytope: Polytope, *, leaders: Sequence[int] = ()) -> Step:
    """Lump the fully coupled columns and drop those that are zero in every steady state.

    Parameters
    ----------
    polytope : Polytope
        Mass balances and bounds.
    leaders : sequence of int
        Columns that give their lump its scale (factor 1), first come first served. In other lumps it is the column
        with the largest flux, so that no error of the lumped flux grows when it is lifted.

    Raises
    ------
    ModelError
        The bounds of coupled columns contradict each other, or a forced column can carry no flux.
    """
    solutions = null_space(polytope.columns)
    first, second = solutions.random_vector(1), solutions.random_vector(2)
    groups: dict[int, list[int]] = {}
    for column, (a, b) in enumerate(zip(first, second, strict=True)):
        if a == 0 and b == 0:
            _check_can_rest(polytope, column)
            continue
        groups.setdefault(a * pow(b, -1, PRIME) % PRIME if b else -1, []).append(column)
    rank = {column: position for position, column in reversed(list(enumerate(leaders)))}
    lumps = [lump for group in groups.values() for lump in _lumps(group, first, rank)]
    lumps.sort(key=lambda lump: min(column for column, _ in lump))
    bounds = [_bounds(polytope, lump) for lump in lumps]
    lower = np.array([low for low, _ in bounds], dtype=float)
    upper = np.array([high for _, high in bounds], dtype=float)
    collect = tuple((next(pair for pair in lump if pair[1] == 1),) for lump in lumps)
    return Step(StepKind.COUPLED, tuple(lumps), collect, lower, upper, polytope.n_columns)


def _lumps(group: list[int], vector: list[int], rank: Mapping[int, int]) -> list[tuple[tuple[int, Fraction], ...]]:
    """One lump of the group; columns whose ratio is too long a fraction to be certain stay alone."""
    if len(group) == 1:
        return [((group[0], Fraction(1)),)]
    inverse = pow(vector[group[0]], -1, PRIME)
    ratios = {column: rational(vector[column] * inverse) for column in group}
    known = {column: ratio for column, ratio in ratios.items() if ratio is not None}
    alone = [((column, Fraction(1)),) for column in group if column not in known]
    led = [column for column in known if column in rank]
    scale = known[min(led, key=lambda c: rank[c])] if led else max(known.values(), key=abs)
    return [*alone, tuple((column, ratio / scale) for column, ratio in known.items())]


def _bounds(polytope: Polytope, lump: tuple[tuple[int, Fraction], ...]) -> tuple[float, float]:
    """The lump's bounds: all of its members'."""
    lower, upper = -np.inf, np.inf
    for column, factor in lump:
        ends = polytope.lower[column] / float(factor), polytope.upper[column] / float(factor)
        low, high = ends if factor > 0 else ends[::-1]
        lower, upper = max(lower, float(low)), min(upper, float(high))
    if lower <= upper:
        return lower + 0.0, upper + 0.0
    if lower - upper <= PRIMAL_FEASIBILITY * (1.0 + abs(lower)):
        return upper, upper
    raise ModelError(
        "reactions that always carry flux in one ratio have bounds that no flux meets",
        why=f"their common flux would lie between {lower:g} and {upper:g}",
        hint="look at forced fluxes and closed exchanges of the scenario",
    )


def _check_can_rest(polytope: Polytope, column: int) -> None:
    if polytope.lower[column] > PRIMAL_FEASIBILITY or polytope.upper[column] < -PRIMAL_FEASIBILITY:
        raise ModelError(
            "a reaction with forced flux can carry none in any steady state",
            why=f"its flux must lie between {polytope.lower[column]:g} and {polytope.upper[column]:g}",
            hint="open the exchanges it depends on, or lift the forced flux",
        )
