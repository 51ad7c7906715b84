"""What a design run would search, and how large that is, without searching."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from strainopt.design.engines import choose_engine
from strainopt.design.problem import Engine
from strainopt.design.request import Prepared
from strainopt.design.solve import last_steps
from strainopt.design.translate import product_coefficients, translate
from strainopt.reduce.funnel import FunnelStep

__all__ = ["Plan", "plan_of"]

MOST_SUMS = 7200
"""Steps of a budget in which sets of unequal costs are counted; halves, thirds and tenths are exact up to ten."""


@dataclass(frozen=True, eq=False)
class Plan:
    """Sizes of a search.

    Attributes
    ----------
    funnel : tuple of FunnelStep
        Every step, those of the reduction too.
    reactions, metabolites : int
        Of the reduced network.
    different : int
        Candidates that differ in what they do to the reduced network.
    sets : int
        Sets of different candidates within the budget that hold the forced ones, the empty one among them where nothing
        is forced. Counted with rounded costs where these take very many different sums.
    engine : Engine
        Never `auto`.
    solver : str or None
        None: the engine's own.
    """

    funnel: tuple[FunnelStep, ...]
    reactions: int
    metabolites: int
    different: int
    sets: int
    engine: Engine
    solver: str | None


def plan_of(prepared: Prepared) -> Plan:
    """Reduce the network and count."""
    posed, options = prepared.posed, prepared.options
    problem = posed.problem
    wild = posed.facts.wild_type
    product = product_coefficients(problem)
    translation = translate(
        problem,
        posed.reduced,
        product_scale=wild.theoretical_max,
        product=product,
        growth_scale=wild.growth_max,
    )
    metabolites, reactions = translation.reduced.shape
    different = len(translation.candidates.groups)
    left = translation.problem.max_cost - sum(translation.problem.costs[c] for c in translation.problem.forced)
    costs = [cost for c, cost in enumerate(translation.problem.costs.tolist()) if c not in translation.problem.forced]
    return Plan(
        funnel=(*posed.funnel.steps, *last_steps(problem, translation)),
        reactions=reactions,
        metabolites=metabolites,
        different=different,
        sets=_affordable(costs, left),
        engine=choose_engine(problem, solver=options.solver) if options.engine == "auto" else Engine(options.engine),
        solver=options.solver,
    )


def _affordable(costs: Sequence[float], budget: float) -> int:
    """How many sets of these costs are within a budget."""
    if budget < 0.0:
        return 0
    if len(set(costs)) <= 1:
        most = math.floor(budget / costs[0]) if costs else 0
        return sum(math.comb(len(costs), size) for size in range(min(most, len(costs)) + 1))
    if budget == 0.0:
        return 1
    step = budget / MOST_SUMS
    sums = {0: 1}
    for cost in costs:
        price = round(cost / step)
        grown = dict(sums)
        for total, count in sums.items():
            if total + price <= MOST_SUMS:
                grown[total + price] = grown.get(total + price, 0) + count
        sums = grown
    return sum(sums.values())
