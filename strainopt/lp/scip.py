"""SCIP through pyscipopt: mixed-integer programs with indicators, and linear ones by the LP solver inside it."""

from __future__ import annotations

import math
import time
from typing import Any

import numpy as np
import pyscipopt
from pyscipopt.scip import PY_SCIP_EVENTTYPE as SCIP_EVENTTYPE
from pyscipopt.scip import PY_SCIP_LPPARAM as SCIP_LPPARAM
from scipy import sparse

from strainopt import tolerances
from strainopt.lp import certify
from strainopt.lp.backend import Availability, result_of
from strainopt.lp.current import CurrentProgram
from strainopt.lp.elastic import ray_by_elasticity, rises_forever
from strainopt.lp.probe import fault
from strainopt.lp.program import FloatArray, IntArray, LinearProgram, MixedProgram
from strainopt.lp.result import LpResult, MixedOptions, MixedResult, Status
from strainopt.lp.watch import MixedEnd, Watcher, assemble

__all__ = ["ScipBackend", "ScipSession"]

_STATUS = {
    "optimal": Status.OPTIMAL,
    "gaplimit": Status.OPTIMAL,
    "infeasible": Status.INFEASIBLE,
    "unbounded": Status.UNBOUNDED,
    "timelimit": Status.TIME_LIMIT,
    "userinterrupt": Status.INTERRUPTED,
}
_EVENTS = (SCIP_EVENTTYPE.BESTSOLFOUND, SCIP_EVENTTYPE.NODESOLVED, SCIP_EVENTTYPE.LPSOLVED)


class ScipBackend:
    """SCIP: takes indicator constraints; one thread."""

    name = "scip"

    def availability(self) -> Availability:
        """Solve a tiny program and report."""
        reason = fault(self)
        version = str(pyscipopt.Model().version())
        if reason:
            return Availability(False, version, reason)
        return Availability(True, version, takes_indicators=True)

    def open(self, program: LinearProgram) -> ScipSession:
        """Load a linear program."""
        return ScipSession(program)

    def solve(self, program: LinearProgram, *, time_limit: float = math.inf) -> LpResult:
        """Solve once, with everything in the result."""
        session = self.open(program)
        try:
            return result_of(session, session.solve(time_limit=time_limit))
        finally:
            session.close()

    def solve_mixed(self, program: MixedProgram, options: MixedOptions) -> MixedResult:
        """Solve a mixed-integer program; `threads` has nothing to act on.

        A limit or an interruption keeps the incumbent and the bound.
        """
        watcher = Watcher(options)
        if CurrentProgram(program.linear).contradictory:
            return assemble(program, MixedEnd(Status.INFEASIBLE, -math.inf, None, 0), watcher)
        model, columns = _mixed_model(program)
        _configure(model, watcher)
        if options.start is not None:
            start = model.createSol()
            for column, value in zip(columns, options.start.tolist(), strict=True):
                model.setSolVal(start, column, value)
            model.addSol(start)
        model.attachEventHandlerCallback(_callback(columns, watcher), list(_EVENTS), name="watch")
        model.optimize()
        watcher.raise_trouble()
        if model.getStatus() in ("inforunbd", "unbounded"):
            return assemble(program, self._unbounded_or_infeasible(program, watcher), watcher)
        return assemble(program, _end(model, columns, program), watcher)

    def _unbounded_or_infeasible(self, program: MixedProgram, watcher: Watcher) -> MixedEnd:
        """Decide by asking for any point; with rational data a feasible one of unbounded relaxation is unbounded."""
        linear = program.linear.with_objective(np.zeros_like(program.linear.objective))
        flat = MixedProgram(linear, program.integer, indicators=program.indicators)
        options = MixedOptions(time_limit=watcher.seconds_left, stop=watcher.options.stop)
        any_point = self.solve_mixed(flat, options)
        status = Status.UNBOUNDED if any_point.status is Status.OPTIMAL else any_point.status
        return MixedEnd(status, math.inf, any_point.x, any_point.nodes)


