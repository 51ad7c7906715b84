"""Flux states and flux ranges: the values that every flux analysis returns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from strainopt.lp.backend import Backend, result_of
from strainopt.lp.program import FloatArray, IntArray, LinearProgram
from strainopt.lp.registry import backend
from strainopt.lp.result import LpResult, Status
from strainopt.lp.trusted import TrustedSession

__all__ = ["FluxRanges", "FluxState", "flux_state", "solver_or_default", "trusted_solve"]


@dataclass(frozen=True, eq=False)
class FluxState:
    """One flux distribution, optimal for some objective.

    Attributes
    ----------
    status : Status
        Only OPTIMAL carries numbers.
    objective : float
        Value of the network's objective (growth in 1/h where that is biomass); nan unless optimal.
    fluxes : float array, shape (reactions,)
        mmol/gDW/h; nan unless optimal.
    reduced_costs : float array, shape (reactions,)
        d objective / d bound: positive only at upper bounds, negative only at lower bounds; nan unless optimal.
    shadow_prices : float array, shape (metabolites,)
        Gain of the objective per unit of `S v` allowed above zero: negative for a metabolite that the cell
        would rather be given. nan unless optimal.
    """

    status: Status
    objective: float
    fluxes: FloatArray
    reduced_costs: FloatArray
    shadow_prices: FloatArray

    @property
    def growth(self) -> float:
        """The objective value, by the name it has when the objective is biomass."""
        return self.objective


@dataclass(frozen=True, eq=False)
class FluxRanges:
    """Least and most flux of some columns, in the order in which they were asked for.

    Attributes
    ----------
    columns : int array, shape (k,)
    lower, upper : float arrays, shape (k,)
        mmol/gDW/h; +-numpy.inf where the flux has no limit.
    programs : int
        Linear programs solved to find them.
    uncertified : int
        Ends that a solver calls optimal at a feasible point, but whose dual bound does not confirm it to within
        tolerance: nearly contradicting bounds, as on the exact face of optima of badly scaled models.
    """

    columns: IntArray
    lower: FloatArray
    upper: FloatArray
    programs: int = 0
    uncertified: int = 0


def flux_state(result: LpResult, *, metabolites: int, reactions: int) -> FluxState:
    """The first `reactions` columns and `metabolites` rows of an answer as a flux state."""
    if result.status is not Status.OPTIMAL or result.x is None:
        blank = np.full(reactions, np.nan)
        return FluxState(result.status, float("nan"), blank, blank.copy(), np.full(metabolites, np.nan))
    prices = np.full(metabolites, np.nan) if result.row_duals is None else result.row_duals[:metabolites]
    costs = np.full(reactions, np.nan) if result.reduced_costs is None else result.reduced_costs[:reactions]
    return FluxState(result.status, result.objective, result.x[:reactions], costs, prices)


def trusted_solve(program: LinearProgram, solver: Backend) -> LpResult:
    """Solve once, with a verdict that has a certificate (see `strainopt.lp.trusted`), else FAILED."""
    session = TrustedSession(program, backend=solver)
    try:
        return result_of(session, session.solve())
    finally:
        session.close()


def solver_or_default(solver: Backend | None) -> Backend:
    """The given backend, or GLPK, whose simplex is the quickest here on many small related programs."""
    return backend("glpk") if solver is None else solver
