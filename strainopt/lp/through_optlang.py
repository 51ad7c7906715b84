"""Solvers with a licence of the user's own, through optlang: Gurobi and CPLEX.

optlang builds the programs and answers the linear ones. Mixed-integer solves go to the solver's own object, which
optlang keeps in `Model.problem`, since optlang has neither gaps nor starts, bounds or callbacks: one small module
per solver (`native_gurobi`, `native_cplex`).
"""

from __future__ import annotations

import importlib
import math
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from strainopt import tolerances
from strainopt.errors import SolverError, SolverMissingError
from strainopt.lp.backend import Availability, result_of
from strainopt.lp.current import CurrentProgram
from strainopt.lp.elastic import ray_by_elasticity
from strainopt.lp.probe import fault
from strainopt.lp.program import FloatArray, IntArray, LinearProgram, MixedProgram
from strainopt.lp.result import LpResult, MixedOptions, MixedResult, Status
from strainopt.lp.watch import MixedEnd, Watcher, assemble

__all__ = ["NativeMixed", "OptlangBackend", "OptlangSession", "cplex_backend", "gurobi_backend"]

_STATUS = {
    "optimal": Status.OPTIMAL,
    "infeasible": Status.INFEASIBLE,
    "unbounded": Status.UNBOUNDED,
    "time_limit": Status.TIME_LIMIT,
}


class NativeMixed(Protocol):
    """Mixed-integer solves by the solver's own object, and the classes of its errors (a missing licence is one)."""

    errors: tuple[type[Exception], ...]

    def run(self, problem: Any, program: MixedProgram, watcher: Watcher) -> MixedEnd:
        """Solve what optlang has built; `status` FAILED where infeasible and unbounded were not told apart."""


class OptlangBackend:
    """One of optlang's solver interfaces.

    Parameters
    ----------
    name : str
        As in the registry.
    interface : str
        Module of optlang, such as "gurobi_interface".
    native : NativeMixed, optional
        Without it there are no mixed-integer programs.
    """

    def __init__(self, name: str, interface: str, native: NativeMixed | None = None) -> None:
        self.name = name
        self._native = native
        self._errors: tuple[type[Exception], ...] = native.errors if native is not None else ()
        try:
            self._interface: Any = importlib.import_module(f"optlang.{interface}")
        except ImportError as error:
            raise SolverMissingError(f"optlang cannot use {name!r} here", why=str(error)) from error

    def availability(self) -> Availability:
        """Solve a tiny program and report; this is where a missing licence shows."""
        mixed = self._native is not None
        try:
            reason = fault(self)
        except self._errors as error:
            return Availability(False, reason=str(error), hint=f"check the licence of {self.name}")
        if reason:
            return Availability(False, reason=reason)
        version = str(getattr(importlib.import_module("optlang"), "__version__", ""))
        return Availability(True, f"optlang {version}", "", "", mixed, mixed, mixed)

    def open(self, program: LinearProgram) -> OptlangSession:
        """Load a linear program."""
        return OptlangSession(program, self, self._interface)

    def solve(self, program: LinearProgram, *, time_limit: float = math.inf) -> LpResult:
        """Solve once, with everything in the result."""
        session = self.open(program)
        try:
            return result_of(session, session.solve(time_limit=time_limit))
        finally:
            session.close()

    def solve_mixed(self, program: MixedProgram, options: MixedOptions) -> MixedResult:
        """Solve a mixed-integer program; a limit or an interruption keeps the incumbent and the bound.

        Raises
        ------
        SolverError
            There is no native module for this solver.
        """
        if self._native is None:
            raise SolverError(f"{self.name} takes no mixed-integer programs", hint="use highs")
        watcher = Watcher(options)
        if CurrentProgram(program.linear).contradictory:
            return assemble(program, MixedEnd(Status.INFEASIBLE, -math.inf, None, 0), watcher)
        model = build_model(self._interface, program.linear, program.integer)
        model.update()
        end = self._native.run(model.problem, program, watcher)
        watcher.raise_trouble()
        if end.status is Status.UNBOUNDED or (end.status is Status.FAILED and end.x is None and math.isnan(end.bound)):
            end = self._unbounded_or_infeasible(program, options, watcher)
        return assemble(program, end, watcher)

    def _unbounded_or_infeasible(self, program: MixedProgram, options: MixedOptions, watcher: Watcher) -> MixedEnd:
        flat = replace(program, linear=program.linear.with_objective(np.zeros_like(program.linear.objective)))
        any_point = self.solve_mixed(
            flat, MixedOptions(time_limit=watcher.seconds_left, threads=options.threads, stop=options.stop)
        )
        if any_point.status is Status.OPTIMAL:
            return MixedEnd(Status.UNBOUNDED, math.inf, any_point.x, any_point.nodes)
        return MixedEnd(any_point.status, math.inf, None, any_point.nodes)


