"""Rational arithmetic: GLPK's exact simplex, begun from the floating optimum.

What is exact: every pivot, so the basis found is optimal (or the verdict right) without any tolerance, and values are
rounded to floating point only when they are read. What is not: GLPK first replaces each coefficient and bound by a
simple fraction near it (relative difference up to about 1e-9, so that 0.333333333333 becomes 1/3), and a time limit
is looked at only between pivots.
"""

from __future__ import annotations

import math
import time
from dataclasses import replace

import swiglpk as glpk

from strainopt.errors import SolverError
from strainopt.lp.backend import Availability, result_of
from strainopt.lp.glpk import GlpkBackend
from strainopt.lp.glpk_session import GlpkSession, milliseconds
from strainopt.lp.program import LinearProgram, MixedProgram
from strainopt.lp.result import LpResult, MixedOptions, MixedResult, Status

__all__ = ["ExactBackend", "ExactSession", "solve_exact"]

_PROVEN = {glpk.GLP_OPT: Status.OPTIMAL, glpk.GLP_NOFEAS: Status.INFEASIBLE, glpk.GLP_UNBND: Status.UNBOUNDED}


def solve_exact(program: LinearProgram, *, time_limit: float = math.inf) -> LpResult:
    """Solve in rational arithmetic, starting from the floating optimum.

    Parameters
    ----------
    program : LinearProgram
        Bounds that cross within `tolerances.PRIMAL_FEASIBILITY` are taken for equal, as in every backend.
    time_limit : float
        Seconds.

    Returns
    -------
    LpResult
        OPTIMAL, INFEASIBLE and UNBOUNDED are exact statements about the program with its numbers as fractions.
    """
    session = ExactSession(program)
    try:
        return result_of(session, session.solve(time_limit=time_limit))
    finally:
        session.close()


class ExactSession(GlpkSession):
    """A GLPK session each of whose solves ends with the exact simplex."""

    def _solve(self, fresh: bool, primal: bool, time_limit: float) -> Status:
        end = time.monotonic() + time_limit
        floating = super()._solve(fresh, primal, time_limit)
        without_rows = self._current.program.shape[0] == 0
        # Without rows GLPK refuses, but there every column just goes to a bound, which is exact.
        if floating is Status.TIME_LIMIT or self._current.contradictory or without_rows:
            return floating
        self._controls.tm_lim = milliseconds(end - time.monotonic())
        code = glpk.glp_exact(self.problem, self._controls)
        if code in (glpk.GLP_EBADB, glpk.GLP_ESING):
            # A basis that is singular in exact arithmetic; the standard one never is.
            glpk.glp_std_basis(self.problem)
            code = glpk.glp_exact(self.problem, self._controls)
        if code == glpk.GLP_ETMLIM:
            return Status.TIME_LIMIT
        if code != 0:
            return Status.FAILED
        return _PROVEN.get(glpk.glp_get_status(self.problem), Status.FAILED)


class ExactBackend:
    """GLPK in rational arithmetic; linear programs only."""

    name = "glpk-exact"

    def availability(self) -> Availability:
        """As GLPK's, without mixed-integer programs."""
        return replace(GlpkBackend().availability(), takes_mixed=False)

    def open(self, program: LinearProgram) -> ExactSession:
        """Load a linear program."""
        return ExactSession(program)

    def solve(self, program: LinearProgram, *, time_limit: float = math.inf) -> LpResult:
        """Solve once, with everything in the result."""
        return solve_exact(program, time_limit=time_limit)

    def solve_mixed(self, program: MixedProgram, options: MixedOptions) -> MixedResult:  # noqa: ARG002
        """Not available.

        Raises
        ------
        SolverError
            Always.
        """
        raise SolverError("exact arithmetic is for linear programs only", hint="use glpk or highs")
