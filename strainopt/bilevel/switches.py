"""Binaries for interventions, and for each switched column an expression that is 1 when it is closed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from strainopt.bilevel.builder import Linear, ProgramBuilder
from strainopt.bilevel.problem import AllIntact, BilevelProblem, Bought, Intact, Leaf
from strainopt.lp.program import FloatArray, IntArray

__all__ = ["Switches", "add_switches", "decode", "forbid_exactly"]


@dataclass(frozen=True, eq=False)
class Switches:
    """Columns of the binaries, and of the closure variable of each switched flux column."""

    deleted: IntArray
    closed: dict[int, int]


def add_switches(builder: ProgramBuilder, problem: BilevelProblem, *, binary_closures: bool = False) -> Switches:
    """Add one binary per candidate, the budget, the forbidden sets, and the closure of every switched column.

    The binaries of forced candidates are fixed at 1. A closure is the candidate's own binary for a deletion, and what
    is missing from it to 1 for a knock-in; for a gene rule it is a variable tied to the tree: a complex
    is closed when any part is, isozymes when all parts are. With binary deletions the tree makes it 0 or 1, so it
    need not be declared integer, unless a solver's indicator constraints ask for it (`binary_closures`).
    """
    count = problem.n_candidates
    least = np.array([float(candidate in problem.forced) for candidate in range(count)])
    deleted = builder.columns("choose", least, np.ones(count), integer=True)
    builder.row(Linear.of(deleted, problem.costs), upper=problem.max_cost)
    for forbidden in problem.excluded_sets:
        chosen = deleted[np.array(sorted(forbidden), dtype=np.intp)]
        builder.row(Linear(chosen, np.ones(len(chosen))), upper=len(chosen) - 1.0)
    known: dict[Intact, int] = {}

    def closure(rule: Intact) -> int:
        if isinstance(rule, Leaf):
            return int(deleted[rule.candidate])
        if rule in known:
            return known[rule]
        if isinstance(rule, Bought):
            absent = builder.column(f"closed{len(known)}", 0.0, 1.0, integer=binary_closures)
            builder.row(Linear.column(absent) + Linear.column(int(deleted[rule.candidate])), 1.0, 1.0)
            known[rule] = absent
            return absent
        parts = np.array([closure(part) for part in rule.parts], dtype=np.intp)
        whole = builder.column(f"closed{len(known)}", 0.0, 1.0, integer=binary_closures)
        any_closes = isinstance(rule, AllIntact)
        for part in parts:
            difference = Linear.column(whole) - Linear.column(int(part))
            builder.row(difference, *((0.0, np.inf) if any_closes else (-np.inf, 0.0)))
        total = Linear.column(whole) - Linear(parts, np.ones(len(parts)))
        builder.row(total, *((-np.inf, 0.0) if any_closes else (1.0 - len(parts), np.inf)))
        known[rule] = whole
        return whole

    return Switches(deleted, {column: closure(rule) for column, rule in sorted(problem.intact.items())})


def decode(switches: Switches, x: FloatArray) -> frozenset[int]:
    """The candidates chosen in a solution."""
    return frozenset(int(i) for i in np.flatnonzero(x[switches.deleted] > 0.5))


def forbid_exactly(builder: ProgramBuilder, switches: Switches, deleted: frozenset[int]) -> None:
    """Forbid this set and no other (its supersets and subsets stay): at least one binary must differ."""
    signs = np.ones(len(switches.deleted))
    signs[np.array(sorted(deleted), dtype=np.intp)] = -1.0
    builder.row(Linear(switches.deleted, signs), lower=1.0 - len(deleted))
