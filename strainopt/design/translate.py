"""From the biological question to the bilevel problem on lumped columns, and back."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from strainopt.bilevel.problem import BilevelProblem, Intact, Leaf, Method
from strainopt.design.candidates import Candidates, closure_trees, group_genes
from strainopt.design.problem import DesignProblem, Level
from strainopt.design.substrate import uptake_coefficients
from strainopt.errors import UsageError
from strainopt.lp.backend import Backend
from strainopt.lp.program import FloatArray
from strainopt.network.rules import Rule
from strainopt.reduce.pipeline import reduce_network
from strainopt.reduce.reduced import ReducedNetwork
from strainopt.tolerances import RANGE_MARGIN

__all__ = ["Translation", "growth_floor", "product_coefficients", "reduce_problem", "translate"]


@dataclass(frozen=True, eq=False)
class Translation:
    """A bilevel problem, its candidates by name, and the reduction behind it."""

    problem: BilevelProblem
    candidates: Candidates
    reduced: ReducedNetwork

    def with_product(self, product: FloatArray) -> Translation:
        """The same problem with another leader's objective, given on the reactions of the network."""
        return replace(self, problem=replace(self.problem, product=self.reduced.objective(product)))


def growth_floor(problem: DesignProblem) -> float:
    """No state that matters to a viable design grows slower than this (1/h)."""
    factor = problem.alpha if problem.method is Method.PESSIMISTIC else 1.0
    return factor * problem.min_growth


def reduce_problem(
    problem: DesignProblem, *, solver: Backend | None = None, deadline: float = math.inf
) -> ReducedNetwork:
    """Reduce the network for this problem, with the flux ranges that constants need; less so after the deadline.

    Raises
    ------
    ModelError, SolverError
        As `reduce_network`.
    """
    protected = [problem.target] if problem.substrate is None else [problem.target, problem.substrate]
    return reduce_network(
        problem.network,
        biomass=problem.biomass,
        growth_floor=growth_floor(problem),
        protected=protected,
        ranges=True,
        solver=solver,
        deadline=deadline,
    )


def translate(
    problem: DesignProblem, reduced: ReducedNetwork, *, product_scale: float, product: FloatArray
) -> Translation:
    """Write the problem on the columns of the reduced network.

    Candidates without effect on any state that grows at the floor are left out: they can only waste budget. So are
    those whose deletion alone stops the target's own column, since no product is left to maximise then, and those
    that stop a column which every state at the floor needs, since nothing viable is left.

    Parameters
    ----------
    problem : DesignProblem
        The question.
    reduced : ReducedNetwork
        Of the problem's network, with ranges.
    product_scale : float
        Theoretical maximum product, mmol/gDW/h.
    product : float array, shape (reactions,)
        The leader's objective on the network's reactions.

    Raises
    ------
    UsageError
        No candidate is left.
    """
    if problem.level is Level.GENE:
        candidates, intact = _genes(problem, reduced)
    else:
        candidates, intact = _reactions(problem, reduced)
    if not candidates.groups:
        raise UsageError(
            f"none of the {len(problem.candidates)} candidates affects a state that grows",
            where="candidates",
            why="in this scenario they are blocked, or growth or the target needs them",
            hint="give other candidates (--candidates), fewer filters (--filters), or another medium",
        )
    if reduced.range_lower is None or reduced.range_upper is None:
        raise ValueError("the reduced network comes without flux ranges")
    bilevel = BilevelProblem(
        matrix=reduced.stoichiometry,
        lower=reduced.lower,
        upper=reduced.upper,
        growth=reduced.objective(_unit(problem, problem.biomass)),
        product=reduced.objective(product),
        intact=intact,
        costs=np.array([costs[0] for costs in candidates.costs]),
        names=candidates.names,
        max_cost=float(problem.max_knockouts),
        min_growth=float(problem.min_growth),
        method=problem.method,
        product_scale=product_scale,
        flux_weights=reduced.weights,
        range_lower=reduced.range_lower,
        range_upper=reduced.range_upper,
        alpha=problem.alpha,
        ties=problem.ties,
    )
    return Translation(bilevel, candidates, reduced)


def product_coefficients(problem: DesignProblem, *, ratio: float = 0.0) -> FloatArray:
    """`p - ratio * s` on the reactions: product, less `ratio` times the uptake of the substrate."""
    product = _unit(problem, problem.target)
    if ratio != 0.0 and problem.substrate is not None:
        product -= ratio * uptake_coefficients(problem.network, problem.substrate)
    return product


def _reactions(problem: DesignProblem, reduced: ReducedNetwork) -> tuple[Candidates, dict[int, Intact]]:
    network = problem.network
    needed = _needed_columns(problem, reduced)
    groups: dict[int, list[str]] = {}
    for name in problem.candidates:
        column = int(reduced.column_of[network.reaction(name)])
        if column >= 0 and column not in needed:
            groups.setdefault(column, []).append(name)
    candidates = Candidates.of(groups.values(), problem.costs)
    column_of = {name: int(reduced.column_of[network.reaction(name)]) for name in candidates.names}
    return candidates, {column_of[name]: Leaf(number) for number, name in enumerate(candidates.names)}


def _genes(problem: DesignProblem, reduced: ReducedNetwork) -> tuple[Candidates, dict[int, Intact]]:
    network = problem.network
    rules: dict[int, list[Rule]] = {}
    for reaction, rule in enumerate(network.rules):
        column = int(reduced.column_of[reaction])
        if rule is not None and column >= 0:
            rules.setdefault(column, []).append(rule)
    needed = [rule for column in _needed_columns(problem, reduced) for rule in rules.get(column, ())]
    genes = [
        name
        for name in sorted(set(problem.candidates))
        if network.gene(name) >= 0 and all(rule.holds_without({name}) for rule in needed)
    ]
    trees = closure_trees(rules, {name: number for number, name in enumerate(genes)})
    grouped = group_genes(trees, len(genes))
    candidates = Candidates.of(([genes[number] for number in group] for group in grouped), problem.costs)
    number_of = {name: number for number, name in enumerate(candidates.names)}
    return candidates, closure_trees(rules, number_of)


def _needed_columns(problem: DesignProblem, reduced: ReducedNetwork) -> frozenset[int]:
    """Columns that no design may close: the target's, and those with flux in every state at the growth floor."""
    needed = {int(reduced.column_of[problem.target])}
    if reduced.range_lower is not None and reduced.range_upper is not None:
        margin = RANGE_MARGIN * (1.0 + np.maximum(np.abs(reduced.range_lower), np.abs(reduced.range_upper)))
        needed.update(np.flatnonzero((reduced.range_lower > margin) | (reduced.range_upper < -margin)).tolist())
    return frozenset(needed)


def _unit(problem: DesignProblem, column: int) -> FloatArray:
    unit = np.zeros(problem.network.shape[1])
    unit[column] = 1.0
    return unit
