"""A session none of whose verdicts is believed without a certificate."""

from __future__ import annotations

import logging
import math
import time
from dataclasses import dataclass

import numpy as np

from strainopt import tolerances
from strainopt.lp import certify, registry
from strainopt.lp.backend import Backend, LpSession
from strainopt.lp.current import CurrentProgram
from strainopt.lp.program import FloatArray, IntArray, LinearProgram
from strainopt.lp.result import Status

__all__ = ["TrustCounts", "TrustedSession"]

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class TrustCounts:
    """How often answers were taken, and how far they had to be carried to be believed.

    Attributes
    ----------
    solves : int
        Calls of `solve`.
    retried : int
        Those whose first answer had no certificate.
    other_solver : int
        Those that went as far as the other solver.
    uncertified : int
        Those that ended FAILED since no solver gave a certificate.
    """

    solves: int = 0
    retried: int = 0
    other_solver: int = 0
    uncertified: int = 0

    def __add__(self, other: TrustCounts) -> TrustCounts:
        return TrustCounts(
            self.solves + other.solves,
            self.retried + other.retried,
            self.other_solver + other.other_solver,
            self.uncertified + other.uncertified,
        )


class TrustedSession:
    """An `LpSession` that certifies: INFEASIBLE by a checked Farkas ray, OPTIMAL by residual and duality gap.

    Without a certificate the program is solved from a fresh basis, then by the primal simplex from a fresh basis,
    then by the other solver, and then the answer is FAILED: never an unproven verdict. UNBOUNDED, for which
    solvers give no certificate that both know, is taken where the other solver agrees. A time limit passes through.

    Parameters
    ----------
    program : LinearProgram
    backend : Backend, optional
        Default GLPK.
    referee : Backend, optional
        The other solver; default HiGHS, or GLPK where `backend` is HiGHS.
    check_optimal : bool
        False for callers that check the values of OPTIMAL answers on grounds of their own.
    """

    def __init__(
        self,
        program: LinearProgram,
        *,
        backend: Backend | None = None,
        referee: Backend | None = None,
        check_optimal: bool = True,
    ) -> None:
        self._backend = registry.default_lp() if backend is None else backend
        self._referee = referee
        self._check_optimal = check_optimal
        self._current = CurrentProgram(program)
        self._session: LpSession = self._backend.open(program)
        self._answering: LpSession = self._session
        self._x: FloatArray | None = None
        self._duals: FloatArray | None = None
        self._ray: FloatArray | None = None
        self._counts = TrustCounts()

    @property
    def counts(self) -> TrustCounts:
        """Events so far."""
        return self._counts

    @property
    def program(self) -> LinearProgram:
        """The program as it is now; changes with the session."""
        return self._current.program

    def set_bounds(self, columns: IntArray, lower: FloatArray, upper: FloatArray) -> None:
        """Replace the bounds of the given columns."""
        self._current.set_bounds(columns, lower, upper)
        self._session.set_bounds(columns, lower, upper)

    def set_row_bounds(self, rows: IntArray, lower: FloatArray, upper: FloatArray) -> None:
        """Replace the bounds of the given rows."""
        self._current.set_row_bounds(rows, lower, upper)
        self._session.set_row_bounds(rows, lower, upper)

    def set_objective(self, objective: FloatArray) -> None:
        """Replace the whole objective (maximised), shape (n,)."""
        changed = (self._current.program.objective != objective).nonzero()[0]
        self.set_objective_entries(changed, objective[changed])

    def set_objective_entries(self, columns: IntArray, values: FloatArray) -> None:
        """Replace some objective coefficients."""
        self._current.set_objective_entries(columns, values)
        self._session.set_objective_entries(columns, values)

    def solve(self, *, fresh: bool = False, primal: bool = False, time_limit: float = math.inf) -> Status:
        """Solve from the last basis until there is a certificate; FAILED if there is none."""
        end = time.monotonic() + time_limit
        self._answer_from(self._session)
        status = self._session.solve(fresh=fresh, primal=primal, time_limit=time_limit)
        if status is Status.TIME_LIMIT or self._certified(status):
            self._count()
            return status
        for from_primal in (False, True):
            self._answer_from(self._session)
            status = self._session.solve(fresh=True, primal=from_primal, time_limit=end - time.monotonic())
            if status is Status.TIME_LIMIT or self._certified(status):
                self._count(retried=1)
                return status
        return self._ask_referee(status, end)

    def _ask_referee(self, claimed: Status, end: float) -> Status:
        """Solve with the other solver, whose session then answers for the values."""
        if self._referee is None:
            self._referee = registry.backend("glpk" if self._backend.name == "highs" else "highs")
        session = self._referee.open(self._current.program)
        self._answer_from(session)
        status = session.solve(time_limit=end - time.monotonic())
        agreed = status is Status.UNBOUNDED and claimed is Status.UNBOUNDED
        if status is Status.TIME_LIMIT or agreed or self._certified(status):
            self._count(retried=1, other_solver=1)
            return status
        _log.warning("no certificate: %s says %s, %s says %s", self._backend.name, claimed, self._referee.name, status)
        self._count(retried=1, other_solver=1, uncertified=1)
        return Status.FAILED

    def _answer_from(self, session: LpSession) -> None:
        if self._answering is not self._session and self._answering is not session:
            self._answering.close()
        self._answering = session
        self._x = self._duals = self._ray = None

    def _certified(self, status: Status) -> bool:
        if status is Status.INFEASIBLE:
            self._ray = self._answering.ray()
            return self._ray is not None and certify.farkas_margin(self._current.program, self._ray) > tolerances.FARKAS
        if status is not Status.OPTIMAL:
            return False
        if not self._check_optimal:
            return True
        self._x = self._answering.values()
        if not certify.is_feasible(self._current.program, self._x):
            return False
        value = float(self._current.program.objective @ self._x)
        return abs(self.dual_bound() - value) <= tolerances.DUALITY_GAP * (1.0 + abs(value))

    def _count(self, *, retried: int = 0, other_solver: int = 0, uncertified: int = 0) -> None:
        self._counts = self._counts + TrustCounts(1, retried, other_solver, uncertified)

    def objective_value(self) -> float:
        """Objective of the last solve."""
        return self._answering.objective_value()

    def dual_bound(self) -> float:
        """A bound that the maximum cannot pass, by weak duality from the row duals of the last solve."""
        return certify.dual_bound(self._current.program, self.row_duals())

    def values(self) -> FloatArray:
        """Column values of the last solve, shape (n,)."""
        x = self._answering.values() if self._x is None else self._x
        return np.array(x, dtype=np.float64)

    def row_duals(self) -> FloatArray:
        """Signs as in `LpResult`."""
        duals = self._answering.row_duals() if self._duals is None else self._duals
        self._duals = duals
        return np.array(duals, dtype=np.float64)

    def reduced_costs(self) -> FloatArray:
        """Signs as in `LpResult`."""
        return self._answering.reduced_costs()

    def ray(self) -> FloatArray | None:
        """The checked Farkas ray, if the last solve said INFEASIBLE."""
        ray = self._ray
        return None if ray is None else ray.copy()

    def close(self) -> None:
        """Free the solvers' memory; safe to call twice."""
        if self._answering is not self._session:
            self._answering.close()
        self._session.close()
