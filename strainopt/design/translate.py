"""From the biological question to the bilevel problem on lumped columns, and back."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from strainopt.bilevel.problem import BilevelProblem, Bought, Intact, Leaf, Method
from strainopt.design.candidates import Candidates, all_intact, closure_trees, group_genes
from strainopt.design.mutant import deleted_genes
from strainopt.design.narrowing import Capacity, Narrow, with_rests
from strainopt.design.problem import DesignProblem, Level
from strainopt.design.substrate import uptake_coefficients
from strainopt.errors import UsageError
from strainopt.lp.backend import Backend
from strainopt.lp.program import FloatArray, IntArray
from strainopt.network.rules import Rule
from strainopt.reduce.pipeline import reduce_network
from strainopt.reduce.reduced import ReducedNetwork
from strainopt.tolerances import COST_ROUNDING, RANGE_MARGIN

__all__ = ["Translation", "growth_floor", "product_coefficients", "reduce_problem", "translate"]


@dataclass(frozen=True, eq=False)
class Translation:
    """A bilevel problem, its candidates by name, the reduction behind it, and the reduced column of each column."""

    problem: BilevelProblem
    candidates: Candidates
    reduced: ReducedNetwork
    source: IntArray

    def with_product(self, product: FloatArray) -> Translation:
        """The same problem with another leader's objective, given on the reactions of the network."""
        return replace(self, problem=replace(self.problem, product=self.reduced.objective(product)[self.source]))


def growth_floor(problem: DesignProblem) -> float:
    """No state that matters to a viable design grows slower than this (1/h)."""
    if problem.method is Method.OPTCOUPLE:
        # without product the cell may grow as slowly as it likes
        return 0.0
    factor = problem.alpha if problem.method is Method.PESSIMISTIC else 1.0
    return factor * problem.min_growth


def reduce_problem(
    problem: DesignProblem, *, solver: Backend | None = None, deadline: float = math.inf, processes: int = 1
) -> ReducedNetwork:
    """Reduce the network for this problem, with the flux ranges that constants need; less so after the deadline.

    `processes` share the ranges; they come out the same with any number.

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
        processes=processes,
        solver=solver,
        deadline=deadline,
    )


def translate(
    problem: DesignProblem,
    reduced: ReducedNetwork,
    *,
    product_scale: float,
    product: FloatArray,
    growth_scale: float = 1.0,
) -> Translation:
    """Write the problem on the columns of the reduced network.

    Candidates without effect on any state that grows at the floor are left out: they can only waste budget. So are
    those whose deletion alone stops the target's own column, since no product is left to maximise then, and those
    that stop a column which every state at the floor needs, since nothing viable is left. Forced ones stay in.

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
    growth_scale : float
        Largest growth of any state, 1/h; only optcouple looks at it.

    Raises
    ------
    UsageError
        No candidate is left, or the bounds of a forced one cannot be kept.
    """
    genes = _Genes(problem, reduced) if problem.level is Level.GENE else None
    candidates = Candidates.of(_groups(problem, reduced, genes), problem.costs)
    if not candidates.groups:
        raise UsageError(
            f"none of the {len(problem.candidates)} candidates affects a state that grows",
            where="candidates",
            why="in this scenario they are blocked, or growth or the target needs them",
            hint="give other candidates (--candidates), fewer filters (--filters), or another medium",
        )
    if reduced.range_lower is None or reduced.range_upper is None:
        raise ValueError("the reduced network comes without flux ranges")
    capacity = with_rests(
        Capacity(
            lower=reduced.lower,
            upper=reduced.upper,
            range_lower=reduced.range_lower,
            range_upper=reduced.range_upper,
            intact=_trees(problem, reduced, candidates, genes),
            source=np.arange(reduced.shape[1], dtype=np.intp),
        ),
        _narrows(problem, reduced, candidates),
    )
    source = capacity.source
    bilevel = BilevelProblem(
        matrix=sparse.csc_array(reduced.stoichiometry[:, source]),
        lower=capacity.lower,
        upper=capacity.upper,
        growth=reduced.objective(_unit(problem, problem.biomass))[source],
        product=reduced.objective(product)[source],
        intact=capacity.intact,
        costs=np.array([costs[0] for costs in candidates.costs]),
        names=candidates.names,
        max_cost=_budget(problem, candidates),
        min_growth=float(problem.min_growth),
        method=problem.method,
        product_scale=product_scale,
        growth_scale=growth_scale,
        flux_weights=reduced.weights[source],
        range_lower=capacity.range_lower,
        range_upper=capacity.range_upper,
        alpha=problem.alpha,
        ties=problem.ties,
        forced=frozenset(number for number, name in enumerate(candidates.names) if name in problem.forced),
    )
    return Translation(bilevel, candidates, reduced, source)


def product_coefficients(problem: DesignProblem, *, ratio: float = 0.0) -> FloatArray:
    """`p - ratio * s` on the reactions: product, less `ratio` times the uptake of the substrate."""
    product = _unit(problem, problem.target)
    if ratio != 0.0 and problem.substrate is not None:
        product -= ratio * uptake_coefficients(problem.network, problem.substrate)
    return product


def _groups(problem: DesignProblem, reduced: ReducedNetwork, genes: _Genes | None) -> list[list[str]]:
    """Candidates that are of use, those of the same effect together; forced ones on their own, of use or not."""
    network, forced = problem.network, frozenset(problem.forced)
    needed = _needed_columns(problem, reduced)
    columns: dict[int, list[str]] = {}
    single: list[str] = list(forced)
    for name in sorted(set(problem.candidates) - forced):
        if genes is not None and name in genes.names:
            continue
        column = int(reduced.column_of[network.reaction(name)])
        if name in problem.knock_ins:
            single.extend([name] if column >= 0 else [])
        elif name in problem.narrowed:
            narrow = _narrow(problem, reduced, name, 0)
            single.extend([name] if narrow is not None and _tightens(reduced, narrow) else [])
        elif column >= 0 and column not in needed:
            columns.setdefault(column, []).append(name)
    groups = [*columns.values(), *([name] for name in single)]
    if genes is not None:
        groups.extend(genes.groups(forced, needed))
    return groups


class _Genes:
    """The genes among the candidates, and the rules by column."""

    def __init__(self, problem: DesignProblem, reduced: ReducedNetwork) -> None:
        self.names = deleted_genes(problem, problem.candidates)
        self.rules: dict[int, list[Rule]] = {}
        for reaction, rule in enumerate(problem.network.rules):
            column = int(reduced.column_of[reaction])
            if rule is not None and column >= 0:
                self.rules.setdefault(column, []).append(rule)

    def groups(self, forced: frozenset[str], needed: frozenset[int]) -> list[list[str]]:
        """The genes that may be deleted, by what they do."""
        keep = [rule for column in needed for rule in self.rules.get(column, ())]
        genes = [name for name in sorted(self.names - forced) if all(rule.holds_without({name}) for rule in keep)]
        trees = closure_trees(self.rules, {name: number for number, name in enumerate(genes)})
        return [[genes[number] for number in group] for group in group_genes(trees, len(genes))]


def _trees(
    problem: DesignProblem, reduced: ReducedNetwork, candidates: Candidates, genes: _Genes | None
) -> dict[int, Intact]:
    """When each column is open: its genes' rules hold, it is not deleted, and what has to be bought is bought."""
    number_of = {name: number for number, name in enumerate(candidates.names)}
    parts: dict[int, list[Intact]] = {}
    if genes is not None:
        of_genes = {name: number for name, number in number_of.items() if name in genes.names}
        parts = {column: [tree] for column, tree in closure_trees(genes.rules, of_genes).items()}
    for name, number in number_of.items():
        if (genes is not None and name in genes.names) or name in problem.narrowed:
            continue
        column = int(reduced.column_of[problem.network.reaction(name)])
        if column >= 0:
            leaf = Bought(number) if name in problem.knock_ins else Leaf(number)
            parts.setdefault(column, []).append(leaf)
    trees = {column: all_intact(mine) for column, mine in sorted(parts.items())}
    return {column: tree for column, tree in trees.items() if tree is not None}


