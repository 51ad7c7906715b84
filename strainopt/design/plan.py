"""What a design run would search, and how large that is, without searching."""

from __future__ import annotations

import math
from dataclasses import dataclass

from strainopt.design.engines import choose_engine
from strainopt.design.problem import Engine
from strainopt.design.request import Prepared
from strainopt.design.solve import last_steps
from strainopt.design.translate import product_coefficients, translate
from strainopt.reduce.funnel import FunnelStep

__all__ = ["Plan", "plan_of"]


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
        Deletion sets of different candidates within the limit on interventions, the empty one among them.
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
    scale = posed.facts.wild_type.theoretical_max
    product = product_coefficients(problem)
    translation = translate(problem, posed.reduced, product_scale=scale, product=product)
    metabolites, reactions = translation.reduced.shape
    different = len(translation.candidates.groups)
    largest = min(int(problem.max_knockouts), different)
    return Plan(
        funnel=(*posed.funnel.steps, *last_steps(problem, translation)),
        reactions=reactions,
        metabolites=metabolites,
        different=different,
        sets=sum(math.comb(different, size) for size in range(largest + 1)),
        engine=choose_engine(problem, solver=options.solver) if options.engine == "auto" else Engine(options.engine),
        solver=options.solver,
    )
