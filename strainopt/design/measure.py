"""What plain linear programs say of one mutant: growth, product, yields and the value under the method."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from strainopt.bilevel.problem import Method
from strainopt.design.problem import DesignProblem, Measure
from strainopt.design.states import (
    Extreme,
    counted_states,
    counts_the_most,
    extreme,
    growth_optima,
    growth_without,
    max_growth,
    ratio_extreme,
)
from strainopt.design.substrate import limiting_carbon_source, uptake_coefficients
from strainopt.flux.fba import fba_program
from strainopt.lp.backend import Backend
from strainopt.lp.certify import residual
from strainopt.lp.program import FloatArray
from strainopt.lp.result import LpResult, Status
from strainopt.network.network import Network
from strainopt.tolerances import GROWTH_MARGIN

__all__ = [
    "Measurement",
    "Value",
    "effective_substrate",
    "measure",
    "objective_scale",
    "value_of",
    "viable",
]

NAN = float("nan")


@dataclass(frozen=True)
class Value:
    """Growth, and the value under the problem's method and measure; nan where there is none."""

    growth: float
    objective: float


@dataclass(frozen=True)
class Measurement:
    """All numbers of one mutant; nan where the mutant has no state. `residual` as in `lp.certify`."""

    growth: float = NAN
    objective: float = NAN
    product_min: float = NAN
    product_max: float = NAN
    product_pfba: float = NAN
    yield_min: float = NAN
    yield_max: float = NAN
    growth_without: float = NAN
    residual: float = 0.0


def effective_substrate(problem: DesignProblem) -> int | None:
    """The substrate given, or the exchange that clearly limits the carbon of the scenario."""
    return limiting_carbon_source(problem.network) if problem.substrate is None else problem.substrate


def objective_scale(problem: DesignProblem, theoretical_max: float, growth_max: float = 1.0) -> float:
    """Size of the objective, for differences near zero: the largest product or growth; yields are mol per mol."""
    if problem.method is Method.OPTCOUPLE:
        return growth_max
    return 1.0 if problem.measure is Measure.YIELD else theoretical_max


def viable(problem: DesignProblem, growth: float) -> bool:
    """Whether a mutant grows as fast as asked; false for nan."""
    return growth >= problem.min_growth - GROWTH_MARGIN * (1.0 + problem.min_growth)


def value_of(problem: DesignProblem, mutant: Network, *, solver: Backend) -> Value:
    """Growth and objective of a mutant, and nothing else."""
    optimum = max_growth(mutant, problem.biomass, solver=solver)
    if optimum.status is not Status.OPTIMAL:
        return Value(NAN, NAN)
    best = _objective(problem, mutant, optimum, solver)
    return Value(optimum.objective, NAN if best is None else best.value)


def measure(problem: DesignProblem, mutant: Network, *, solver: Backend) -> Measurement:
    """All numbers of a mutant, with the residual of every flux state behind them."""
    optimum = max_growth(mutant, problem.biomass, solver=solver)
    if optimum.status is not Status.OPTIMAL:
        return Measurement()
    book = _Book(mutant)
    product = _unit(problem, problem.target)
    face = growth_optima(mutant, problem.biomass, optimum)
    product_min = book.value(extreme(face, product, most=False, solver=solver))
    product_max = book.value(extreme(face, product, most=True, solver=solver))
    sparing = counted_states(
        mutant,
        biomass=problem.biomass,
        optimum=optimum,
        method=Method.PFBA,
        alpha=1.0,
        min_growth=problem.min_growth,
        solver=solver,
    )
    most = counts_the_most(Method.PFBA, problem.ties)
    product_pfba = book.value(extreme(sparing, product, most=most, solver=solver))
    yields = [NAN, NAN]
    substrate = effective_substrate(problem)
    if substrate is not None:
        uptake = uptake_coefficients(mutant, substrate)
        yields = [ratio_extreme(face, product, uptake, most=side, solver=solver).value for side in (False, True)]
    best = _objective(problem, mutant, optimum, solver)
    without = growth_without(mutant, problem.biomass, problem.target, solver=solver)
    return Measurement(
        growth=optimum.objective,
        objective=NAN if best is None else book.value(best),
        product_min=product_min,
        product_max=product_max,
        product_pfba=product_pfba,
        yield_min=yields[0],
        yield_max=yields[1],
        growth_without=book.value(without),
        residual=book.worst,
    )


def _objective(problem: DesignProblem, mutant: Network, optimum: LpResult, solver: Backend) -> Extreme | None:
    """The value under the method; None where no state counts (strong coupling of a mutant that is not viable)."""
    if problem.method is Method.OPTCOUPLE:
        without = growth_without(mutant, problem.biomass, problem.target, solver=solver)
        return Extreme(optimum.objective - without.value, without.fluxes)
    if problem.method is Method.STRONG and not optimum.objective >= problem.min_growth:
        return None
    states = counted_states(
        mutant,
        biomass=problem.biomass,
        optimum=optimum,
        method=problem.method,
        alpha=problem.alpha,
        min_growth=problem.min_growth,
        solver=solver,
    )
    most = counts_the_most(problem.method, problem.ties)
    product = _unit(problem, problem.target)
    if problem.measure is Measure.YIELD and problem.substrate is not None:
        uptake = uptake_coefficients(mutant, problem.substrate)
        return ratio_extreme(states, product, uptake, most=most, solver=solver)
    return extreme(states, product, most=most, solver=solver)


@dataclass
class _Book:
    """Keeps the worst residual of the states that it has seen."""

    mutant: Network
    worst: float = 0.0
    _zero: FloatArray = field(init=False)

    def __post_init__(self) -> None:
        self._zero = np.zeros(self.mutant.shape[1])

    def value(self, found: Extreme) -> float:
        if np.isfinite(found.fluxes).all():
            self.worst = max(self.worst, residual(fba_program(self.mutant, objective=self._zero), found.fluxes))
        return found.value


def _unit(problem: DesignProblem, column: int) -> FloatArray:
    unit = np.zeros(problem.network.shape[1])
    unit[column] = 1.0
    return unit
