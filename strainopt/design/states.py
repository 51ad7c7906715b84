"""The flux states that a method counts for one mutant, and linear and ratio extremes over them.

Everything here is a plain linear program on the network as it is given: no reduction, no dual, no constant.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from strainopt.bilevel.problem import Method, Ties
from strainopt.errors import SolverError
from strainopt.flux.fba import fba_program
from strainopt.flux.near import at_fraction, at_least
from strainopt.flux.pfba import SplitProgram, pfba_program
from strainopt.flux.state import trusted_solve
from strainopt.lp.backend import Backend, result_of
from strainopt.lp.lexicographic import optimal_face
from strainopt.lp.program import FloatArray, LinearProgram
from strainopt.lp.result import LpResult, Status
from strainopt.network.network import Network
from strainopt.tolerances import RATIO_STEP

__all__ = [
    "Extreme",
    "States",
    "counted_states",
    "counts_the_most",
    "extreme",
    "growth_optima",
    "growth_without",
    "max_growth",
    "ratio_extreme",
    "solved",
    "states_above",
]

_RATIO_ROUNDS = 50


@dataclass(frozen=True, eq=False)
class States:
    """A set of flux states as the feasible set of a program, whose columns may be split into forward and backward."""

    program: LinearProgram
    split: SplitProgram | None = None

    def objective(self, coefficients: FloatArray) -> FloatArray:
        """Coefficients on reactions, as coefficients on the program's columns."""
        return coefficients if self.split is None else self.split.objective(coefficients)

    def fluxes(self, x: FloatArray) -> FloatArray:
        """Fluxes of the reactions, from column values."""
        return x if self.split is None else self.split.values(x)


@dataclass(frozen=True, eq=False)
class Extreme:
    """The least or most of a linear expression, and a flux state that attains it."""

    value: float
    fluxes: FloatArray


def max_growth(network: Network, biomass: int, *, solver: Backend) -> LpResult:
    """Maximise the flux of `biomass`; the status tells an infeasible or unbounded network."""
    return solved(fba_program(network, objective=_unit(network, biomass)), solver)


def solved(program: LinearProgram, solver: Backend) -> LpResult:
    """The solver's optimum; where it finds none at first, from a fresh basis by either simplex, or else a certificate.

    On badly scaled models a solver says infeasible of sets that are not empty.
    """
    result = solver.solve(program)
    if result.status is Status.OPTIMAL:
        return result
    session = solver.open(program)
    try:
        for fresh, primal in ((True, False), (True, True)):
            if session.solve(fresh=fresh, primal=primal) is Status.OPTIMAL:
                return result_of(session, Status.OPTIMAL)
    finally:
        session.close()
    return trusted_solve(program, solver)


def growth_optima(network: Network, biomass: int, optimum: LpResult) -> States:
    """Exactly the states of maximal growth, from the result of `max_growth`."""
    return States(optimal_face(fba_program(network, objective=_unit(network, biomass)), optimum))


def growth_without(network: Network, biomass: int, target: int, *, solver: Backend) -> Extreme:
    """The largest growth of states without flux through `target`; 0, with fluxes of nan, where there is no such state.

    Raises
    ------
    SolverError
        The solver neither gave an optimum nor proved that there is none.
    """
    none = Extreme(0.0, np.full(network.shape[1], np.nan))
    if network.lower[target] > 0.0 or network.upper[target] < 0.0:
        return none
    lower, upper = network.lower.copy(), network.upper.copy()
    lower[target] = upper[target] = 0.0
    result = max_growth(network.with_bounds(lower, upper), biomass, solver=solver)
    if result.status is Status.INFEASIBLE:
        return none
    if result.status is not Status.OPTIMAL:
        raise SolverError(
            f"{solver.name} gives no growth without product ({result.status.value})",
            hint="try another solver (--solver)",
        )
    return Extreme(max(result.objective, 0.0), result.values())


def states_above(network: Network, coefficients: FloatArray, floor: float) -> States:
    """The states with `coefficients @ v >= floor`."""
    return States(at_least(fba_program(network, objective=coefficients), floor))


def counted_states(
    network: Network,
    *,
    biomass: int,
    optimum: LpResult,
    method: Method,
    alpha: float,
    min_growth: float,
    solver: Backend,
) -> States:
    """The states over which `method` takes the least (or, for optknock, the most) product.

    Growth optima for OPTKNOCK and ROBUSTKNOCK; growth of at least `alpha` times the optimum for PESSIMISTIC; growth
    of at least `min_growth` for STRONG; growth optima of least total flux for PFBA. OPTCOUPLE looks at no product.
    """
    if method is Method.STRONG:
        return states_above(network, _unit(network, biomass), min_growth)
    program = fba_program(network, objective=_unit(network, biomass))
    if method is Method.PESSIMISTIC:
        return States(at_fraction(program, optimum, alpha))
    face = optimal_face(program, optimum)
    if method is not Method.PFBA:
        return States(face)
    split = pfba_program(face, weights=np.ones(network.shape[1]))
    least = _optimal(solver, split.program)
    return States(optimal_face(split.program, least), split)


def counts_the_most(method: Method, ties: Ties) -> bool:
    """Whether the method credits the most product over its states; the others credit the least."""
    return method is Method.OPTKNOCK or (method is Method.PFBA and ties is Ties.OPTIMISTIC)


def extreme(states: States, coefficients: FloatArray, *, most: bool, solver: Backend) -> Extreme:
    """Least or most of `coefficients @ v` over a set of states that is not empty.

    Raises
    ------
    SolverError
        The solver gave no optimum.
    """
    sign = 1.0 if most else -1.0
    result = _optimal(solver, states.program.with_objective(sign * states.objective(coefficients)))
    fluxes = states.fluxes(result.values())
    return Extreme(sign * result.objective, fluxes)


def ratio_extreme(
    states: States, numerator: FloatArray, denominator: FloatArray, *, most: bool, solver: Backend
) -> Extreme:
    """Least or most of `numerator @ v / denominator @ v`, the denominator being positive in every state.

    Dinkelbach (1967): the ratio of the state that is best for `numerator - ratio * denominator` improves until it
    stays. nan where the denominator reaches zero.
    """
    if extreme(states, denominator, most=False, solver=solver).value <= RATIO_STEP:
        return Extreme(float("nan"), np.full(len(numerator), np.nan))
    state = extreme(states, numerator, most=most, solver=solver)
    ratio = float(numerator @ state.fluxes) / float(denominator @ state.fluxes)
    for _ in range(_RATIO_ROUNDS):
        following = extreme(states, numerator - ratio * denominator, most=most, solver=solver)
        better = float(numerator @ following.fluxes) / float(denominator @ following.fluxes)
        gain = better - ratio if most else ratio - better
        if gain <= RATIO_STEP * (1.0 + abs(ratio)):
            break
        ratio, state = better, following
    return Extreme(ratio, state.fluxes)


def _unit(network: Network, column: int) -> FloatArray:
    unit = np.zeros(network.shape[1])
    unit[column] = 1.0
    return unit


def _optimal(solver: Backend, program: LinearProgram) -> LpResult:
    result = solved(program, solver)
    if result.status is not Status.OPTIMAL:
        raise SolverError(
            f"{solver.name} gives no optimum over the states of a mutant ({result.status.value})",
            why="the set is not empty; the expression may have no limit over it",
            hint="bound the target and the uptakes, or try another solver (--solver)",
        )
    return result
