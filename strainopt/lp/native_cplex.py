"""Mixed-integer solves by CPLEX' Python interface, on the problem that optlang has built."""

from __future__ import annotations

import math
from typing import Any

import cplex
import numpy as np
from cplex.callbacks import MIPInfoCallback
from cplex.exceptions import CplexError

from strainopt.lp.program import MixedProgram
from strainopt.lp.result import Status
from strainopt.lp.watch import MixedEnd, Watcher

__all__ = ["CplexMixed"]

_STATUS = {
    "MIP_optimal": Status.OPTIMAL,
    "optimal_tolerance": Status.OPTIMAL,
    "MIP_infeasible": Status.INFEASIBLE,
    "MIP_unbounded": Status.UNBOUNDED,
    "MIP_time_limit_feasible": Status.TIME_LIMIT,
    "MIP_time_limit_infeasible": Status.TIME_LIMIT,
    "MIP_abort_feasible": Status.INTERRUPTED,
    "MIP_abort_infeasible": Status.INTERRUPTED,
}
_UNDECIDED = ("MIP_infeasible_or_unbounded", "MIP_unbounded")


class _Info(MIPInfoCallback):  # type: ignore[misc]
    watcher: Watcher
    columns: int

    def __call__(self) -> None:
        if self.watcher.guarded(self._act):
            self.abort()

    def _act(self) -> bool:
        if self.has_incumbent():
            values = np.array(self.get_incumbent_values(), dtype=np.float64)[: self.columns]
            self.watcher.found(values, float(self.get_incumbent_objective_value()))
        self.watcher.progress(float(self.get_best_objective_value()), int(self.get_num_nodes()))
        return self.watcher.should_stop()


class CplexMixed:
    """See `strainopt.lp.through_optlang.NativeMixed`."""

    errors: tuple[type[Exception], ...] = (CplexError,)

    def run(self, problem: Any, program: MixedProgram, watcher: Watcher) -> MixedEnd:
        """Solve with CPLEX' branch-and-cut."""
        options = watcher.options
        settings = problem.parameters
        if math.isfinite(options.time_limit):
            settings.timelimit.set(watcher.seconds_left)
        settings.threads.set(options.threads)
        settings.randomseed.set(options.seed)
        settings.mip.tolerances.mipgap.set(options.relative_gap)
        settings.mip.tolerances.absmipgap.set(options.absolute_gap)
        n = len(program.integer)
        for one in program.indicators:
            problem.indicator_constraints.add(
                indvar=one.binary,
                complemented=0 if one.active else 1,
                rhs=0.0,
                sense="E",
                lin_expr=cplex.SparsePair([one.column], [1.0]),
            )
        if options.start is not None:
            pair = cplex.SparsePair(list(range(n)), options.start.tolist())
            problem.MIP_starts.add(pair, problem.MIP_starts.effort_level.check_feasibility)
        info = problem.register_callback(_Info)
        info.watcher, info.columns = watcher, n
        problem.solve()
        return _end(problem, program)


def _end(problem: Any, program: MixedProgram) -> MixedEnd:
    solution = problem.solution
    name = solution.status[solution.get_status()]
    status = _STATUS.get(name, Status.FAILED)
    x = None
    if solution.is_primal_feasible() and status is not Status.UNBOUNDED:
        x = np.array(solution.get_values(), dtype=np.float64)[: len(program.integer)]
        x = np.where(program.integer, np.round(x), x)
    if name in _UNDECIDED:
        bound = math.nan
    elif status is Status.INFEASIBLE:
        bound = -math.inf
    else:
        bound = float(solution.MIP.get_best_objective())
    return MixedEnd(status, bound, x, int(solution.progress.get_num_nodes_processed()))
