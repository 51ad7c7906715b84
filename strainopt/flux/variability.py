"""Least and most value of many columns of one linear program.

What saves time, in this order: columns that determine one another are merged first (`aggregate`); one program
with many columns in its objective touches many bounds at once; every solution seen settles each end of a range
that it touches; the simplex starts from the last basis with nothing but one objective coefficient changed
(Gudmundsson and Thiele 2010). Every end that is solved for is checked against its dual bound.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from strainopt.errors import ModelError, SolverError, UsageError
from strainopt.flux.aggregate import Aggregation, aggregate, unmerged
from strainopt.flux.state import FluxRanges, solver_or_default, trusted_solve
from strainopt.lp.backend import Backend, LpSession
from strainopt.lp.program import FloatArray, IntArray, LinearProgram
from strainopt.lp.registry import backend
from strainopt.lp.result import Status
from strainopt.processes import context
from strainopt.tolerances import DUAL_FEASIBILITY, DUALITY_GAP, FVA_TOUCH, RESIDUAL

__all__ = ["fva_ranges"]

BoolArray = npt.NDArray[np.bool_]

CHUNK = 400
"""Ends of ranges that share one solver session. Fixed, so that the ranges do not depend on the number of workers."""

SCOUTS = 6
"""Programs with many columns in the objective that are tried before single columns are."""

SECONDS = 0.5
"""Longest that one end may take from one basis, usually a few ms: GLPK's primal simplex can cycle for ever, and then
a fresh basis or the dual simplex helps. It decides only how an end is found, not what it is."""

LAST_SECONDS = 60.0
"""Longest that an end may take when nothing certified it."""

log = logging.getLogger(__name__)


def fva_ranges(
    program: LinearProgram,
    columns: IntArray | None = None,
    *,
    processes: int = 1,
    solver: Backend | None = None,
    deadline: float = math.inf,
) -> FluxRanges:
    """Range of each of `columns` over the feasible set of `program`; its objective is ignored.

    Parameters
    ----------
    program : LinearProgram
        The feasible set.
    columns : int array, shape (k,), optional
        All columns if not given.
    processes : int
        Worker processes; the answer is the same for any number.
    solver : Backend, optional
        GLPK if not given.
    deadline : float
        A `time.monotonic()` moment from which the columns' own bounds stand for ends that are not settled.

    Returns
    -------
    FluxRanges
        In the order of `columns`; +-inf where there is no limit.

    Raises
    ------
    ModelError
        The program has no feasible point.
    SolverError
        An end of a range could not be certified by any means.
    UsageError
        `processes` is below 1.
    """
    if processes < 1:
        raise UsageError(f"{processes} worker processes", hint="give 1 or more")
    wanted = np.arange(program.shape[1], dtype=np.intp) if columns is None else columns
    engine = solver_or_default(solver)
    merged = _feasible(program, engine)
    asked = np.unique(merged.owner[wanted])
    small = merged.program
    ends = _Ends.of(small, asked[asked >= 0])
    solved = _scout(small, ends, engine)
    tasks = ends.open_tasks()
    chunks = [tasks[start : start + CHUNK] for start in range(0, len(tasks), CHUNK)]
    log.debug("%d columns merged into %d, %d ends left", program.shape[1], small.shape[1], len(tasks))
    doubtful = 0
    for chunk, (values, count, doubts) in zip(
        chunks, _answers(small, chunks, engine, processes, deadline), strict=True
    ):
        ends.settle(chunk, values)
        solved += count
        doubtful += doubts
    if doubtful:
        log.warning("%d of %d ends of flux ranges have no certificate", doubtful, 2 * len(wanted))
    lower, upper = merged.lift_ranges(wanted, ends.lower, ends.upper)
    return FluxRanges(wanted, np.minimum(lower, upper), np.maximum(lower, upper), solved, doubtful)


@dataclass(frozen=True, eq=False)
class _Task:
    """One end of one range: the most (`sign` 1) or the least (-1) of a column."""

    column: int
    sign: float


@dataclass(eq=False)
class _Ends:
    """Which ends are settled, and the values; an end touched by a solution is the bound itself."""

    low: FloatArray
    high: FloatArray
    lower: FloatArray
    upper: FloatArray
    lower_open: BoolArray
    upper_open: BoolArray

    @classmethod
    def of(cls, program: LinearProgram, asked: IntArray) -> _Ends:
        wanted = np.zeros(program.shape[1], dtype=bool)
        wanted[asked] = True
        low, high = program.lower, program.upper
        return cls(low, high, low.copy(), high.copy(), wanted, wanted.copy())

    def see(self, x: FloatArray) -> None:
        """Settle every end whose bound this point touches."""
        self.lower_open &= ~np.isfinite(self.low) | (x - self.low > FVA_TOUCH * (1.0 + np.abs(self.low)))
        self.upper_open &= ~np.isfinite(self.high) | (self.high - x > FVA_TOUCH * (1.0 + np.abs(self.high)))

    def count(self) -> int:
        """Ends that are not settled."""
        return int(self.upper_open.sum() + self.lower_open.sum())

    def open_tasks(self) -> list[_Task]:
        return [_Task(int(column), 1.0) for column in np.flatnonzero(self.upper_open)] + [
            _Task(int(column), -1.0) for column in np.flatnonzero(self.lower_open)
        ]

    def settle(self, tasks: list[_Task], values: FloatArray) -> None:
        for task, value in zip(tasks, values.tolist(), strict=True):
            if task.sign > 0.0:
                self.upper[task.column] = value
            else:
                self.lower[task.column] = value


def _feasible(program: LinearProgram, engine: Backend) -> Aggregation:
    """The program merged, or as it is where merging leaves nothing feasible; raises if neither is feasible."""
    status = Status.INFEASIBLE
    for reduce in (aggregate, unmerged):
        # Bounds that agree only within the solver's tolerance can contradict each other once substituted exactly.
        merged = reduce(program)
        status = trusted_solve(merged.program.with_objective(np.zeros(merged.program.shape[1])), engine).status
        if status is Status.OPTIMAL:
            return merged
    if status is Status.INFEASIBLE:
        raise ModelError(
            "no flux state satisfies all bounds and rows",
            why="the ranges of an empty set do not exist",
            hint="lower the growth floor, or look for forced fluxes (strainopt inspect)",
        )
    raise SolverError(f"the base of the flux ranges ended as {status.value}", hint="try another solver (--solver)")


def _scout(program: LinearProgram, ends: _Ends, engine: Backend) -> int:
    """Settle what a few programs with many columns in the objective touch; how many programs that took."""
    session = engine.open(program)
    solved = 0
    try:
        for number in range(2 * SCOUTS):
            upward = number % 2 == 0
            mask = ends.upper_open & np.isfinite(ends.high) if upward else ends.lower_open & np.isfinite(ends.low)
            session.set_objective(np.where(mask, 1.0 if upward else -1.0, 0.0))
            before = ends.count()
            solved += 1
            if session.solve(primal=number > 0, time_limit=SECONDS) is Status.OPTIMAL and _inside(
                program, x := session.values()
            ):
                ends.see(x)
            if number > 0 and before == ends.count():
                break
    finally:
        session.close()
    return solved


def _answers(
    program: LinearProgram, chunks: list[list[_Task]], engine: Backend, processes: int, deadline: float
) -> Iterator[tuple[FloatArray, int, int]]:
    if processes == 1 or len(chunks) < 2:
        for chunk in chunks:
            yield _solve_chunk(program, chunk, engine, deadline)
        return
    with ProcessPoolExecutor(min(processes, len(chunks)), mp_context=context()) as pool:
        futures = [pool.submit(_solve_chunk_by_name, program, chunk, engine.name, deadline) for chunk in chunks]
        for future in futures:
            yield future.result()


def _solve_chunk_by_name(
    program: LinearProgram, tasks: list[_Task], solver: str, deadline: float
) -> tuple[FloatArray, int, int]:
    return _solve_chunk(program, tasks, backend(solver), deadline)


def _solve_chunk(
    program: LinearProgram, tasks: list[_Task], engine: Backend, deadline: float
) -> tuple[FloatArray, int, int]:
    """Value of each task, how many linear programs that took, and how many values are not certified."""
    ends = _Ends.of(program, np.array([task.column for task in tasks], dtype=np.intp))
    values = np.empty(len(tasks))
    session = engine.open(program.with_objective(np.zeros(program.shape[1])))
    solved = doubtful = 0
    try:
        for position, task in enumerate(tasks):
            still_open = ends.upper_open if task.sign > 0.0 else ends.lower_open
            if not still_open[task.column] or time.monotonic() > deadline:
                values[position] = (ends.high if task.sign > 0.0 else ends.low)[task.column]
                continue
            column = np.array([task.column], dtype=np.intp)
            session.set_objective_entries(column, np.array([task.sign]))
            value, x, proven = _certified_end(session, program, task)
            session.set_objective_entries(column, np.zeros(1))
            values[position] = value
            solved += 1
            doubtful += not proven
            if x is not None:
                ends.see(x)
    finally:
        session.close()
    return values, solved, doubtful


def _certified_end(session: LpSession, program: LinearProgram, task: _Task) -> tuple[float, FloatArray | None, bool]:
    """One end, from the last basis, then from a fresh one, then by a session that asks another solver too."""
    for fresh in (False, True):
        status = session.solve(fresh=fresh, primal=True, time_limit=SECONDS)
        if status is Status.OPTIMAL:
            x = session.values()
            if _inside(program, x) and _proven(program, task, x, session.row_duals()):
                return float(x[task.column]), x, True
        log.debug("column %d: %s from %s basis", task.column, status.value, "a fresh" if fresh else "the last")
    return _trusted_end(program, task)


def _trusted_end(program: LinearProgram, task: _Task) -> tuple[float, FloatArray | None, bool]:
    objective = np.zeros(program.shape[1])
    objective[task.column] = task.sign
    single = program.with_objective(objective)
    result = trusted_solve(single, backend("glpk"))
    if result.status is Status.UNBOUNDED:
        return task.sign * float("inf"), None, True
    if result.status is Status.OPTIMAL and result.x is not None:
        return float(result.x[task.column]), result.x, True
    for name in ("highs", "glpk"):
        result = backend(name).solve(single, time_limit=LAST_SECONDS)
        if result.status is Status.OPTIMAL and result.x is not None and _inside(program, result.x):
            log.debug("column %d: feasible, but not certified to be optimal", task.column)
            return float(result.x[task.column]), result.x, False
    raise SolverError(
        f"an end of the range of column {task.column} could not be found ({result.status.value})",
        why="no solver gave a feasible optimum",
        hint="widen or round bounds that nearly contradict each other (strainopt inspect), or lower the fraction",
    )


def _inside(program: LinearProgram, x: FloatArray) -> bool:
    """Whether the point is feasible within tolerance."""
    activity = program.matrix @ x
    size = 1.0 + float(np.abs(x).max(initial=0.0))
    return (
        _outside(activity, program.row_lower, program.row_upper) <= RESIDUAL * size
        and _outside(x, program.lower, program.upper) <= RESIDUAL * size
    )


def _proven(program: LinearProgram, task: _Task, x: FloatArray, duals: FloatArray) -> bool:
    """Whether the duals prove that nothing is better than this point, within tolerance."""
    costs = -(program.matrix.T @ duals)
    costs[task.column] += task.sign
    gap = _room(costs, x, program.lower, program.upper)
    gap += _room(duals, program.matrix @ x, program.row_lower, program.row_upper)
    return bool(gap <= DUALITY_GAP * (1.0 + abs(x[task.column])))


def _outside(values: FloatArray, low: FloatArray, high: FloatArray) -> float:
    return float(max(np.max(low - values, initial=0.0), np.max(values - high, initial=0.0)))


def _room(prices: FloatArray, values: FloatArray, low: FloatArray, high: FloatArray) -> float:
    """How much the prices promise between these values and the bounds that they point to."""
    toward = np.where(prices > 0.0, high, low)
    # A price that is only round-off promises nothing where there is no bound.
    counted = (np.abs(prices) > DUAL_FEASIBILITY) | np.isfinite(toward)
    return float(np.abs(prices[counted] * (toward[counted] - values[counted])).sum())
