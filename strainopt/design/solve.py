"""The front end: a design question in, verified designs with their proof state out."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Sequence
from dataclasses import replace

from strainopt.bilevel.problem import BilevelProblem
from strainopt.design.answer import Claimed, Verified, verdict, verify_claims
from strainopt.design.engines import EngineChoice, choose_engine, run_engine
from strainopt.design.preflight import Preflight, preflight
from strainopt.design.problem import DesignProblem, DesignSet, Engine, FunnelStep, Measure
from strainopt.design.ratio import RatioSearch, search_yield
from strainopt.design.translate import Translation, product_coefficients, reduce_problem, translate
from strainopt.design.verify import Checks
from strainopt.errors import UsageError
from strainopt.reduce.reduced import ReducedNetwork
from strainopt.search.outcome import Limits, Outcome, SearchProgress
from strainopt.tolerances import VERIFY_SECONDS, VERIFY_SHARE

__all__ = ["last_steps", "solve"]

log = logging.getLogger(__name__)


def solve(
    problem: DesignProblem,
    *,
    choice: EngineChoice | None = None,
    limits: Limits | None = None,
    designs: int = 1,
    within: float = 0.0,
    checks: Checks | None = None,
    funnel: Sequence[FunnelStep] = (),
    reduced: ReducedNetwork | None = None,
    facts: Preflight | None = None,
) -> DesignSet:
    """Find, prove and verify the best deletions.

    Parameters
    ----------
    problem : DesignProblem
        The question, ids validated.
    choice : EngineChoice, optional
        Engine, solver and formulation; AUTO if not given.
    limits : Limits, optional
        The deadline covers everything, verification too. An interruption keeps the best design found.
    designs : int
        How many to list at most.
    within : float
        How far, as a part of the best objective, a listed design may be below it.
    checks : Checks, optional
        Who verifies; GLPK confirmed by HiGHS if not given.
    funnel : sequence of FunnelStep
        Filters that the candidates have passed already; two more steps are appended.
    reduced : ReducedNetwork, optional
        What `reduce_problem` gives for this problem, where it is known already.
    facts : Preflight, optional
        What `preflight` says of this problem, where it is known already.

    Returns
    -------
    DesignSet

    Raises
    ------
    ModelError, UsageError
        The question has no meaning for this model or with these options; see `preflight`.
    SolverError
        A solver failed in a way that leaves nothing to say.
    """
    started = time.monotonic()
    _check_list(designs, within)
    picked = EngineChoice() if choice is None else choice
    if picked.engine is Engine.AUTO:
        picked = replace(picked, engine=choose_engine(problem, solver=picked.solver))
    allowed = Limits() if limits is None else limits
    verifiers = Checks.standard() if checks is None else checks
    if facts is None or not problem.candidates:
        _tell(allowed, "preflight", started)
        facts = preflight(problem, solver=verifiers.solver)
    _tell(allowed, "reduction", started)
    translation = translate(
        problem,
        reduce_problem(problem, solver=verifiers.solver) if reduced is None else reduced,
        product_scale=facts.wild_type.theoretical_max,
        product=product_coefficients(problem),
        growth_scale=facts.wild_type.growth_max,
    )
    found = _search(
        problem, translation, facts, picked, limits=_search_limits(allowed), designs=designs, checks=verifiers
    )
    _tell(allowed, "verification", started, found.outcome)
    verified = verify_claims(
        problem,
        found.claims,
        translation.candidates,
        theoretical_max=facts.wild_type.theoretical_max,
        growth_max=facts.wild_type.growth_max,
        checks=verifiers,
        wanted=designs,
        within=within,
        deadline=allowed.deadline,
    )
    steps = (*funnel, *last_steps(problem, translation))
    return _answer(picked, translation, facts, found, verified, funnel=steps, started=started)


def _check_list(designs: int, within: float) -> None:
    if designs < 1 or not 0.0 <= within <= 1.0:
        raise UsageError(
            f"{designs} designs within {within} cannot be listed",
            where="designs",
            hint="ask for 1 design or more, within a part of the best from 0 to 1",
        )


def _answer(
    choice: EngineChoice,
    translation: Translation,
    facts: Preflight,
    found: RatioSearch,
    verified: Verified,
    *,
    funnel: tuple[FunnelStep, ...],
    started: float,
) -> DesignSet:
    said = verdict(found.outcome, verified, bound=found.bound)
    return DesignSet(
        status=said.status,
        proven=said.proven,
        objective=said.objective,
        bound=said.bound,
        gap=said.gap,
        stop_reason=said.stop_reason,
        seconds=time.monotonic() - started,
        wild_type=facts.wild_type,
        designs=verified.designs,
        refused=verified.refused,
        funnel=funnel,
        engine=choice.engine.value,
        solver=choice.solver_name(),
        rounds=found.outcome.rounds,
        lps=found.outcome.lps + translation.reduced.lps,
        statistics=_statistics(translation, found.outcome),
    )


def _search(
    problem: DesignProblem,
    translation: Translation,
    facts: Preflight,
    choice: EngineChoice,
    *,
    limits: Limits,
    designs: int,
    checks: Checks,
) -> RatioSearch:
    if problem.measure is Measure.YIELD:

        def run(asked: BilevelProblem) -> Outcome:
            return run_engine(choice, asked, limits=limits, designs=1)

        return search_yield(
            problem, translation, run=run, least_uptake=facts.least_uptake, solver=checks.solver, wanted=designs
        )
    outcome = run_engine(choice, translation.problem, limits=limits, designs=designs)
    names = translation.candidates
    claims = tuple(Claimed(names.interventions(found.deleted), found.value) for found in outcome.designs)
    return RatioSearch(claims, outcome, outcome.bound)


def _search_limits(limits: Limits) -> Limits:
    """The same limits with a share of the time kept for verification."""
    if math.isinf(limits.deadline):
        return limits
    left = max(limits.deadline - time.monotonic(), 0.0)
    kept = min(max(VERIFY_SHARE * left, VERIFY_SECONDS), 0.5 * left)
    return replace(limits, deadline=limits.deadline - kept)


def last_steps(problem: DesignProblem, translation: Translation) -> tuple[FunnelStep, FunnelStep]:
    """The two steps after the filters: candidates without use, and interchangeable ones."""
    groups = translation.candidates.groups
    useful = sum(len(group) for group in groups)
    return (
        FunnelStep("no-effect", len(set(problem.candidates)) - useful, useful),
        FunnelStep("equivalent", useful - len(groups), len(groups)),
    )


def _statistics(translation: Translation, outcome: Outcome) -> dict[str, object]:
    rows, columns = translation.reduced.shape
    return {
        **outcome.statistics,
        "reduced_columns": columns,
        "reduced_rows": rows,
        "candidates": len(translation.candidates.groups),
    }


def _tell(limits: Limits, phase: str, started: float, outcome: Outcome | None = None) -> None:
    log.info("%s", phase)
    if limits.observer is not None:
        best = outcome.designs[0].value if outcome and outcome.designs else float("nan")
        bound = outcome.bound if outcome else float("inf")
        limits.observer(SearchProgress(phase, best, bound, 0, 0, time.monotonic() - started))
