"""A column that another one can always stand in for leaves.

Let column b have k times the stoichiometry of column a, and let the total w = v_a + k v_b stay within a's own bounds
in all states that matter. Then b may leave without any design being lost, if

1. neither is a column of an objective (biomass, target, substrate: `protected`);
2. no candidate closes a (`closable`): a is there in every mutant, so deleting b changes nothing;
3. b's bounds allow zero;
4. b costs no less total flux than a does for the same conversion: weight(b) >= |k| weight(a).

Proof: (v_a, v_b) -> (v_a + k v_b, 0) maps every state that matters to one that b's deletion leaves feasible, with the
same flux in all other columns, so with the same growth and product, and by 4 with no more total flux:
|v_a + k v_b| weight(a) <= |v_a| weight(a) + |v_b| weight(b). Growth optima, product ranges, states above a floor and
the growth optima of least total flux (both ties) hence have the same values with b and without. A candidate that
closes b is worthless for the same reason. Where both columns can be closed, or a's bounds may bind, both stay: two
parallel candidates are different interventions, and one merged column would say that one deletion closes both.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from strainopt.lp.backend import Backend, LpSession
from strainopt.lp.program import FloatArray, LinearProgram
from strainopt.lp.result import Status
from strainopt.reduce.directions import growing_program, solved
from strainopt.reduce.exact import ExactColumn
from strainopt.reduce.polytope import Polytope, Step, StepKind
from strainopt.tolerances import DECIMAL_ROUNDING, PRIMAL_FEASIBILITY

__all__ = ["Stand", "parallel_step", "stand_ins"]


@dataclass(frozen=True)
class Stand:
    """Column `kept` stands in for column `gone`, whose stoichiometry is `ratio` times its own."""

    kept: int
    gone: int
    ratio: Fraction


def stand_ins(
    polytope: Polytope, *, protected: Collection[int], closable: Collection[int], weights: FloatArray
) -> tuple[Stand, ...]:
    """Pairs that meet conditions 1 to 4 of this module; the range of the total is not looked at.

    Parameters
    ----------
    polytope : Polytope
        Mass balances and bounds.
    protected, closable : collections of int
        Columns of objectives, and columns that some candidate closes.
    weights : float array, shape (n,)
        What one unit of flux of each column adds to the total flux.
    """
    found: list[Stand] = []
    for group in parallel_groups(polytope.columns):
        able = [(column, scale) for column, scale in group if column not in protected]
        keepers = [(column, scale) for column, scale in able if column not in closable]
        if not keepers or len(able) < 2:
            continue
        kept, scale = min(keepers, key=lambda pair: (weights[pair[0]] / abs(float(pair[1])), pair[0]))
        for column, other in able:
            ratio = other / scale
            dear = weights[column] * (1 + DECIMAL_ROUNDING) >= abs(float(ratio)) * weights[kept]
            if column != kept and dear and polytope.lower[column] <= 0 <= polytope.upper[column]:
                found.append(Stand(kept, column, ratio))
    return tuple(found)


def parallel_groups(columns: Sequence[ExactColumn]) -> tuple[tuple[tuple[int, Fraction], ...], ...]:
    """Columns with proportional stoichiometry, each with its multiple of the group's common direction."""
    groups: dict[tuple[tuple[int, Fraction], ...], list[tuple[int, Fraction]]] = {}
    for column, entries in enumerate(columns):
        if not entries:
            continue
        scale = entries[min(entries)]
        direction = tuple(sorted((row, value / scale) for row, value in entries.items()))
        groups.setdefault(direction, []).append((column, scale))
    return tuple(tuple(group) for group in groups.values() if len(group) > 1)


def parallel_step(
    polytope: Polytope, stands: Sequence[Stand], *, biomass: int, growth_floor: float, solver: Backend
) -> Step:
    """Drop the columns whose stand-in can carry the total within its own bounds, by two linear programs for each."""
    program = growing_program(polytope, biomass=biomass, growth_floor=growth_floor)
    gone: set[int] = set()
    totals: dict[int, dict[int, Fraction]] = {}
    session = solver.open(program)
    try:
        for stand in stands:
            total = totals.get(stand.kept, {stand.kept: Fraction(1)}) | {stand.gone: stand.ratio}
            if _fits(program, session, stand.kept, total):
                totals[stand.kept] = total
                gone.add(stand.gone)
    finally:
        session.close()
    kept = [column for column in range(polytope.n_columns) if column not in gone]
    expand = tuple(((column, Fraction(1)),) for column in kept)
    collect = tuple(tuple(totals.get(column, {column: Fraction(1)}).items()) for column in kept)
    chosen = np.asarray(kept, dtype=np.intp)
    lower, upper = polytope.lower[chosen], polytope.upper[chosen]
    return Step(StepKind.PARALLEL, expand, collect, lower, upper, polytope.n_columns)


def _fits(program: LinearProgram, session: LpSession, kept: int, total: dict[int, Fraction]) -> bool:
    """Whether the total never leaves the bounds of the column kept, in any state that grows at the floor."""
    objective = np.zeros(program.shape[1])
    for column, factor in total.items():
        objective[column] = float(factor)
    for sign, end in ((1.0, program.upper[kept]), (-1.0, -program.lower[kept])):
        if np.isposinf(end):
            continue
        session.set_objective(sign * objective)
        if solved(session) is not Status.OPTIMAL:
            return False
        if session.objective_value() > end + PRIMAL_FEASIBILITY * (1.0 + abs(end)):
            return False
    return True
