"""What a solver backend must offer. One backend is one file and one line in `strainopt.lp.registry`."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

from strainopt.lp.program import FloatArray, IntArray, LinearProgram, MixedProgram
from strainopt.lp.result import LpResult, MixedOptions, MixedResult, Status

__all__ = ["Availability", "Backend", "LpSession", "most_pivots", "result_of"]

_PIVOTS_PER_LINE, _PIVOTS = 20, 10_000


@dataclass(frozen=True)
class Availability:
    """Whether a solver works here, found out by solving a tiny program, and if not, why and what to do.

    `watches_mixed`: `stop`, `on_incumbent` and `on_progress` are called during a mixed-integer solve.
    """

    usable: bool
    version: str = ""
    reason: str = ""
    hint: str = ""
    takes_mixed: bool = True
    takes_indicators: bool = False
    watches_mixed: bool = True


class LpSession(Protocol):
    """A linear program loaded in a solver, changed and solved again from its last basis.

    `solve` returns only the status, so that callers in tight loops fetch no more than they need; the values
    are of the last solve and are copies.
    """

    def set_bounds(self, columns: IntArray, lower: FloatArray, upper: FloatArray) -> None:
        """Replace the bounds of the given columns."""

    def set_row_bounds(self, rows: IntArray, lower: FloatArray, upper: FloatArray) -> None:
        """Replace the bounds of the given rows."""

    def set_objective(self, objective: FloatArray) -> None:
        """Replace the whole objective (maximised), shape (n,)."""

    def set_objective_entries(self, columns: IntArray, values: FloatArray) -> None:
        """Replace some objective coefficients."""

    def solve(self, *, fresh: bool = False, primal: bool = False, time_limit: float = float("inf")) -> Status:
        """Solve from the last basis; `fresh` forgets it, `primal` asks for the primal simplex."""

    def objective_value(self) -> float:
        """Objective of the last solve."""

    def values(self) -> FloatArray:
        """Column values of the last solve, shape (n,)."""

    def row_duals(self) -> FloatArray:
        """Signs as in `LpResult`."""

    def reduced_costs(self) -> FloatArray:
        """Signs as in `LpResult`."""

    def ray(self) -> FloatArray | None:
        """Row multipliers that prove infeasibility, if the last solve said INFEASIBLE and the solver gives one."""

    def close(self) -> None:
        """Free the solver's memory; safe to call twice."""


class Backend(Protocol):
    """A solver."""

    name: str

    def availability(self) -> Availability:
        """Solve a tiny program and report."""

    def open(self, program: LinearProgram) -> LpSession:
        """Load a linear program."""

    def solve(self, program: LinearProgram, *, time_limit: float = float("inf")) -> LpResult:
        """Solve once, with everything in the result."""

    def solve_mixed(self, program: MixedProgram, options: MixedOptions) -> MixedResult:
        """Solve a mixed-integer program; a limit or an interruption keeps the incumbent and the bound."""


def result_of(session: LpSession, status: Status) -> LpResult:
    """Everything about a session's last solve, which ended with `status`: values if optimal, the ray if infeasible."""
    if status is Status.INFEASIBLE:
        return LpResult(status, math.nan, ray=session.ray())
    if status is not Status.OPTIMAL:
        return LpResult(status, math.nan)
    return LpResult(status, session.objective_value(), session.values(), session.row_duals(), session.reduced_costs())


def most_pivots(program: LinearProgram) -> int:
    """Simplex steps before a solve counts as failed: honest ones take about one per row and column.

    Simplex codes were seen to turn in circles for ever at tight tolerances. A limit on steps, unlike one on time, stops
    them at the same place each time; sessions then start from another basis.
    """
    return _PIVOTS_PER_LINE * sum(program.shape) + _PIVOTS