class ScipSession:
    """SCIP's LP interface; see `strainopt.lp.backend.LpSession`.

    It tells little more than optimal from not optimal. INFEASIBLE is said only with a checked ray; UNBOUNDED only
    where the solver knows a feasible point, or there is one together with a direction that improves for ever.
    """

    def __init__(self, program: LinearProgram) -> None:
        self._current = CurrentProgram(program)
        self._ray: FloatArray | None = None
        self._load()

    def _load(self) -> None:
        program = self._current.program
        self._lp: Any = pyscipopt.LP("strainopt", "maximize")
        self._infinity = self._lp.infinity()
        self._lp.setRealParam(SCIP_LPPARAM.FEASTOL, tolerances.PRIMAL_FEASIBILITY)
        self._lp.setRealParam(SCIP_LPPARAM.DUALFEASTOL, tolerances.DUAL_FEASIBILITY)
        m, n = program.shape
        high = np.maximum(program.lower, program.upper)
        if n:
            self._lp.addCols([[]] * n, program.objective.tolist(), self._ends(program.lower), self._ends(high))
        rows = sparse.csr_array(program.matrix)
        rows.sum_duplicates()
        entries = []
        for i in range(m):
            part = slice(rows.indptr[i], rows.indptr[i + 1])
            entries.append(list(zip(rows.indices[part].tolist(), rows.data[part].tolist(), strict=True)))
        if m:
            high = np.maximum(program.row_lower, program.row_upper)
            self._lp.addRows(entries, self._ends(program.row_lower), self._ends(high))

    def _ends(self, bounds: FloatArray) -> list[float]:
        ends: list[float] = np.clip(bounds, -self._infinity, self._infinity).tolist()
        return ends

    def set_bounds(self, columns: IntArray, lower: FloatArray, upper: FloatArray) -> None:
        """Replace the bounds of the given columns."""
        self._current.set_bounds(columns, lower, upper)
        ends = zip(columns.tolist(), self._ends(lower), self._ends(np.maximum(lower, upper)), strict=True)
        for j, low, high in ends:
            self._lp.chgBound(j, low, high)

    def set_row_bounds(self, rows: IntArray, lower: FloatArray, upper: FloatArray) -> None:
        """Replace the bounds of the given rows."""
        self._current.set_row_bounds(rows, lower, upper)
        ends = zip(rows.tolist(), self._ends(lower), self._ends(np.maximum(lower, upper)), strict=True)
        for i, low, high in ends:
            self._lp.chgSide(i, low, high)

    def set_objective(self, objective: FloatArray) -> None:
        """Replace the whole objective (maximised), shape (n,)."""
        changed = np.flatnonzero(self._current.program.objective != objective)
        self.set_objective_entries(changed, objective[changed])

    def set_objective_entries(self, columns: IntArray, values: FloatArray) -> None:
        """Replace some objective coefficients."""
        self._current.set_objective_entries(columns, values)
        for j, value in zip(columns.tolist(), values.tolist(), strict=True):
            self._lp.chgObj(j, value)

    def solve(self, *, fresh: bool = False, primal: bool = False, time_limit: float = math.inf) -> Status:
        """Solve from the last basis; `fresh` loads the program anew, `primal` asks for the primal simplex."""
        self._ray = None
        if self._current.contradictory:
            self._ray = np.zeros(self._current.program.shape[0])
            return Status.INFEASIBLE
        if fresh:
            self._load()
        end = time.monotonic() + time_limit
        status = self._run(not primal, end)
        if status is Status.FAILED:
            self._load()
            status = self._run(primal, end)
        if status is Status.FAILED:
            self._ray = ray_by_elasticity(self._current.program, ScipBackend().solve)
            if self._ray is not None:
                return Status.INFEASIBLE
            return Status.UNBOUNDED if rises_forever(self._current.program, ScipBackend()) else Status.FAILED
        return status

    def _run(self, dual: bool, end: float) -> Status:
        left = end - time.monotonic()
        if left <= 0:
            return Status.TIME_LIMIT
        if math.isfinite(left):
            self._lp.setRealParam(SCIP_LPPARAM.LPTILIM, left)
        self._lp.solve(dual=dual)
        if self._lp.isOptimal():
            return Status.OPTIMAL
        ray = self._lp.getDualRay()
        if ray is not None:
            multipliers = np.array(ray, dtype=np.float64)
            if certify.farkas_margin(self._current.program, multipliers) > tolerances.FARKAS:
                self._ray = multipliers
                return Status.INFEASIBLE
        if time.monotonic() >= end:
            return Status.TIME_LIMIT
        return Status.UNBOUNDED if self._lp.isPrimalFeasible() else Status.FAILED

    def objective_value(self) -> float:
        """Objective of the last solve."""
        return float(self._lp.getObjVal())

    def values(self) -> FloatArray:
        """Column values of the last solve, shape (n,)."""
        return np.array(self._lp.getPrimal(), dtype=np.float64)

    def row_duals(self) -> FloatArray:
        """Signs as in `LpResult`."""
        return np.array(self._lp.getDual(), dtype=np.float64)

    def reduced_costs(self) -> FloatArray:
        """Signs as in `LpResult`."""
        return np.array(self._lp.getRedcost(), dtype=np.float64)

    def ray(self) -> FloatArray | None:
        """Row multipliers that prove infeasibility, checked by `strainopt.lp.certify`."""
        return None if self._ray is None else np.array(self._ray, dtype=np.float64)

    def close(self) -> None:
        """Drop the program; safe to call twice."""
        self._lp = None


