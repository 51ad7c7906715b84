"""Every design is looked at again by plain linear programs on the original, unreduced network.

A claim stands only if the mutant is viable, the flux states behind the numbers satisfy balances and bounds, the
objective is what was claimed, and a second solver (or exact arithmetic) finds the same growth and objective.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from strainopt.bilevel.problem import Method, Ties
from strainopt.design.classify import coupling_class
from strainopt.design.measure import (
    Measurement,
    effective_substrate,
    measure,
    objective_scale,
    value_of,
    viable,
)
from strainopt.design.mutant import deleted_genes, disabled_reactions, mutant_of
from strainopt.design.preflight import theoretical_maximum
from strainopt.design.problem import Certify, Coupling, Design, DesignProblem, Level, Measure
from strainopt.design.substrate import uptake_coefficients
from strainopt.design.trusted import confirming_solver, first_solver
from strainopt.errors import SolverError
from strainopt.lp.backend import Backend
from strainopt.lp.exact import ExactBackend
from strainopt.network.network import Network
from strainopt.tolerances import RESIDUAL, SAME_OBJECTIVE, VERIFY_RELATIVE

__all__ = ["Checks", "evaluate_design", "smallest_part", "verify_design"]


@dataclass(frozen=True, eq=False)
class Checks:
    """Who does the linear programs, who repeats them, and in which arithmetic the last ones are done."""

    solver: Backend = field(default_factory=first_solver)
    second: Backend | None = None
    certify: Certify = Certify.LP

    @classmethod
    def standard(cls, certify: Certify = Certify.LP) -> Checks:
        """GLPK, confirmed by HiGHS, every answer of either with a certificate."""
        first = first_solver()
        return cls(first, confirming_solver(first), certify)


def evaluate_design(
    network: Network,
    *,
    biomass: int,
    target: int,
    interventions: Sequence[str],
    level: Level = Level.REACTION,
    min_growth: float = 0.0,
    method: Method = Method.ROBUSTKNOCK,
    alpha: float = 1.0,
    ties: Ties = Ties.PESSIMISTIC,
    measure: Measure = Measure.RATE,
    substrate: int | None = None,
    costs: Mapping[str, float] | None = None,
    growth_max: float = 1.0,
    checks: Checks | None = None,
) -> Design:
    """Evaluate any set of deletions.

    Parameters
    ----------
    network : Network
        With the scenario applied.
    biomass, target : int
        Columns of growth and product.
    interventions : sequence of str
        Reaction ids, or gene ids at gene level.
    level : Level
        What the ids name.
    min_growth : float
        1/h; a mutant below it is reported with `verified` false.
    method, alpha, ties, measure
        What `objective` is; see docs/formulations.md.
    substrate : int, optional
        For yields and the strongest coupling class; found by `limiting_carbon_source` if not given.
    costs : mapping, optional
        Cost per id where it is not 1.
    growth_max : float
        The largest growth of any mutant, 1/h, which differences of OPTCOUPLE values are relative to.
    checks : Checks, optional
        Who solves and who confirms; `Checks.standard()` if not given.

    Returns
    -------
    Design
        Rank 0. Numbers are nan where the mutant has no steady state; `refusal` says why `verified` is false.

    Raises
    ------
    UsageError
        An id is not in the model.
    SolverError
        A linear program was not solved.
    """
    names = tuple(sorted(set(interventions)))
    problem = DesignProblem(
        network=network,
        biomass=biomass,
        target=target,
        method=method,
        max_knockouts=float(len(names)),
        min_growth=min_growth,
        candidates=names,
        level=level,
        costs=dict(costs or {}),
        alpha=alpha,
        ties=ties,
        measure=measure,
        substrate=substrate,
    )
    chosen = Checks.standard() if checks is None else checks
    most = theoretical_maximum(network, target, solver=chosen.solver)
    return verify_design(problem, names, theoretical_max=most, growth_max=growth_max, checks=chosen)


def verify_design(
    problem: DesignProblem,
    interventions: Iterable[str],
    *,
    theoretical_max: float,
    checks: Checks,
    claimed: float | None = None,
    growth_max: float = 1.0,
) -> Design:
    """All numbers of a design by plain linear programs, and whether they confirm it.

    Parameters
    ----------
    problem : DesignProblem
        The question; its candidates are not looked at.
    interventions : iterable of str
        Ids: deletions, knock-ins and narrowed reactions as the problem has them.
    theoretical_max : float
        Of the product in the scenario, mmol/gDW/h.
    checks : Checks
        Who solves and who confirms.
    claimed : float, optional
        Objective that an engine gave the design.
    growth_max : float
        The largest growth of any mutant, 1/h.
    """
    names = tuple(sorted(set(interventions)))
    disabled = disabled_reactions(problem, names)
    mutant = mutant_of(problem, names)
    numbers = measure(problem, mutant, solver=checks.solver)
    scale = objective_scale(problem, theoretical_max, growth_max)
    refusal = _refusal(problem, mutant, numbers, checks, claimed, scale)
    ids = problem.network.reaction_ids
    return Design(
        rank=0,
        interventions=names,
        reactions=tuple(sorted(ids[column] for column in disabled)),
        genes=tuple(sorted(deleted_genes(problem, names)))
        if problem.level is Level.GENE
        else _genes_of(problem.network, disabled),
        cost=float(sum(problem.costs.get(name, 1.0) for name in names)),
        objective=numbers.objective,
        growth=numbers.growth,
        product_min=numbers.product_min,
        product_max=numbers.product_max,
        product_pfba=numbers.product_pfba,
        coupling_potential=numbers.growth - numbers.growth_without,
        yield_min=numbers.yield_min,
        yield_max=numbers.yield_max,
        coupling=_coupling(problem, mutant, numbers, theoretical_max, checks.solver),
        verified=not refusal,
        residual=numbers.residual,
        collateral=_collateral(problem, names, disabled, numbers, scale, checks.solver),
        refusal=refusal,
        added=tuple(name for name in names if name in problem.knock_ins),
        narrowed=tuple(name for name in names if name in problem.narrowed),
    )


def smallest_part(
    problem: DesignProblem,
    interventions: Iterable[str],
    *,
    theoretical_max: float,
    solver: Backend,
    growth_max: float = 1.0,
) -> tuple[str, ...]:
    """The interventions without those that do nothing for the objective, tried from the last id to the first.

    Forced ones stay.
    """
    kept = sorted(set(interventions))
    margin = SAME_OBJECTIVE * objective_scale(problem, theoretical_max, growth_max)
    whole = value_of(problem, mutant_of(problem, kept), solver=solver)
    for name in reversed([name for name in kept if name not in problem.forced]):
        rest = [other for other in kept if other != name]
        part = value_of(problem, mutant_of(problem, rest), solver=solver)
        if viable(problem, part.growth) and part.objective >= whole.objective - margin:
            kept = rest
    return tuple(kept)


def _genes_of(network: Network, disabled: Iterable[int]) -> tuple[str, ...]:
    rules = (network.rules[column] for column in disabled)
    return tuple(sorted({name for rule in rules if rule is not None for name in rule.genes()}))


def _coupling(
    problem: DesignProblem, mutant: Network, numbers: Measurement, theoretical_max: float, solver: Backend
) -> Coupling:
    if math.isnan(numbers.growth):
        return Coupling.NONE
    growth, product = np.zeros(mutant.shape[1]), np.zeros(mutant.shape[1])
    growth[problem.biomass] = product[problem.target] = 1.0
    substrate = effective_substrate(problem)
    return coupling_class(
        mutant,
        growth=growth,
        product=product,
        uptake=None if substrate is None else uptake_coefficients(mutant, substrate),
        max_growth=numbers.growth,
        product_min=numbers.product_min,
        product_max=numbers.product_max,
        theoretical_max=theoretical_max,
        solver=solver,
    )


def _refusal(
    problem: DesignProblem,
    mutant: Network,
    numbers: Measurement,
    checks: Checks,
    claimed: float | None,
    scale: float,
) -> str:
    """Why a design is not confirmed; empty if it is."""
    if math.isnan(numbers.growth):
        return "the mutant has no steady state within its bounds"
    if not viable(problem, numbers.growth):
        return f"growth {numbers.growth:.6g} is below {problem.min_growth:.6g}"
    if math.isnan(numbers.objective):
        return "the objective is not defined for this mutant"
    if numbers.residual > RESIDUAL:
        return f"a flux state misses balances or bounds by {numbers.residual:.2g}"
    if claimed is not None and not _close(claimed, numbers.objective, scale):
        return f"objective {claimed:.9g} was claimed, plain linear programs give {numbers.objective:.9g}"
    repeats: list[tuple[str, Backend]] = []
    if checks.second is not None:
        repeats.append((checks.second.name, checks.second))
    if checks.certify is Certify.EXACT:
        repeats.append(("exact arithmetic", ExactBackend()))
    for name, solver in repeats:
        try:
            again = value_of(problem, mutant, solver=solver)
        except SolverError as error:
            return f"{name} gives no answer to compare with: {error.what}"
        if not _close(again.growth, numbers.growth, 0.0) or not _close(again.objective, numbers.objective, scale):
            return (
                f"{name} gives growth {again.growth:.9g} and objective {again.objective:.9g}, "
                f"{checks.solver.name} {numbers.growth:.9g} and {numbers.objective:.9g}"
            )
    return ""


def _close(one: float, two: float, scale: float) -> bool:
    return abs(one - two) <= VERIFY_RELATIVE * max(abs(one), abs(two)) + SAME_OBJECTIVE * scale


def _collateral(
    problem: DesignProblem,
    names: tuple[str, ...],
    disabled: tuple[int, ...],
    numbers: Measurement,
    scale: float,
    solver: Backend,
) -> tuple[str, ...]:
    """Gene level: disabled reactions that may be given back, one after the other, without loss for the objective."""
    if problem.level is not Level.GENE or math.isnan(numbers.objective):
        return ()
    ids = problem.network.reaction_ids
    needed = set(disabled)
    spare = []
    for column in sorted(disabled, key=lambda c: ids[c]):
        mutant = mutant_of(problem, names, disabled=sorted(needed - {column}))
        part = value_of(problem, mutant, solver=solver)
        if viable(problem, part.growth) and part.objective >= numbers.objective - SAME_OBJECTIVE * scale:
            needed.discard(column)
            spare.append(ids[column])
    return tuple(spare)