def _narrows(problem: DesignProblem, reduced: ReducedNetwork, candidates: Candidates) -> list[Narrow]:
    made = []
    for number, name in enumerate(candidates.names):
        if name in problem.narrowed and int(reduced.column_of[problem.network.reaction(name)]) >= 0:
            narrow = _narrow(problem, reduced, name, number)
            if narrow is None:
                raise UsageError(
                    f"no state that grows keeps to the bounds of {name}, which is forced",
                    where=name,
                    why="other bounds force a larger flux through it",
                    hint="widen its bound in the candidates file, or make it optional",
                )
            made.append(narrow)
    return made


def _narrow(problem: DesignProblem, reduced: ReducedNetwork, name: str, number: int) -> Narrow | None:
    """The bounds of the column of a narrowed reaction; None where it has no column, or no flux is within them."""
    reaction = problem.network.reaction(name)
    column = int(reduced.column_of[reaction])
    if column < 0:
        return None
    factor = next(factor for member, factor in reduced.members[column] if member == reaction)
    ends = sorted(end / factor for end in problem.narrowed[name])
    lower = max(ends[0], float(reduced.lower[column]))
    upper = min(ends[1], float(reduced.upper[column]))
    return Narrow(number, column, lower, upper) if lower <= upper else None


def _tightens(reduced: ReducedNetwork, narrow: Narrow) -> bool:
    """Whether some state that matters is outside the bounds."""
    if reduced.range_lower is None or reduced.range_upper is None:
        return True
    least, most = reduced.range_lower[narrow.column], reduced.range_upper[narrow.column]
    return bool(narrow.lower > least or narrow.upper < most)


def _needed_columns(problem: DesignProblem, reduced: ReducedNetwork) -> frozenset[int]:
    """Columns that no design may close: the target's, and those with flux in every state at the growth floor."""
    needed = {int(reduced.column_of[problem.target])}
    if reduced.range_lower is not None and reduced.range_upper is not None:
        margin = RANGE_MARGIN * (1.0 + np.maximum(np.abs(reduced.range_lower), np.abs(reduced.range_upper)))
        needed.update(np.flatnonzero((reduced.range_lower > margin) | (reduced.range_upper < -margin)).tolist())
    return frozenset(needed)


def _budget(problem: DesignProblem, candidates: Candidates) -> float:
    """The budget; with broken costs a little more, so that a sum that meets it exactly does so in binary too."""
    broken = any(cost != round(cost) for costs in candidates.costs for cost in costs)
    return float(problem.max_knockouts) * (1.0 + COST_ROUNDING if broken else 1.0)


def _unit(problem: DesignProblem, column: int) -> FloatArray:
    unit = np.zeros(problem.network.shape[1])
    unit[column] = 1.0
    return unit