def _mixed_model(program: MixedProgram) -> tuple[Any, list[Any]]:
    """A SCIP model and its columns in order."""
    linear = program.linear
    model: Any = pyscipopt.Model()
    model.hideOutput()
    columns = []
    for j, (low, high) in enumerate(zip(linear.lower.tolist(), linear.upper.tolist(), strict=True)):
        high = max(low, high)
        kind = "C" if not program.integer[j] else "B" if low >= 0 and high <= 1 else "I"
        ends = (None if low <= -tolerances.INFINITE else low, None if high >= tolerances.INFINITE else high)
        columns.append(model.addVar(vtype=kind, lb=ends[0], ub=ends[1], obj=float(linear.objective[j])))
    model.setMaximize()
    rows = sparse.csr_array(linear.matrix)
    rows.sum_duplicates()
    for i, (low, high) in enumerate(zip(linear.row_lower.tolist(), linear.row_upper.tolist(), strict=True)):
        part = slice(rows.indptr[i], rows.indptr[i + 1])
        entries = zip(rows.indices[part].tolist(), rows.data[part].tolist(), strict=True)
        # SCIP refuses expressions without columns; a fixed one carries the rows that have no entries.
        activity = pyscipopt.quicksum(value * columns[j] for j, value in entries) + _nothing(model, rows, i)
        model.addCons(pyscipopt.ExprCons(activity, lhs=max(low, -1e20), rhs=min(max(low, high), 1e20)))
    for one in program.indicators:
        for sign in (1.0, -1.0):
            model.addConsIndicator(sign * columns[one.column] <= 0, columns[one.binary], activeone=bool(one.active))
    return model, columns


def _nothing(model: Any, rows: Any, i: int) -> Any:
    return 0.0 if rows.indptr[i] < rows.indptr[i + 1] else model.addVar(lb=0.0, ub=0.0)


def _configure(model: Any, watcher: Watcher) -> None:
    options = watcher.options
    if math.isfinite(options.time_limit):
        model.setParam("limits/time", watcher.seconds_left)
    model.setParam("limits/gap", options.relative_gap)
    model.setParam("limits/absgap", options.absolute_gap)
    model.setParam("randomization/randomseedshift", options.seed)
    model.setParam("numerics/feastol", tolerances.MILP_INTEGRALITY)
    model.setParam("numerics/dualfeastol", tolerances.DUAL_FEASIBILITY)


def _callback(columns: list[Any], watcher: Watcher) -> Any:
    def act(model: Any, event: Any) -> bool:
        if event.getType() == SCIP_EVENTTYPE.BESTSOLFOUND:
            best = model.getBestSol()
            values = np.array([model.getSolVal(best, column) for column in columns], dtype=np.float64)
            watcher.found(values, float(model.getSolObjVal(best)))
        watcher.progress(float(model.getDualbound()), int(model.getNNodes()))
        return watcher.should_stop()

    def run(model: Any, event: Any) -> None:
        if watcher.guarded(lambda: act(model, event)):
            model.interruptSolve()

    return run


def _end(model: Any, columns: list[Any], program: MixedProgram) -> MixedEnd:
    status = _STATUS.get(model.getStatus(), Status.FAILED)
    x = None
    if model.getNSols() > 0:
        best = model.getBestSol()
        x = np.array([model.getSolVal(best, column) for column in columns], dtype=np.float64)
        x = np.where(program.integer, np.round(x), x)
    bound = float(model.getDualbound())
    return MixedEnd(status, math.inf if bound >= tolerances.INFINITE else bound, x, int(model.getNTotalNodes()))
