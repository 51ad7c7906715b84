"""HiGHS through highspy: the default for mixed-integer programs, and the second opinion on linear ones.

Sessions run without presolve, which would drop the basis and the ray, and with the dual simplex: over random
deletions in iJO1366 it needed 15 ms in the mean, HiGHS' primal simplex 61 ms, GLPK 2 ms.
"""

from __future__ import annotations

import math
import time
from typing import Any

import highspy
import numpy as np

from strainopt import tolerances
from strainopt.errors import SolverError
from strainopt.lp import certify
from strainopt.lp.backend import most_pivots, result_of
from strainopt.lp.current import CurrentProgram
from strainopt.lp.elastic import ray_by_elasticity
from strainopt.lp.program import FloatArray, IntArray, LinearProgram
from strainopt.lp.result import LpResult, Status

__all__ = ["HighsSession"]

_STATUS = {
    highspy.HighsModelStatus.kOptimal: Status.OPTIMAL,
    highspy.HighsModelStatus.kInfeasible: Status.INFEASIBLE,
    highspy.HighsModelStatus.kUnbounded: Status.UNBOUNDED,
    highspy.HighsModelStatus.kTimeLimit: Status.TIME_LIMIT,
    highspy.HighsModelStatus.kInterrupt: Status.INTERRUPTED,
}
_DUAL, _PRIMAL = 1, 4
_SMALLEST_ENTRY = 1e-12
"""HiGHS drops matrix entries up to this size; its own default of 1e-9 would drop trace requirements of biomass."""


class HighsSession:
    """A HiGHS object that keeps its basis; see `strainopt.lp.backend.LpSession`."""

    def __init__(self, program: LinearProgram) -> None:
        self._current = CurrentProgram(program)
        self._highs = new_highs(threads=1)
        set_option(self._highs, "solver", "simplex")
        set_option(self._highs, "presolve", "off")
        set_option(self._highs, "simplex_iteration_limit", most_pivots(program))
        pass_model(self._highs, program, None)
        self._status = Status.FAILED

    def set_bounds(self, columns: IntArray, lower: FloatArray, upper: FloatArray) -> None:
        """Replace the bounds of the given columns."""
        self._current.set_bounds(columns, lower, upper)
        where = np.asarray(columns, dtype=np.int32)
        high = np.maximum(lower, upper)
        check(self._highs.changeColsBounds(len(where), where, lower.astype(float), high), "changing bounds")

    def set_row_bounds(self, rows: IntArray, lower: FloatArray, upper: FloatArray) -> None:
        """Replace the bounds of the given rows."""
        self._current.set_row_bounds(rows, lower, upper)
        for i, low, high in zip(rows.tolist(), lower.tolist(), upper.tolist(), strict=True):
            check(self._highs.changeRowBounds(i, low, max(low, high)), "changing a row")

    def set_objective(self, objective: FloatArray) -> None:
        """Replace the whole objective (maximised), shape (n,)."""
        changed = np.flatnonzero(self._current.program.objective != objective)
        self.set_objective_entries(changed, objective[changed])

    def set_objective_entries(self, columns: IntArray, values: FloatArray) -> None:
        """Replace some objective coefficients."""
        self._current.set_objective_entries(columns, values)
        where = np.asarray(columns, dtype=np.int32)
        check(self._highs.changeColsCost(len(where), where, values.astype(float)), "changing the objective")

    def solve(self, *, fresh: bool = False, primal: bool = False, time_limit: float = math.inf) -> Status:
        """Solve from the last basis; `fresh` forgets it, `primal` asks for the primal simplex."""
        self._status = self._solve(fresh, primal, time_limit)
        return self._status

    def _solve(self, fresh: bool, primal: bool, time_limit: float) -> Status:
        if self._current.contradictory:
            return Status.INFEASIBLE
        end = time.monotonic() + time_limit
        if fresh:
            self._highs.clearSolver()
        status = self._run(_PRIMAL if primal else _DUAL, end)
        if status is Status.FAILED:
            self._highs.clearSolver()
            status = self._run(_DUAL if primal else _PRIMAL, end)
        return status

    def _run(self, strategy: int, end: float) -> Status:
        set_option(self._highs, "simplex_strategy", strategy)
        # The clock of a HiGHS object counts all its runs, and its limit is on that sum.
        left = max(0.0, end - time.monotonic())
        set_option(self._highs, "time_limit", self._highs.getRunTime() + left)
        if self._highs.run() == highspy.HighsStatus.kError:
            return Status.FAILED
        return _STATUS.get(self._highs.getModelStatus(), Status.FAILED)

    def objective_value(self) -> float:
        """Objective of the last solve."""
        return float(self._highs.getInfo().objective_function_value)

    def values(self) -> FloatArray:
        """Column values of the last solve, shape (n,)."""
        return np.array(self._highs.getSolution().col_value, dtype=np.float64)

    def row_duals(self) -> FloatArray:
        """Signs as in `LpResult`."""
        return np.array(self._highs.getSolution().row_dual, dtype=np.float64)

    def reduced_costs(self) -> FloatArray:
        """Signs as in `LpResult`."""
        return np.array(self._highs.getSolution().col_dual, dtype=np.float64)

    def ray(self) -> FloatArray | None:
        """Row multipliers that prove infeasibility, checked by `strainopt.lp.certify`; None if there are none."""
        if self._status is not Status.INFEASIBLE:
            return None
        if self._current.contradictory:
            return np.zeros(self._current.program.shape[0])
        code, exists, multipliers = self._highs.getDualRay()
        if code != highspy.HighsStatus.kError and exists:
            ray = np.array(multipliers, dtype=np.float64)
            if certify.farkas_margin(self._current.program, ray) > tolerances.FARKAS:
                return ray
        # Seen for rows without entries and after a primal simplex: infeasible, but no ray.
        return ray_by_elasticity(self._current.program, solve_once)

    def close(self) -> None:
        """Free the solver's memory; safe to call twice."""
        self._highs.clear()


