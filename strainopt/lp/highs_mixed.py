"""HiGHS' branch-and-cut, watched and stopped through its callbacks."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import highspy
import numpy as np

from strainopt import tolerances
from strainopt.errors import SolverError
from strainopt.lp.current import CurrentProgram
from strainopt.lp.highs_session import check, new_highs, pass_model, set_option
from strainopt.lp.program import FloatArray, MixedProgram
from strainopt.lp.result import MixedOptions, MixedResult, Progress, Status

__all__ = ["solve_mixed"]

_FEASIBLE = 2
_STATUS = {
    highspy.HighsModelStatus.kOptimal: Status.OPTIMAL,
    highspy.HighsModelStatus.kInfeasible: Status.INFEASIBLE,
    highspy.HighsModelStatus.kUnbounded: Status.UNBOUNDED,
    highspy.HighsModelStatus.kTimeLimit: Status.TIME_LIMIT,
    highspy.HighsModelStatus.kInterrupt: Status.INTERRUPTED,
}


@dataclass
class _Watch:
    """What the callbacks have seen, and what they do about it."""

    options: MixedOptions
    began: float
    incumbent: float = math.nan
    trouble: list[BaseException] = field(default_factory=list)

    def improving(self, event: Any) -> None:
        """Hand out a better solution."""
        self.incumbent = float(event.data_out.objective_function_value)
        if self.options.on_incumbent is not None:
            self.options.on_incumbent(np.array(event.data_out.mip_solution, dtype=np.float64), self.incumbent)

    def progress(self, event: Any) -> None:
        """Report bound and nodes."""
        if self.options.on_progress is not None:
            out = event.data_out
            seconds = time.monotonic() - self.began
            bound, nodes = float(out.mip_dual_bound), int(out.mip_node_count)
            self.options.on_progress(Progress(self.incumbent, bound, nodes, seconds))

    def interrupt(self, event: Any) -> None:
        """End the solve if asked."""
        if self.options.stop is not None and self.options.stop():
            event.interrupt()

    def visit(self, event: Any) -> None:
        """Report, and end the solve if asked."""
        self.progress(event)
        self.interrupt(event)

    def guarded(self, action: Callable[[Any], None]) -> Callable[[Any], None]:
        """The action, with its exceptions kept."""

        def run(event: Any) -> None:
            try:
                if not self.trouble:
                    action(event)
            # An exception cannot cross HiGHS' C++ frames: it is kept, the search ends, and `solve_mixed` raises it.
            except BaseException as error:  # noqa: BLE001
                self.trouble.append(error)
            if self.trouble:
                event.interrupt()

        return run


def solve_mixed(program: MixedProgram, options: MixedOptions) -> MixedResult:
    """Solve by branch-and-cut; every field of `options` takes effect.

    Raises
    ------
    SolverError
        The program has indicators, which HiGHS does not take, or HiGHS refuses the program.
    """
    if program.indicators:
        raise SolverError("HiGHS takes no indicator constraints", hint="use big-M constants, or --solver scip")
    watch = _Watch(options, time.monotonic())
    if CurrentProgram(program.linear).contradictory:
        return MixedResult(Status.INFEASIBLE, math.nan, -math.inf, None, 0, 0.0)
    highs = new_highs(threads=options.threads)
    try:
        _set_options(highs, options)
        pass_model(highs, program.linear, program.integer)
        if options.start is not None:
            start = highspy.HighsSolution()
            start.col_value = options.start.tolist()
            check(highs.setSolution(start), "taking the start solution")
        _subscribe(highs, watch)
        code = highs.run()
        if watch.trouble:
            raise watch.trouble[0]
        if highs.getModelStatus() in (
            highspy.HighsModelStatus.kUnboundedOrInfeasible,
            highspy.HighsModelStatus.kUnbounded,
        ):
            return _unbounded_or_infeasible(program, options, watch)
        return _answer(highs, program, watch, failed=code == highspy.HighsStatus.kError)
    finally:
        highs.clear()


def _set_options(highs: Any, options: MixedOptions) -> None:
    set_option(highs, "time_limit", max(0.0, options.time_limit))
    set_option(highs, "random_seed", options.seed)
    set_option(highs, "mip_rel_gap", options.relative_gap)
    set_option(highs, "mip_abs_gap", options.absolute_gap)
    set_option(highs, "mip_feasibility_tolerance", tolerances.MILP_INTEGRALITY)


def _subscribe(highs: Any, watch: _Watch) -> None:
    highs.enableCallbacks()
    highs.cbMipImprovingSolution += watch.guarded(watch.improving)
    highs.cbMipInterrupt += watch.guarded(watch.visit)
    highs.cbMipLogging += watch.guarded(watch.progress)
    highs.cbSimplexInterrupt += watch.guarded(watch.interrupt)


def _unbounded_or_infeasible(program: MixedProgram, options: MixedOptions, watch: _Watch) -> MixedResult:
    """Decide by asking for any point: with rational data, a feasible program of unbounded relaxation is unbounded."""
    flat = MixedProgram(program.linear.with_objective(np.zeros_like(program.linear.objective)), program.integer)
    left = max(0.0, options.time_limit - (time.monotonic() - watch.began))
    any_point = solve_mixed(flat, MixedOptions(time_limit=left, threads=options.threads, stop=options.stop))
    seconds = time.monotonic() - watch.began
    if any_point.status is Status.OPTIMAL:
        return MixedResult(Status.UNBOUNDED, math.nan, math.inf, any_point.x, any_point.nodes, seconds)
    return MixedResult(any_point.status, math.nan, any_point.bound, None, any_point.nodes, seconds)


def _answer(highs: Any, program: MixedProgram, watch: _Watch, *, failed: bool) -> MixedResult:
    info = highs.getInfo()
    status = Status.FAILED if failed else _STATUS.get(highs.getModelStatus(), Status.FAILED)
    x: FloatArray | None = None
    objective = math.nan
    if info.primal_solution_status == _FEASIBLE:
        x = np.array(highs.getSolution().col_value, dtype=np.float64)
        x = np.where(program.integer, np.round(x), x)
        objective = float(program.linear.objective @ x)
    bound = float(info.mip_dual_bound)
    if status is Status.INFEASIBLE:
        bound = -math.inf
    elif x is not None:
        bound = max(bound, objective)
    nodes = max(0, int(info.mip_node_count))
    return MixedResult(status, objective, bound, x, nodes, time.monotonic() - watch.began)
