"""Questions to answer before a search: does it grow, can it make the product, is there anything to delete."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from strainopt.bilevel.problem import Method
from strainopt.design.measure import effective_substrate
from strainopt.design.mutant import wild_type_of
from strainopt.design.problem import DesignProblem, Measure, WildType
from strainopt.design.states import extreme, growth_optima, max_growth, solved, states_above
from strainopt.design.substrate import uptake_coefficients
from strainopt.design.translate import growth_floor
from strainopt.errors import ModelError, SolverError, UsageError
from strainopt.flux.fba import fba_program
from strainopt.lp.backend import Backend
from strainopt.lp.program import FloatArray
from strainopt.lp.result import LpResult, Status
from strainopt.network.network import Network
from strainopt.tolerances import GROWTH_MARGIN, LEAST_GROWTH, ZERO_FLUX

__all__ = ["Preflight", "check_numbers", "preflight", "theoretical_maximum"]


@dataclass(frozen=True)
class Preflight:
    """What the wild type does, and for yields the least uptake of any state that counts (nan otherwise)."""

    wild_type: WildType
    least_uptake: float
    substrate: int | None


def preflight(problem: DesignProblem, *, solver: Backend) -> Preflight:
    """Check the question against the wild type, and against the cell with all knock-ins.

    Raises
    ------
    ModelError
        The scenario has no steady state, no growth, unlimited growth or product, or cannot make the target even with
        all knock-ins.
    UsageError
        A number is out of range, the forced interventions cost more than the budget, the growth asked for is out of
        reach, there is nothing to delete, or a yield is asked of a substrate that a growing state need not take up.
    """
    check_numbers(problem)
    optimum, growth_max = _wild_growth(problem, solver)
    most = theoretical_maximum(problem.network, problem.target, solver=solver)
    target = problem.network.reaction_ids[problem.target]
    if not most > ZERO_FLUX:
        raise ModelError(
            f"target {target} cannot be made: its largest flux in this scenario is {max(most, 0.0):.3g}",
            where=target,
            why="no steady state carries flux through it, with any growth or none",
            hint="open its exchange (--bounds), feed what it needs (--medium), or add the missing pathway to the model",
        )
    if not problem.candidates:
        raise UsageError(
            "no candidates are left to delete",
            where="candidates",
            why="the filters took all of them, or the list is empty",
            hint="see the funnel (strainopt inspect), use fewer filters (--filters), or give --candidates",
        )
    face = growth_optima(wild_type_of(problem), problem.biomass, optimum)
    product = _unit(problem.network, problem.target)
    wild_type = WildType(
        growth=optimum.objective,
        product_min=extreme(face, product, most=False, solver=solver).value,
        product_max=extreme(face, product, most=True, solver=solver).value,
        theoretical_max=most,
        growth_max=growth_max,
    )
    least_uptake = _least_uptake(problem, solver) if problem.measure is Measure.YIELD else float("nan")
    return Preflight(wild_type, least_uptake, effective_substrate(problem))


def theoretical_maximum(network: Network, target: int, *, solver: Backend) -> float:
    """Largest flux through the target, growth not asked for.

    Raises
    ------
    ModelError
        There is no steady state, or no limit to the flux.
    """
    result = solved(fba_program(network, objective=_unit(network, target)), solver)
    name = network.reaction_ids[target]
    if result.status is Status.UNBOUNDED:
        raise ModelError(
            f"the flux of target {name} has no limit",
            where=name,
            why="no uptake or capacity limits it",
            hint="bound the uptakes (--medium) or the target (--bounds)",
        )
    _expect_optimum(network, result)
    return result.objective


def check_numbers(problem: DesignProblem) -> None:
    """Ranges of the numbers of a problem.

    Raises
    ------
    UsageError
        One is out of range, or means nothing beside the others.
    """
    checks = (
        (problem.min_growth >= LEAST_GROWTH and np.isfinite(problem.min_growth), "min_growth", problem.min_growth,
         f"give a growth of at least {LEAST_GROWTH:g} 1/h: a mutant that need not grow is not coupled to anything"),
        (problem.max_knockouts >= 0.0, "max_knockouts", problem.max_knockouts, "give 1 or more"),
        (0.0 < problem.alpha <= 1.0, "alpha", problem.alpha, "give a number above 0, up to 1"),
        (all(np.isfinite(cost) and cost > 0.0 for cost in problem.costs.values()), "costs", "a cost",
         "give finite costs above zero"),
    )  # fmt: skip
    for fine, where, value, hint in checks:
        if not fine:
            raise UsageError(f"{value} cannot be used here", where=where, hint=hint)
    forced = sum(problem.costs.get(name, 1.0) for name in problem.forced)
    if forced > problem.max_knockouts:
        raise UsageError(
            f"the forced interventions cost {forced:g}, the budget is {problem.max_knockouts:g}",
            where="max_knockouts",
            hint="raise -k: what is forced counts too",
        )
    if problem.biomass == problem.target:
        raise UsageError("target and biomass are the same reaction", where="target", hint="name a product's exchange")
    if problem.measure is Measure.YIELD and problem.substrate is None:
        raise UsageError("a yield needs a substrate", where="substrate", hint="name its exchange (--substrate)")
    if problem.measure is Measure.YIELD and problem.method is Method.OPTCOUPLE:
        raise UsageError(
            "optcouple credits growth, not a yield",
            where="objective",
            hint="leave out --objective yield, or use another --method; yields of the designs are reported anyway",
        )
    if problem.alpha < 1.0 and problem.method is not Method.PESSIMISTIC:
        raise UsageError(
            f"alpha has no meaning for {problem.method.value}",
            where="alpha",
            hint="use --method pessimistic, or leave it",
        )


def _wild_growth(problem: DesignProblem, solver: Backend) -> tuple[LpResult, float]:
    """Growth of the wild type, and the largest with all knock-ins."""
    network = wild_type_of(problem)
    biomass = network.reaction_ids[problem.biomass]
    optimum = max_growth(network, problem.biomass, solver=solver)
    if optimum.status is Status.UNBOUNDED:
        raise ModelError(
            f"growth ({biomass}) has no limit",
            where=biomass,
            why="no uptake limits it",
            hint="bound the uptakes (--medium)",
        )
    _expect_optimum(network, optimum)
    if not optimum.objective > ZERO_FLUX:
        raise ModelError(
            f"no growth: the largest flux of {biomass} in this scenario is {max(optimum.objective, 0.0):.3g}",
            where=biomass,
            why="the medium or the bounds lack something that biomass needs",
            hint="check the medium and the bounds (strainopt inspect), or name another --biomass",
        )
    most = optimum.objective
    if problem.knock_ins:
        best = max_growth(problem.network, problem.biomass, solver=solver)
        _expect_optimum(problem.network, best)
        most = best.objective
    if problem.min_growth > most + GROWTH_MARGIN * (1.0 + most):
        who = "the wild type with all knock-ins" if problem.knock_ins else "the wild type"
        raise UsageError(
            f"growth of {problem.min_growth:.6g} is asked for, {who} reaches {most:.6g}",
            where="min_growth",
            why="deletions never make the cell grow faster",
            hint="lower --min-growth; a percentage such as 10% is taken of the wild type",
        )
    return optimum, most


def _expect_optimum(network: Network, result: LpResult) -> None:
    if result.status is Status.INFEASIBLE:
        raise ModelError(
            f"model '{network.id}' has no steady state in this scenario",
            why="its bounds contradict each other, for instance a forced flux that the medium cannot feed",
            hint="lift forced fluxes or open uptakes (--bounds, --medium); strainopt inspect lists forced reactions",
        )
    if result.status is not Status.OPTIMAL:
        raise SolverError(
            f"the wild type could not be solved ({result.status.value})", hint="try another solver (--solver)"
        )


def _least_uptake(problem: DesignProblem, solver: Backend) -> float:
    """Least uptake of substrate over the states that count; positive, or there is no yield."""
    network = problem.network
    substrate = problem.substrate if problem.substrate is not None else problem.target
    name = network.reaction_ids[substrate]
    growing = states_above(network, _unit(network, problem.biomass), growth_floor(problem))
    least = extreme(growing, uptake_coefficients(network, substrate), most=False, solver=solver).value
    if not least > ZERO_FLUX:
        raise UsageError(
            f"a yield on {name} is not defined",
            where="substrate",
            why=f"a state that grows at {growth_floor(problem):.6g} need not take it up (least uptake {least:.3g})",
            hint="name the substrate that growth depends on, close the others (--medium), or raise --min-growth",
        )
    return least


def _unit(network: Network, column: int) -> FloatArray:
    unit = np.zeros(network.shape[1])
    unit[column] = 1.0
    return unit