class OptlangSession:
    """An optlang model; see `strainopt.lp.backend.LpSession`. Time limits are rounded up to whole seconds."""

    def __init__(self, program: LinearProgram, backend: OptlangBackend, interface: Any) -> None:
        self._current = CurrentProgram(program)
        self._backend, self._interface = backend, interface
        self._status = Status.FAILED
        self._build()

    def _build(self) -> None:
        self._model = build_model(self._interface, self._current.program, None)
        both, n = list(self._model.variables), self._current.program.shape[1]
        self._columns, self._activities = both[:n], both[n:]

    def set_bounds(self, columns: IntArray, lower: FloatArray, upper: FloatArray) -> None:
        """Replace the bounds of the given columns."""
        self._current.set_bounds(columns, lower, upper)
        for j, low, high in zip(columns.tolist(), lower.tolist(), upper.tolist(), strict=True):
            self._columns[j].set_bounds(_bound(low), _bound(max(low, high)))

    def set_row_bounds(self, rows: IntArray, lower: FloatArray, upper: FloatArray) -> None:
        """Replace the bounds of the given rows."""
        self._current.set_row_bounds(rows, lower, upper)
        for i, low, high in zip(rows.tolist(), lower.tolist(), upper.tolist(), strict=True):
            self._activities[i].set_bounds(_bound(low), _bound(max(low, high)))

    def set_objective(self, objective: FloatArray) -> None:
        """Replace the whole objective (maximised), shape (n,)."""
        changed = np.flatnonzero(self._current.program.objective != objective)
        self.set_objective_entries(changed, objective[changed])

    def set_objective_entries(self, columns: IntArray, values: FloatArray) -> None:
        """Replace some objective coefficients."""
        self._current.set_objective_entries(columns, values)
        entries = {self._columns[j]: value for j, value in zip(columns.tolist(), values.tolist(), strict=True)}
        if entries:
            self._model.objective.set_linear_coefficients(entries)

    def solve(self, *, fresh: bool = False, primal: bool = False, time_limit: float = math.inf) -> Status:
        """Solve from the last basis; `fresh` builds the model anew, `primal` asks for the primal simplex."""
        self._status = self._solve(fresh, primal, time_limit)
        return self._status

    def _solve(self, fresh: bool, primal: bool, time_limit: float) -> Status:
        if self._current.contradictory:
            return Status.INFEASIBLE
        if time_limit <= 0:
            return Status.TIME_LIMIT
        if fresh:
            self._build()
        end = time.monotonic() + time_limit
        status = self._run("primal" if primal else "auto", time_limit)
        if status is Status.FAILED:
            self._build()
            status = self._run("auto" if primal else "primal", end - time.monotonic())
        return status

    def _run(self, method: str, time_limit: float) -> Status:
        configuration = self._model.configuration
        configuration.timeout = None if math.isinf(time_limit) else max(1, math.ceil(time_limit))
        configuration.lp_method = method
        answer = str(self._model.optimize())
        if answer == "infeasible_or_unbounded":
            return self._tell_apart()
        return _STATUS.get(answer, Status.FAILED)

    def _tell_apart(self) -> Status:
        """Ask a model without an objective whether there is any point."""
        program = self._current.program
        flat = self._backend.open(program.with_objective(np.zeros_like(program.objective)))
        feasible = flat.solve()
        return Status.UNBOUNDED if feasible is Status.OPTIMAL else feasible

    def objective_value(self) -> float:
        """Objective of the last solve."""
        return float(self._current.program.objective @ self.values())

    def values(self) -> FloatArray:
        """Column values of the last solve, shape (n,)."""
        return self._read(self._model.primal_values, len(self._columns))

    def row_duals(self) -> FloatArray:
        """Signs as in `LpResult`."""
        return self._read(self._model.shadow_prices, len(self._activities))

    def reduced_costs(self) -> FloatArray:
        """Signs as in `LpResult`."""
        return self._read(self._model.reduced_costs, len(self._columns))

    def ray(self) -> FloatArray | None:
        """Row multipliers that prove infeasibility, from the duals of an elastic program, checked; or None."""
        if self._status is not Status.INFEASIBLE:
            return None
        return ray_by_elasticity(self._current.program, self._backend.solve)

    @staticmethod
    def _read(values: Mapping[str, float], count: int) -> FloatArray:
        """The first entries; optlang keeps the order in which columns and rows were added."""
        return np.fromiter(values.values(), dtype=np.float64)[:count]

    def close(self) -> None:
        """Drop the model; safe to call twice."""
        self._model, self._columns, self._activities = None, [], []


