"""Mixed-integer solves by gurobipy, on the model that optlang has built."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from gurobipy import GRB, GurobiError

from strainopt.lp.program import MixedProgram
from strainopt.lp.result import Status
from strainopt.lp.watch import MixedEnd, Watcher

__all__ = ["GurobiMixed"]

_STATUS = {
    GRB.OPTIMAL: Status.OPTIMAL,
    GRB.INFEASIBLE: Status.INFEASIBLE,
    GRB.UNBOUNDED: Status.UNBOUNDED,
    GRB.TIME_LIMIT: Status.TIME_LIMIT,
    GRB.INTERRUPTED: Status.INTERRUPTED,
}


class GurobiMixed:
    """See `strainopt.lp.through_optlang.NativeMixed`."""

    errors: tuple[type[Exception], ...] = (GurobiError,)

    def run(self, problem: Any, program: MixedProgram, watcher: Watcher) -> MixedEnd:
        """Solve with Gurobi's branch-and-cut."""
        options = watcher.options
        columns = problem.getVars()[: len(program.integer)]
        problem.Params.TimeLimit = watcher.seconds_left if math.isfinite(options.time_limit) else GRB.INFINITY
        problem.Params.Threads = options.threads
        problem.Params.Seed = options.seed
        problem.Params.MIPGap = options.relative_gap
        problem.Params.MIPGapAbs = options.absolute_gap
        for one in program.indicators:
            problem.addGenConstrIndicator(columns[one.binary], bool(one.active), columns[one.column] == 0)
        if options.start is not None:
            problem.setAttr("Start", columns, options.start.tolist())
        problem.update()
        problem.optimize(_callback(columns, watcher))
        status = _STATUS.get(problem.Status, Status.FAILED)
        x = None
        if problem.SolCount > 0 and status is not Status.UNBOUNDED:
            x = np.array(problem.getAttr("X", columns), dtype=np.float64)
            x = np.where(program.integer, np.round(x), x)
        undecided = problem.Status in (GRB.INF_OR_UNBD, GRB.UNBOUNDED)
        bound = math.nan if undecided else float(problem.ObjBound) if status is not Status.INFEASIBLE else -math.inf
        return MixedEnd(status, math.inf if bound >= GRB.INFINITY else bound, x, int(problem.NodeCount))


def _callback(columns: list[Any], watcher: Watcher) -> Any:
    def act(model: Any, where: int) -> bool:
        if where == GRB.Callback.MIPSOL:
            value = float(model.cbGet(GRB.Callback.MIPSOL_OBJ))
            watcher.found(np.array(model.cbGetSolution(columns), dtype=np.float64), value)
        elif where == GRB.Callback.MIP:
            bound = float(model.cbGet(GRB.Callback.MIP_OBJBND))
            watcher.progress(bound, int(model.cbGet(GRB.Callback.MIP_NODCNT)))
        return watcher.should_stop()

    def run(model: Any, where: int) -> None:
        if watcher.guarded(lambda: act(model, where)):
            model.terminate()

    return run
