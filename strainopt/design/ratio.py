"""Yield as objective, for every method and engine, by Dinkelbach's iteration around the engine.

Let z(D) be the method's value with product p, and y(D) its value with yield p / s, s being the uptake of substrate. The
states that count for D form a compact set on which s > 0 (checked beforehand on the larger set of all states at the
growth floor). Hence for any ratio r, whether the method takes the most or the least over the states,

    y(D) > r   if and only if   z(D) > 0 with p - r s in place of p,

so the engines need only a linear objective. Let F(r) be the best value of p - r s over all designs. F falls with r and
is zero at the best yield. Starting from the wild type's yield, each search returns a design whose yield is the next r;
r rises strictly, so that no design comes twice, and the last search, with F(r) at zero, is the proof. A search that
ends with the bound U instead proves y(D) <= r + max(U, 0) / s_min, because p - r s <= U gives p / s <= r + U / s.
For pfba the states that count do not depend on the leader's objective, so the argument holds as it is.

Dinkelbach (1967), Management Science 13:492.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

from strainopt.bilevel.problem import BilevelProblem
from strainopt.design.answer import Claimed
from strainopt.design.measure import value_of, viable
from strainopt.design.mutant import mutant_of
from strainopt.design.problem import DesignProblem
from strainopt.design.translate import Translation, product_coefficients
from strainopt.lp.backend import Backend
from strainopt.search.outcome import Outcome, SearchStatus
from strainopt.tolerances import RATIO_STEP, SAME_OBJECTIVE

__all__ = ["RatioSearch", "search_yield"]


@dataclass(frozen=True)
class RatioSearch:
    """The claims, best first, the last outcome with all counts summed, and the proven bound on the yield."""

    claims: tuple[Claimed, ...]
    outcome: Outcome
    bound: float


def search_yield(
    problem: DesignProblem,
    translation: Translation,
    *,
    run: Callable[[BilevelProblem], Outcome],
    least_uptake: float,
    solver: Backend,
    wanted: int,
) -> RatioSearch:
    """The `wanted` best designs by yield; each further one with the earlier sets (and so their supersets) forbidden."""
    claims: list[Claimed] = []
    first: RatioSearch | None = None
    excluded: tuple[frozenset[int], ...] = ()
    rounds = lps = 0
    while True:
        found, deleted = _best_yield(problem, translation, excluded, run=run, least_uptake=least_uptake, solver=solver)
        rounds, lps = rounds + found.outcome.rounds, lps + found.outcome.lps
        first = found if first is None else first
        claims.extend(found.claims)
        if len(claims) >= wanted or not deleted or found.outcome.status is not SearchStatus.OPTIMAL:
            break
        excluded = (*excluded, deleted)
    outcome = replace(first.outcome, rounds=rounds, lps=lps)
    return RatioSearch(tuple(claims), outcome, first.bound)


def _best_yield(
    problem: DesignProblem,
    translation: Translation,
    excluded: tuple[frozenset[int], ...],
    *,
    run: Callable[[BilevelProblem], Outcome],
    least_uptake: float,
    solver: Backend,
) -> tuple[RatioSearch, frozenset[int]]:
    best: frozenset[int] = translation.problem.forced
    ratio = _yield_of(problem, translation, best, solver)
    rounds = lps = 0
    while True:
        asked = translation.with_product(product_coefficients(problem, ratio=ratio)).problem
        outcome = run(replace(asked, excluded_sets=(*asked.excluded_sets, *excluded)))
        rounds, lps = rounds + outcome.rounds, lps + outcome.lps
        found = next(iter(outcome.designs), None)
        gain = -math.inf if found is None else found.value
        following = ratio
        if found is not None and gain > SAME_OBJECTIVE * asked.product_scale:
            following = _yield_of(problem, translation, found.deleted, solver)
        moved = following > ratio + RATIO_STEP * (1.0 + abs(ratio))
        bound = ratio + max(outcome.bound, 0.0) / least_uptake
        if moved and found is not None:
            ratio, best = following, found.deleted
        if not moved or not outcome.status.proven:
            status = SearchStatus.OPTIMAL if outcome.status.proven else outcome.status
            summed = replace(outcome, status=status, rounds=rounds, lps=lps)
            claim = Claimed(translation.candidates.interventions(best), ratio)
            return RatioSearch((claim,), summed, max(bound, ratio)), best


def _yield_of(problem: DesignProblem, translation: Translation, deleted: frozenset[int], solver: Backend) -> float:
    names = translation.candidates.interventions(deleted)
    value = value_of(problem, mutant_of(problem, names), solver=solver)
    # without its knock-ins, or with what is forced, the first set need not be viable; no design has less than zero
    return value.objective if viable(problem, value.growth) and not math.isnan(value.objective) else 0.0