def build_model(interface: Any, program: LinearProgram, integer: npt.NDArray[np.bool_] | None) -> Any:
    """An optlang model with our tolerances.

    Columns x0... come first, then one column per row for its activity, bounded as the row is: optlang's interfaces
    refuse rows without bounds and treat ranges each in its own way. The rows r0... say `matrix @ x = activity`;
    their prices are those of the original rows.
    """
    zero = importlib.import_module("optlang.symbolics").Zero
    model = interface.Model()
    columns = []
    for j, (low, high) in enumerate(zip(program.lower.tolist(), program.upper.tolist(), strict=True)):
        whole = integer is not None and bool(integer[j])
        if whole:
            # Gurobi and CPLEX do so themselves, others insist on it.
            slack = tolerances.MILP_INTEGRALITY
            low = math.ceil(low - slack) if math.isfinite(low) else low
            high = math.floor(high + slack) if math.isfinite(high) else high
        kind = "integer" if whole else "continuous"
        columns.append(interface.Variable(f"x{j}", lb=_bound(low), ub=_bound(max(low, high)), type=kind))
    model.add(columns)
    ends = enumerate(zip(program.row_lower.tolist(), program.row_upper.tolist(), strict=True))
    activities = [interface.Variable(f"a{i}", lb=_bound(low), ub=_bound(max(low, high))) for i, (low, high) in ends]
    model.add(activities)
    rows = [interface.Constraint(zero, lb=0, ub=0, name=f"r{i}", sloppy=True) for i in range(len(activities))]
    model.add(rows, sloppy=True)
    model.update()
    by_row = program.matrix.tocsr()
    by_row.sum_duplicates()
    for i, row in enumerate(rows):
        part = slice(by_row.indptr[i], by_row.indptr[i + 1])
        entries = zip(by_row.indices[part].tolist(), by_row.data[part].tolist(), strict=True)
        coefficients = {columns[j]: value for j, value in entries}
        coefficients[activities[i]] = -1.0
        row.set_linear_coefficients(coefficients)
    model.objective = interface.Objective(zero, direction="max", sloppy=True)
    used = np.flatnonzero(program.objective).tolist()
    model.update()
    model.objective.set_linear_coefficients({columns[j]: float(program.objective[j]) for j in used})
    _configure(model.configuration, mixed=integer is not None)
    return model


def _configure(configuration: Any, *, mixed: bool) -> None:
    configuration.presolve = mixed
    wanted = {"feasibility": tolerances.PRIMAL_FEASIBILITY, "optimality": tolerances.DUAL_FEASIBILITY}
    if mixed:
        wanted["integrality"] = tolerances.MILP_INTEGRALITY
    for name, value in wanted.items():
        # optlang's GLPK has no optimality tolerance; certificates will tell whether that matters.
        if name in dir(configuration.tolerances):
            setattr(configuration.tolerances, name, value)


def gurobi_backend() -> OptlangBackend:
    """Gurobi."""
    from strainopt.lp.native_gurobi import GurobiMixed

    return OptlangBackend("gurobi", "gurobi_interface", GurobiMixed())


def cplex_backend() -> OptlangBackend:
    """CPLEX."""
    from strainopt.lp.native_cplex import CplexMixed

    return OptlangBackend("cplex", "cplex_interface", CplexMixed())


def _bound(value: float) -> float | None:
    return None if abs(value) >= tolerances.INFINITE else value
