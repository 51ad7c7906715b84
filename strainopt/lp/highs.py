"""HiGHS through highspy: the default for mixed-integer programs; see `strainopt.lp.highs_session`."""

from __future__ import annotations

import math

from strainopt.lp.backend import Availability
from strainopt.lp.highs_mixed import solve_mixed
from strainopt.lp.highs_session import HighsSession, new_highs, solve_once
from strainopt.lp.probe import fault
from strainopt.lp.program import LinearProgram, MixedProgram
from strainopt.lp.result import LpResult, MixedOptions, MixedResult

__all__ = ["HighsBackend", "HighsSession"]


class HighsBackend:
    """HiGHS: simplex sessions and a branch-and-cut that can be watched and stopped."""

    name = "highs"

    def availability(self) -> Availability:
        """Solve a tiny program and report."""
        reason = fault(self)
        version = str(new_highs(threads=1).version())
        if reason:
            return Availability(False, version, reason)
        return Availability(True, version)

    def open(self, program: LinearProgram) -> HighsSession:
        """Load a linear program."""
        return HighsSession(program)

    def solve(self, program: LinearProgram, *, time_limit: float = math.inf) -> LpResult:
        """Solve once, with everything in the result."""
        return solve_once(program, time_limit=time_limit)

    def solve_mixed(self, program: MixedProgram, options: MixedOptions) -> MixedResult:
        """Solve a mixed-integer program, as `strainopt.lp.highs_mixed` says."""
        return solve_mixed(program, options)
