"""In which directions can each column carry flux while the cell grows at the floor? Few linear programs tell.

A direction is open once any state uses it, so most need no program of their own. All columns that can run one way only
and were not seen are settled together: the sum of their fluxes, each up to a cap, has maximum zero exactly if none can
carry flux (the idea of FASTCC, Vlassis et al. 2014). A direction counts as closed only with a dual bound that proves
it; in doubt it stays open, which loses nothing.
"""

from __future__ import annotations

import logging
import math
import time
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from strainopt.errors import ModelError, SolverError
from strainopt.lp.backend import Backend, LpSession
from strainopt.lp.certify import farkas_margin
from strainopt.lp.program import FloatArray, LinearProgram
from strainopt.lp.registry import backend
from strainopt.lp.result import Status
from strainopt.reduce.polytope import Polytope
from strainopt.tolerances import BLOCKED_PROOF, FARKAS, FLUX_SEEN, LEAST_UNIT, ZERO_FLUX

__all__ = ["Directions", "flux_unit", "growing_program", "open_directions", "solved"]

logger = logging.getLogger(__name__)

BoolArray = npt.NDArray[np.bool_]

_CAP = 1.0
"""Most flux, growth scaled by the floor, that a column of a group adds to the sum: so many share in it, not a few that
could carry most. States may be mixed with one in which the group rests, so a cap closes nothing."""

_OTHER = "highs"
"""Asked where the first solver neither finds a state that grows nor proves that there is none."""


@dataclass(frozen=True, eq=False)
class Directions:
    """Which columns can carry positive and negative flux, and how many linear programs it took to know."""

    forward: BoolArray
    backward: BoolArray
    lps: int


def flux_unit(growth_floor: float) -> float:
    """What fluxes are divided by, so that traces of biomass stay far above the solver's tolerances.

    The floor, unless it is so small that the bounds would grow beyond what double precision can balance; for a floor of
    zero 1.
    """
    return max(growth_floor, LEAST_UNIT) if growth_floor > 0 else 1.0


def growing_program(polytope: Polytope, *, biomass: int, growth_floor: float) -> LinearProgram:
    """The states that grow at least at the floor (1/h), fluxes in units of `flux_unit`."""
    unit = flux_unit(growth_floor)
    lower, upper = polytope.lower / unit, polytope.upper / unit
    if growth_floor > 0:
        lower[biomass] = max(lower[biomass], growth_floor / unit)
    program = polytope.program(np.zeros(polytope.n_columns))
    if lower[biomass] > upper[biomass]:
        raise _no_growth(growth_floor)
    return program.with_bounds(lower, upper)


def open_directions(
    polytope: Polytope, *, biomass: int, growth_floor: float, solver: Backend, deadline: float = math.inf
) -> Directions:
    """Find the open directions of every column over the states with growth at or above the floor.

    Parameters
    ----------
    polytope : Polytope
        Mass balances and bounds.
    biomass : int
        Column of growth.
    growth_floor : float
        1/h.
    solver : Backend
        Whose sessions are used.
    deadline : float
        A `time.monotonic()` moment from which directions that are not settled count as open.

    Raises
    ------
    ModelError
        No state grows that fast.
    """
    program = growing_program(polytope, biomass=biomass, growth_floor=growth_floor)
    for engine in (solver, backend(_OTHER)):
        session = engine.open(program)
        try:
            status = solved(session)
            if status is Status.INFEASIBLE and _proves(program, session.ray()):
                raise _no_growth(growth_floor)
            if status is Status.OPTIMAL:
                start = session.values()
                boxed = _boxed(program, start)
                every = np.arange(polytope.n_columns, dtype=np.intp)
                session.set_bounds(every, boxed.lower, boxed.upper)
                return _Explorer(boxed, session, start, deadline).run()
            logger.debug("%s: no certified answer whether any state grows at the floor (%s)", engine.name, status.value)
        finally:
            session.close()
    raise SolverError(
        f"no flux state at growth {growth_floor:g} 1/h was found or excluded ({status.value})",
        hint="try a larger --min-growth",
    )


def _proves(program: LinearProgram, ray: FloatArray | None) -> bool:
    return ray is not None and farkas_margin(program, ray) > FARKAS


def _boxed(program: LinearProgram, state: FloatArray) -> LinearProgram:
    """Finite bounds in place of missing ones, far around a known state.

    Signs stay what they were: a state outside the box, mixed with a little weight into the known one, is inside.
    """
    reach = 10.0 * (100.0 + float(np.max(np.abs(state), initial=0.0)))
    return replace(
        program,
        lower=np.where(np.isneginf(program.lower), -reach, program.lower),
        upper=np.where(np.isposinf(program.upper), reach, program.upper),
    )


