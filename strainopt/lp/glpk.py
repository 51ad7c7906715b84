"""GLPK through swiglpk: the default for linear programs; see `strainopt.lp.glpk_session`."""

from __future__ import annotations

import math

import swiglpk as glpk

from strainopt.lp.backend import Availability, result_of
from strainopt.lp.glpk_mixed import solve_mixed
from strainopt.lp.glpk_session import GlpkSession
from strainopt.lp.probe import fault
from strainopt.lp.program import LinearProgram, MixedProgram
from strainopt.lp.result import LpResult, MixedOptions, MixedResult

__all__ = ["GlpkBackend", "GlpkSession"]


class GlpkBackend:
    """GLPK: warm simplex sessions and a plain branch-and-bound; `warm_dual` as in `GlpkSession`."""

    name = "glpk"

    def __init__(self, *, warm_dual: bool = False) -> None:
        self._warm_dual = warm_dual

    def availability(self) -> Availability:
        """Solve a tiny program and report."""
        reason = fault(self)
        version = str(glpk.glp_version())
        if reason:
            return Availability(False, version, reason)
        return Availability(True, version)

    def open(self, program: LinearProgram) -> GlpkSession:
        """Load a linear program."""
        return GlpkSession(program, warm_dual=self._warm_dual)

    def solve(self, program: LinearProgram, *, time_limit: float = math.inf) -> LpResult:
        """Solve once, with everything in the result."""
        session = self.open(program)
        try:
            return result_of(session, session.solve(time_limit=time_limit))
        finally:
            session.close()

    def solve_mixed(self, program: MixedProgram, options: MixedOptions) -> MixedResult:
        """Solve a mixed-integer program, as `strainopt.lp.glpk_mixed` says."""
        return solve_mixed(program, options)
