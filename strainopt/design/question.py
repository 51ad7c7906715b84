"""A design question in the user's words (ids, percentages, filters), and the problem that it poses on a network."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, replace

from strainopt.bilevel.problem import Method, Ties
from strainopt.design.groundwork import Groundwork
from strainopt.design.mutant import wild_type_of
from strainopt.design.offers import Offers, resolve_offers
from strainopt.design.preflight import Preflight, check_numbers, preflight
from strainopt.design.problem import DesignProblem, Level, Measure
from strainopt.design.translate import reduce_problem
from strainopt.flux.fba import fba
from strainopt.lp.backend import Backend
from strainopt.lp.registry import default_lp
from strainopt.lp.result import Status
from strainopt.network.interventions import Intervention
from strainopt.network.network import Network
from strainopt.reduce.candidates import Funnel, candidate_funnel
from strainopt.reduce.funnel import DEFAULT_FILTERS, Filter, FunnelStep
from strainopt.reduce.reduced import ReducedNetwork

__all__ = ["Posed", "Question", "absolute_growth", "pose"]


@dataclass(frozen=True)
class Question:
    """What the user asks.

    Attributes
    ----------
    target : str
        Reaction whose flux is the product.
    min_growth : str
        1/h, such as "0.05", or a part of the wild type's growth, such as "10%".
    candidates : tuple of str or None
        Ids or globs; None means everything.
    offers : tuple of Intervention or None
        Lines of a candidates file, in place of `candidates`.
    exclude : tuple of str
        Ids or globs.
    filters : frozenset of Filter or None
        None means the default for the candidates given; see `candidate_funnel`. What a line of `offers` names by its
        id only leaves under filters that lose nothing.
    substrate : str or None
        Exchange of the substrate.

    The other attributes are as in `DesignProblem`.
    """

    target: str
    method: Method
    max_knockouts: float
    min_growth: str
    level: Level = Level.REACTION
    candidates: tuple[str, ...] | None = None
    offers: tuple[Intervention, ...] | None = None
    exclude: tuple[str, ...] = ()
    filters: frozenset[Filter] | None = None
    alpha: float = 1.0
    ties: Ties = Ties.PESSIMISTIC
    measure: Measure = Measure.RATE
    substrate: str | None = None


@dataclass(frozen=True, eq=False)
class Posed:
    """The problem, how its candidates came about, and what was computed about the scenario, for `solve`."""

    problem: DesignProblem
    funnel: Funnel
    groundwork: Groundwork

    @property
    def facts(self) -> Preflight:
        """What the wild type does."""
        return self.groundwork.facts

    @property
    def reduced(self) -> ReducedNetwork:
        """The network's reduction."""
        return self.groundwork.reduced


def pose(
    network: Network,
    question: Question,
    *,
    biomass: int,
    solver: Backend | None = None,
    deadline: float = math.inf,
    groundwork: Groundwork | None = None,
    processes: int = 1,
) -> Posed:
    """Resolve ids, make growth absolute, check the wild type, choose the candidates.

    Parameters
    ----------
    network : Network
        With the scenario applied.
    question : Question
        Its ids are resolved here.
    biomass : int
        Column of the growth reaction.
    solver : Backend, optional
        GLPK if not given.
    deadline : float
        A `time.monotonic()` moment from which the reduction and the filters end early: the problem is then larger
        than it need be, and as true.
    groundwork : Groundwork, optional
        What was computed for a question of the same `groundwork_key`.
    processes : int
        For the flux ranges of the reduction.

    Raises
    ------
    UsageError
        An unknown id, or a number out of range.
    ModelError
        The wild type does not grow, or cannot make the target.
    """
    offers = _offers(network, question)
    network = network.without([network.reaction(name) for name in offers.absent])
    problem = DesignProblem(
        network=network,
        biomass=biomass,
        target=network.reaction(question.target, where="--target"),
        method=question.method,
        max_knockouts=question.max_knockouts,
        min_growth=math.nan,
        # Stand for "something to delete" until the funnel has run: the wild type is looked at first.
        candidates=network.reaction_ids,
        level=question.level,
        alpha=question.alpha,
        ties=question.ties,
        measure=question.measure,
        substrate=None if question.substrate is None else network.reaction(question.substrate, where="--substrate"),
        costs=offers.costs,
        knock_ins=offers.knock_ins,
        narrowed=offers.narrowed,
        forced=offers.forced,
        whole_reactions=offers.whole_reactions,
    )
    if groundwork is None:
        engine = default_lp() if solver is None else solver
        groundwork = _lay(problem, question, offers, solver=engine, deadline=deadline, processes=processes)
    problem = replace(problem, min_growth=groundwork.growth)
    check_numbers(problem)
    funnel = groundwork.funnel
    if offers.added:
        everything = (*funnel.candidates, *offers.added)
        funnel = Funnel(everything, (*funnel.steps, FunnelStep("added", 0, len(everything))))
    return Posed(replace(problem, candidates=funnel.candidates), funnel, groundwork)


def _lay(
    problem: DesignProblem,
    question: Question,
    offers: Offers,
    *,
    solver: Backend,
    deadline: float,
    processes: int,
) -> Groundwork:
    """What takes linear programs; `problem` has no least growth yet."""
    biomass = problem.biomass
    growth = absolute_growth(wild_type_of(problem), question.min_growth, biomass=biomass, solver=solver)
    problem = replace(problem, min_growth=growth)
    facts = preflight(problem, solver=solver)
    # Does not depend on the candidates.
    reduced = reduce_problem(problem, solver=solver, deadline=deadline, processes=processes)
    funnel = candidate_funnel(
        problem.network,
        biomass=biomass,
        target=problem.target,
        min_growth=growth,
        level=question.level,
        filters=_filters(question),
        include=question.candidates if question.offers is None else offers.deletable,
        exclude=(*question.exclude, *offers.forbidden),
        named=offers.named,
        reduced=reduced,
        solver=solver,
        deadline=deadline,
    )
    return Groundwork(growth, facts, reduced, funnel, whole=time.monotonic() < deadline)


def _offers(network: Network, question: Question) -> Offers:
    if question.offers is None:
        return Offers()
    return resolve_offers(network, question.offers, level=question.level, exclude=question.exclude)


def _filters(question: Question) -> frozenset[Filter] | None:
    """Patterns of a file are as wide as no list at all, and filtered as that is."""
    return DEFAULT_FILTERS if question.filters is None and question.offers is not None else question.filters


def absolute_growth(network: Network, text: str, *, biomass: int, solver: Backend) -> float:
    """A growth rate, or a percentage of the wild type's, in 1/h; 1 where that does not grow (see `preflight`)."""
    number = float(text.removesuffix("%"))
    if not text.endswith("%"):
        return number
    wild = fba(network.with_objective(biomass), solver=solver)
    return number / 100.0 * wild.growth if wild.status is Status.OPTIMAL and wild.growth > 0.0 else 1.0