class _Explorer:
    """The search for open directions on one loaded program."""

    def __init__(self, program: LinearProgram, session: LpSession, state: FloatArray, deadline: float) -> None:
        self.program = program
        self.session = session
        self.deadline = deadline
        self.forward = np.zeros(program.shape[1], dtype=bool)
        self.backward = np.zeros(program.shape[1], dtype=bool)
        self.may_forward = program.upper > 0
        self.may_backward = program.lower < 0
        self.lps = 1
        self._see(state)

    def run(self) -> Directions:
        """Spread out first, then settle groups, then single columns of both directions, then groups again."""
        self._spread()
        self._settle_group()
        for column in np.flatnonzero(self.may_forward & self.may_backward):
            for sign in (1.0, -1.0):
                if self._pending(sign)[column] and not self._late():
                    self._settle_one(int(column), sign)
        self._settle_group()
        for sign in (1.0, -1.0):
            for column in np.flatnonzero(self._pending(sign)):
                if self._pending(sign)[column] and not self._late():
                    self._settle_one(int(column), sign)
        # anything left was not looked at for want of time
        return Directions(self.forward | self._pending(1.0), self.backward | self._pending(-1.0), self.lps)

    def _late(self) -> bool:
        return time.monotonic() > self.deadline

    def _pending(self, sign: float) -> BoolArray:
        return np.asarray(
            self.may_forward & ~self.forward if sign > 0 else self.may_backward & ~self.backward, dtype=bool
        )

    def _see(self, state: FloatArray) -> int:
        before = int(self.forward.sum() + self.backward.sum())
        self.forward |= (state > FLUX_SEEN) & self.may_forward
        self.backward |= (state < -FLUX_SEEN) & self.may_backward
        return int(self.forward.sum() + self.backward.sum()) - before

    def _spread(self) -> None:
        """Maximise all unseen directions at once, reversible columns by turns each way, while that shows many."""
        for turn in range(20):
            ahead, back = self._pending(1.0), self._pending(-1.0)
            sign = 1.0 if turn % 2 == 0 else -1.0
            objective = np.where(ahead & back, sign, ahead.astype(float) - back.astype(float))
            pending = int(ahead.sum() + back.sum())
            if pending == 0 or self._late() or (self._maximise(objective) < max(1, pending // 50) and turn > 1):
                return

    def _settle_group(self) -> None:
        """Prove at once that all unseen one-way columns are closed, or see at least one of them."""
        while True:
            ahead = self._pending(1.0) & ~self.may_backward
            back = self._pending(-1.0) & ~self.may_forward
            if not (ahead.any() or back.any()) or self._late():
                return
            objective = ahead.astype(float) - back.astype(float)
            group = np.flatnonzero(ahead | back)
            lower, upper = self.program.lower[group], self.program.upper[group]
            self.session.set_bounds(group, np.maximum(lower, -_CAP), np.minimum(upper, _CAP))
            found = self._maximise(objective)
            none = self._proven_zero(objective)
            self.session.set_bounds(group, lower, upper)
            if none:
                self.may_forward &= ~ahead
                self.may_backward &= ~back
                return
            if found == 0:
                return

    def _settle_one(self, column: int, sign: float) -> None:
        objective = np.zeros(self.program.shape[1])
        objective[column] = sign
        self._maximise(objective)
        may, seen = (self.may_forward, self.forward) if sign > 0 else (self.may_backward, self.backward)
        if seen[column]:
            return
        if self._proven_zero(objective):
            may[column] = False
        else:
            seen[column] = True

    def _maximise(self, objective: FloatArray) -> int:
        """Solve and mark what is seen; how many directions were new."""
        self.session.set_objective(objective)
        self.lps += 1
        if solved(self.session) is not Status.OPTIMAL:
            raise SolverError(
                "a linear program over known states was not solved",
                why="the states that grow at the floor are not empty and all bounds are finite",
                hint="try another solver (--solver)",
            )
        return self._see(self.session.values())

    def _proven_zero(self, objective: FloatArray) -> bool:
        """Whether the last solve proves that the objective cannot be positive."""
        if self.session.objective_value() > ZERO_FLUX:
            return False
        if self._dual_bound(objective) <= BLOCKED_PROOF:
            return True
        self.lps += 1
        return self.session.solve(fresh=True) is Status.OPTIMAL and self._dual_bound(objective) <= BLOCKED_PROOF

    def _dual_bound(self, objective: FloatArray) -> float:
        """No state has a larger objective: true for any row multipliers, as the right-hand sides are zero."""
        reduced = objective - self.program.matrix.T @ self.session.row_duals()
        return float(np.sum(np.maximum(reduced * self.program.lower, reduced * self.program.upper)))


def solved(session: LpSession) -> Status:
    """Solve; an answer other than an optimum is asked for again from scratch."""
    status = session.solve()
    if status is Status.OPTIMAL:
        return status
    status = session.solve(fresh=True)
    return status if status is Status.OPTIMAL else session.solve(fresh=True, primal=True)


def _no_growth(growth_floor: float) -> ModelError:
    return ModelError(
        f"no flux state grows at {growth_floor:g} 1/h in this scenario",
        why="the medium, the bounds or the prior knockouts allow less growth than the designs must keep",
        hint="lower --min-growth, or open what is missing (strainopt inspect shows the growth)",
    )
