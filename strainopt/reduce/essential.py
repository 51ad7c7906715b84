"""Which single deletions leave too little growth? One linear program for each that no known state answers."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence

import numpy as np

from strainopt.errors import ModelError
from strainopt.lp.backend import Backend, LpSession
from strainopt.lp.certify import dual_bound, farkas_margin
from strainopt.lp.program import FloatArray, LinearProgram
from strainopt.lp.result import Status
from strainopt.reduce.directions import flux_unit, solved
from strainopt.reduce.reduced import ReducedNetwork
from strainopt.tolerances import FARKAS, GROWTH_MARGIN

__all__ = ["essential_deletions"]


def essential_deletions(
    reduced: ReducedNetwork,
    deletions: Sequence[tuple[int, ...]],
    *,
    min_growth: float,
    solver: Backend,
    deadline: float = math.inf,
) -> tuple[bool, ...]:
    """For each deletion (the columns it closes), whether the growth left is proven to be below `min_growth`.

    A state that grows fast enough clears every deletion whose columns it does not use. "Below" needs a dual bound, or
    a ray that proves that nothing is feasible; what cannot be proven is not essential.

    Parameters
    ----------
    reduced : ReducedNetwork
        With a growth floor not above `min_growth`.
    deletions : sequence of tuple of int
        Columns closed together.
    min_growth : float
        1/h.
    solver : Backend
        Whose sessions are used.
    deadline : float
        A `time.monotonic()` moment from which no further deletion is looked at; what is left is not proven essential.

    Raises
    ------
    ModelError
        Not even the network without deletions grows that fast.
    """
    program, threshold = _growth_program(reduced, min_growth)
    session = solver.open(program)
    known: dict[tuple[int, ...], bool] = {}
    try:
        if solved(session) is not Status.OPTIMAL or session.objective_value() < threshold * (1 - GROWTH_MARGIN):
            raise ModelError(
                f"the network grows slower than {min_growth:g} 1/h without any deletion",
                hint="lower --min-growth, or open the medium",
            )
        idle = session.values() == 0.0
        waiting = sorted(set(deletions))
        while waiting:
            waiting = [closed for closed in waiting if not (idle[list(closed)].all() and _clear(known, closed))]
            if not waiting or time.monotonic() > deadline:
                break
            closed = waiting.pop()
            known[closed], state = _judged(program, session, closed, threshold)
            if state is not None:
                idle = state == 0.0
    finally:
        session.close()
    return tuple(known.get(closed, False) for closed in deletions)


def _clear(known: dict[tuple[int, ...], bool], closed: tuple[int, ...]) -> bool:
    known[closed] = False
    return True


def _growth_program(reduced: ReducedNetwork, min_growth: float) -> tuple[LinearProgram, float]:
    """Maximise growth, in units of `flux_unit`; and the growth to be kept in these units."""
    unit = flux_unit(min_growth)
    objective = np.zeros(reduced.shape[1])
    objective[reduced.biomass] = 1.0
    zero = np.zeros(reduced.shape[0])
    matrix, lower, upper = reduced.stoichiometry, reduced.lower / unit, reduced.upper / unit
    return LinearProgram(objective, matrix, zero, zero.copy(), lower, upper), min_growth / unit


def _judged(
    program: LinearProgram, session: LpSession, closed: tuple[int, ...], threshold: float
) -> tuple[bool, FloatArray | None]:
    """Close the columns, solve, open them again: whether growth is proven too slow, and a state that is fast enough."""
    columns = np.asarray(closed, dtype=np.intp)
    lower, upper = program.lower.copy(), program.upper.copy()
    lower[columns], upper[columns] = np.maximum(lower[columns], 0.0), np.minimum(upper[columns], 0.0)
    if np.any(lower[columns] > upper[columns]):
        return True, None
    mutant = program.with_bounds(lower, upper)
    session.set_bounds(columns, lower[columns], upper[columns])
    try:
        status = solved(session)
        if status is Status.INFEASIBLE:
            ray = session.ray()
            return ray is not None and farkas_margin(mutant, ray) > FARKAS, None
        if status is not Status.OPTIMAL:
            return False, None
        if session.objective_value() >= threshold:
            return False, session.values()
        return dual_bound(mutant, session.row_duals()) < threshold * (1 - GROWTH_MARGIN), None
    finally:
        session.set_bounds(columns, program.lower[columns], program.upper[columns])