def solve_once(program: LinearProgram, *, time_limit: float = math.inf) -> LpResult:
    """Solve in a session of its own."""
    session = HighsSession(program)
    try:
        return result_of(session, session.solve(time_limit=time_limit))
    finally:
        session.close()


class _Scheduler:
    """The number of threads that HiGHS' scheduler, one for the whole process, was last started with."""

    threads = 0


def new_highs(*, threads: int) -> Any:
    """A silent HiGHS object with our tolerances.

    HiGHS has one scheduler for the process and refuses another number of threads while it lives, so it is taken
    down when the number changes; no other HiGHS solve may run in this process at that moment.
    """
    if _Scheduler.threads not in (0, threads):
        highspy.Highs.resetGlobalScheduler(True)
    _Scheduler.threads = threads
    untyped: Any = highspy
    highs = untyped.Highs()
    set_option(highs, "output_flag", False)
    set_option(highs, "threads", threads)
    set_option(highs, "parallel", "on" if threads > 1 else "off")
    set_option(highs, "primal_feasibility_tolerance", tolerances.PRIMAL_FEASIBILITY)
    set_option(highs, "dual_feasibility_tolerance", tolerances.DUAL_FEASIBILITY)
    set_option(highs, "small_matrix_value", _SMALLEST_ENTRY)
    return highs


def pass_model(highs: Any, program: LinearProgram, integer: Any) -> None:
    """Load a program; `integer` marks whole-number columns, or is None for a linear program."""
    lp = highspy.HighsLp()
    lp.num_row_, lp.num_col_ = program.shape
    lp.sense_ = highspy.ObjSense.kMaximize
    lp.col_cost_ = program.objective
    lp.col_lower_, lp.col_upper_ = program.lower, np.maximum(program.lower, program.upper)
    lp.row_lower_, lp.row_upper_ = program.row_lower, np.maximum(program.row_lower, program.row_upper)
    matrix = program.matrix
    if not matrix.has_canonical_format:
        matrix = matrix.copy()
        matrix.sum_duplicates()
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = matrix.indptr, matrix.indices, matrix.data
    if integer is not None:
        kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
        lp.integrality_ = [kinds[int(one)] for one in integer]
    check(highs.passModel(lp), "loading a program")


def set_option(highs: Any, name: str, value: Any) -> None:
    """Set an option or raise."""
    check(highs.setOptionValue(name, value), f"setting {name} to {value}")


def check(status: Any, doing: str) -> None:
    """Raise SolverError where HiGHS reports an error; its warnings are about scaling and tiny entries."""
    if status == highspy.HighsStatus.kError:
        raise SolverError(f"HiGHS refused: {doing}")
