"""Parsimonious flux balance analysis: maximal growth with the least total flux (Lewis et al. 2010)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from strainopt.errors import SolverError, UsageError
from strainopt.flux.fba import fba_program
from strainopt.flux.near import at_fraction
from strainopt.flux.ranges import ProductRange
from strainopt.flux.state import solver_or_default, trusted_solve
from strainopt.lp.backend import Backend
from strainopt.lp.lexicographic import optimal_face
from strainopt.lp.program import FloatArray, IntArray, LinearProgram
from strainopt.lp.result import LpResult, Status
from strainopt.network.network import Network

__all__ = ["ParsimoniousState", "SplitProgram", "pfba", "pfba_product_range", "pfba_program"]


@dataclass(frozen=True, eq=False)
class ParsimoniousState:
    """The growth optimum of least total flux.

    Attributes
    ----------
    status : Status
    growth : float
        Value of the network's objective in this state, 1/h; nan unless optimal.
    sum_abs_flux : float
        `weights @ abs(fluxes)`, mmol/gDW/h; nan unless optimal. Unique, unlike the fluxes.
    fluxes : float array, shape (reactions,)
        One state that attains it.
    """

    status: Status
    growth: float
    sum_abs_flux: float
    fluxes: FloatArray


@dataclass(frozen=True, eq=False)
class SplitProgram:
    """A program that minimises a weighted sum of absolute values, and its way back.

    Attributes
    ----------
    program : LinearProgram
        Its first columns are those of the program it came from, with their forward part; the columns that may
        take both signs have a backward part behind them. The objective is the negated weighted sum.
    backward : int array
        For each appended column, the column whose backward part it is.
    columns : int
        Columns of the program it came from.
    """

    program: LinearProgram
    backward: IntArray
    columns: int

    def values(self, x: FloatArray) -> FloatArray:
        """Values of the original columns."""
        whole: FloatArray = x[: self.columns].copy()
        whole[self.backward] -= x[self.columns :]
        return whole

    def objective(self, objective: FloatArray) -> FloatArray:
        """An objective on the original columns, written on the split ones."""
        return np.concatenate([objective, -objective[self.backward]])


def pfba_program(program: LinearProgram, *, weights: FloatArray) -> SplitProgram:
    """Minimise `weights @ abs(x)` over the feasible set of `program`.

    Only columns that may take both signs are split; the others have a sign, which goes to the objective.

    Parameters
    ----------
    program : LinearProgram
        Its objective is ignored.
    weights : float array, shape (n,)
        Not negative.
    """
    both = np.flatnonzero((program.lower < 0.0) & (program.upper > 0.0)).astype(np.intp)
    negative = program.upper <= 0.0
    lower = program.lower.copy()
    lower[both] = 0.0
    costs = np.where(negative, -weights, weights)
    matrix = sparse.hstack([program.matrix, -program.matrix[:, both]], format="csc")
    split = LinearProgram(
        objective=-np.concatenate([costs, weights[both]]),
        matrix=sparse.csc_array(matrix),
        row_lower=program.row_lower,
        row_upper=program.row_upper,
        lower=np.concatenate([lower, np.zeros(len(both))]),
        upper=np.concatenate([program.upper, -program.lower[both]]),
    )
    return SplitProgram(split, both, len(program.lower))


def pfba(
    network: Network, *, fraction: float = 1.0, weights: FloatArray | None = None, solver: Backend | None = None
) -> ParsimoniousState:
    """Least total flux at (a fraction of) the maximum of the network's objective.

    Parameters
    ----------
    network : Network
        The scenario: its bounds and, where one is needed, its objective.
    fraction : float
        At 1 the growth optimum is kept exactly (the face of optima, not a row with slack); below 1 the objective
        is held at or above `fraction` times its maximum.
    weights : float array, shape (reactions,), optional
        Cost of each reaction's absolute flux; ones if not given.
    solver : Backend, optional
        GLPK if not given.

    Returns
    -------
    ParsimoniousState
        An infeasible or unbounded network is told by the status.

    Raises
    ------
    UsageError
        `fraction` is outside [0, 1], or a weight is negative.
    SolverError
        The second program failed although the first has an optimum.
    """
    engine = solver_or_default(solver)
    cost = _checked_weights(network, weights)
    first, near = _near_optimal(network, fraction, engine)
    if near is None:
        nothing = np.full(network.shape[1], np.nan)
        return ParsimoniousState(first.status, float("nan"), float("nan"), nothing)
    split = pfba_program(near, weights=cost)
    second = _solved(engine, split.program)
    fluxes = split.values(second.values())
    return ParsimoniousState(Status.OPTIMAL, float(network.objective @ fluxes), -second.objective, fluxes)


def pfba_product_range(
    network: Network,
    *,
    product: int,
    fraction: float = 1.0,
    weights: FloatArray | None = None,
    solver: Backend | None = None,
) -> ProductRange:
    """Least and most product among the states of maximal growth and, among those, minimal total flux.

    Parameters
    ----------
    network : Network
        The scenario: its bounds and, where one is needed, its objective.
    product : int
        Column.
    fraction, weights, solver
        As for `pfba`.

    Returns
    -------
    ProductRange
        `growth` is the maximum of the network's objective.

    Raises
    ------
    UsageError, SolverError
        As for `pfba`.
    """
    engine = solver_or_default(solver)
    cost = _checked_weights(network, weights)
    first, near = _near_optimal(network, fraction, engine)
    if near is None:
        return ProductRange(first.status, float("nan"), float("nan"), float("nan"))
    split = pfba_program(near, weights=cost)
    second = _solved(engine, split.program)
    face = optimal_face(split.program, second)
    unit = np.zeros(network.shape[1])
    unit[product] = 1.0
    most = _solved(engine, face.with_objective(split.objective(unit))).objective
    least = -_solved(engine, face.with_objective(split.objective(-unit))).objective + 0.0
    return ProductRange(Status.OPTIMAL, first.objective, min(least, most), max(least, most))


def _checked_weights(network: Network, weights: FloatArray | None) -> FloatArray:
    if weights is None:
        return np.ones(network.shape[1])
    if not bool(np.all(weights >= 0.0)):
        raise UsageError("a weight of a flux is negative or not a number", hint="give weights of zero or more")
    return weights


def _near_optimal(network: Network, fraction: float, engine: Backend) -> tuple[LpResult, LinearProgram | None]:
    """The objective's optimum, and the program of the states that reach the fraction of it."""
    if not 0.0 <= fraction <= 1.0:
        raise UsageError(f"the fraction of the optimum is {fraction}", hint="give a number from 0 to 1")
    program = fba_program(network)
    first = trusted_solve(program, engine)
    if first.status is not Status.OPTIMAL:
        return first, None
    return first, at_fraction(program, first, fraction)


def _solved(engine: Backend, program: LinearProgram) -> LpResult:
    result = trusted_solve(program, engine)
    if result.status is not Status.OPTIMAL:
        raise SolverError(
            f"the program of least total flux ended as {result.status.value}",
            why="the objective has an optimum, so a state of least total flux exists",
            hint="try another solver (--solver)",
        )
    return result
