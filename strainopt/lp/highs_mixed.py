"""HiGHS' branch-and-cut, watched and stopped through its callbacks."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable
from typing import Any

import highspy
import numpy as np

from strainopt import tolerances
from strainopt.errors import SolverError
from strainopt.lp.current import CurrentProgram
from strainopt.lp.highs_session import check, new_highs, pass_model, set_option
from strainopt.lp.program import FloatArray, MixedProgram
from strainopt.lp.result import MixedOptions, MixedResult, Status
from strainopt.lp.watch import MixedEnd, Watcher, assemble

__all__ = ["solve_mixed"]

log = logging.getLogger(__name__)

_FEASIBLE = 2
_STATUS = {
    highspy.HighsModelStatus.kOptimal: Status.OPTIMAL,
    highspy.HighsModelStatus.kInfeasible: Status.INFEASIBLE,
    highspy.HighsModelStatus.kUnbounded: Status.UNBOUNDED,
    highspy.HighsModelStatus.kTimeLimit: Status.TIME_LIMIT,
    highspy.HighsModelStatus.kInterrupt: Status.INTERRUPTED,
}


def solve_mixed(program: MixedProgram, options: MixedOptions) -> MixedResult:
    """Solve by branch-and-cut; every field of `options` takes effect.

    Raises
    ------
    SolverError
        The program has indicators, which HiGHS does not take, or HiGHS refuses the program.
    """
    if program.indicators:
        raise SolverError("HiGHS takes no indicator constraints", hint="use big-M constants, or --solver scip")
    watcher = Watcher(options)
    if CurrentProgram(program.linear).contradictory:
        return assemble(program, MixedEnd(Status.INFEASIBLE, -math.inf, None, 0), watcher)
    end = _attempt(program, watcher, presolve="choose")
    if end.status is Status.FAILED:
        # badly scaled programs were seen to end so: what presolve makes of them is solved, but not feasible when undone
        log.info("HiGHS failed and is asked again without presolve")
        end = _attempt(program, watcher, presolve="off")
    return assemble(program, end, watcher)


def _attempt(program: MixedProgram, watcher: Watcher, *, presolve: str) -> MixedEnd:
    options = watcher.options
    highs = new_highs(threads=options.threads)
    try:
        _set_options(highs, options, watcher.seconds_left)
        set_option(highs, "presolve", presolve)
        pass_model(highs, program.linear, program.integer)
        if options.start is not None:
            start = highspy.HighsSolution()
            start.col_value = options.start.tolist()
            check(highs.setSolution(start), "taking the start solution")
        _subscribe(highs, watcher)
        code = highs.run()
        watcher.raise_trouble()
        if highs.getModelStatus() in (
            highspy.HighsModelStatus.kUnboundedOrInfeasible,
            highspy.HighsModelStatus.kUnbounded,
        ):
            return _unbounded_or_infeasible(program, watcher)
        return _end(highs, program, failed=code == highspy.HighsStatus.kError)
    finally:
        highs.clear()


def _set_options(highs: Any, options: MixedOptions, seconds: float) -> None:
    set_option(highs, "time_limit", seconds)
    set_option(highs, "random_seed", options.seed)
    set_option(highs, "mip_rel_gap", options.relative_gap)
    set_option(highs, "mip_abs_gap", options.absolute_gap)
    set_option(highs, "mip_feasibility_tolerance", tolerances.MILP_INTEGRALITY)


def _subscribe(highs: Any, watcher: Watcher) -> None:
    def improving(event: Any) -> bool:
        out = event.data_out
        watcher.found(np.array(out.mip_solution, dtype=np.float64), float(out.objective_function_value))
        return False

    def progress(event: Any) -> bool:
        watcher.progress(float(event.data_out.mip_dual_bound), int(event.data_out.mip_node_count))
        return False

    def visit(event: Any) -> bool:
        return progress(event) or watcher.should_stop()

    def told(action: Callable[[Any], bool]) -> Callable[[Any], None]:
        def run(event: Any) -> None:
            if watcher.guarded(lambda: action(event)):
                event.interrupt()

        return run

    highs.enableCallbacks()
    highs.cbMipImprovingSolution += told(improving)
    highs.cbMipInterrupt += told(visit)
    highs.cbMipLogging += told(progress)
    highs.cbSimplexInterrupt += told(lambda _event: watcher.should_stop())


def _unbounded_or_infeasible(program: MixedProgram, watcher: Watcher) -> MixedEnd:
    """Decide by asking for any point: with rational data, a feasible program of unbounded relaxation is unbounded."""
    flat = MixedProgram(program.linear.with_objective(np.zeros_like(program.linear.objective)), program.integer)
    options = MixedOptions(time_limit=watcher.seconds_left, threads=watcher.options.threads, stop=watcher.options.stop)
    any_point = solve_mixed(flat, options)
    if any_point.status is Status.OPTIMAL:
        return MixedEnd(Status.UNBOUNDED, math.inf, any_point.x, any_point.nodes)
    return MixedEnd(any_point.status, any_point.bound, None, any_point.nodes)


def _end(highs: Any, program: MixedProgram, *, failed: bool) -> MixedEnd:
    info = highs.getInfo()
    status = Status.FAILED if failed else _STATUS.get(highs.getModelStatus(), Status.FAILED)
    x: FloatArray | None = None
    if info.primal_solution_status == _FEASIBLE:
        x = np.array(highs.getSolution().col_value, dtype=np.float64)
        x = np.where(program.integer, np.round(x), x)
    return MixedEnd(status, float(info.mip_dual_bound), x, max(0, int(info.mip_node_count)))
