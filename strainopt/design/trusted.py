"""A solver for verification: every answer is certified, and a solver that does not come back is not waited for.

The simplex method can cycle: GLPK was seen to run for ever on a least-flux program over the growth optima of iJO1366,
which HiGHS solves in a second. So each solver gets a slice of time, and the other one is asked when it is used up.
"""

from __future__ import annotations

import logging
import math
import time

from strainopt.lp.backend import Availability, Backend, LpSession, result_of
from strainopt.lp.program import LinearProgram, MixedProgram
from strainopt.lp.registry import backend, default_lp
from strainopt.lp.result import LpResult, MixedOptions, MixedResult, Status
from strainopt.lp.trusted import TrustedSession

__all__ = ["TrustedBackend", "confirming_solver", "first_solver"]

log = logging.getLogger(__name__)

SLICES = (5.0, 20.0, 120.0, math.inf)
"""Seconds for each attempt, the two solvers in turn; a program of a genome-scale network usually takes one."""


class TrustedBackend:
    """A solver whose answers to single linear programs are certified; see `TrustedSession`.

    Parameters
    ----------
    solver, other : Backend
        Asked in turn, until one gives a certified answer within its slice.
    """

    def __init__(self, solver: Backend, other: Backend) -> None:
        self.name = solver.name
        self._solver = solver
        self._other = other

    def availability(self) -> Availability:
        """As the first solver."""
        return self._solver.availability()

    def open(self, program: LinearProgram) -> LpSession:
        """A session of the first solver, as it is."""
        return self._solver.open(program)

    def solve(self, program: LinearProgram, *, time_limit: float = math.inf) -> LpResult:
        """Solve once; FAILED if neither solver gives a certificate."""
        end = time.monotonic() + time_limit
        result = LpResult(Status.FAILED, math.nan)
        for turn, most in enumerate(SLICES):
            pair = (self._solver, self._other) if turn % 2 == 0 else (self._other, self._solver)
            left = end - time.monotonic()
            result = _certified(program, *pair, time_limit=max(min(most, left), 0.0))
            if result.status.proven or most >= left:
                return result
            log.info("%s gave no certified answer (%s), asking %s", pair[0].name, result.status.value, pair[1].name)
        return result

    def solve_mixed(self, program: MixedProgram, options: MixedOptions) -> MixedResult:
        """As the first solver."""
        return self._solver.solve_mixed(program, options)


def first_solver(name: str | None = None) -> TrustedBackend:
    """The solver that does the linear programs; GLPK if no name is given."""
    solver = default_lp() if name is None else backend(name)
    return TrustedBackend(solver, _other_than(solver))


def confirming_solver(first: Backend) -> TrustedBackend:
    """HiGHS for all others, GLPK for HiGHS."""
    solver = _other_than(first)
    return TrustedBackend(solver, backend("glpk") if solver.name == "highs" else backend("highs"))


def _other_than(solver: Backend) -> Backend:
    return backend("glpk" if solver.name == "highs" else "highs")


def _certified(program: LinearProgram, solver: Backend, referee: Backend, *, time_limit: float) -> LpResult:
    session = TrustedSession(program, backend=solver, referee=referee)
    try:
        return result_of(session, session.solve(fresh=True, primal=True, time_limit=time_limit))
    finally:
        session.close()
