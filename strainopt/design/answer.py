"""From what an engine found to verified, ranked designs with an honest status."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from strainopt.design.candidates import Candidates
from strainopt.design.measure import objective_scale
from strainopt.design.problem import Design, DesignProblem
from strainopt.design.verify import Checks, smallest_part, verify_design
from strainopt.search.outcome import Outcome, SearchStatus
from strainopt.tolerances import SAME_OBJECTIVE, ZERO_PRODUCT

__all__ = ["Claimed", "Verdict", "Verified", "ranked", "verdict", "verify_claims"]


@dataclass(frozen=True)
class Claimed:
    """Interventions (representatives) and the objective that an engine gave them."""

    interventions: tuple[str, ...]
    objective: float


@dataclass(frozen=True)
class Verified:
    """Confirmed designs, ranked; refused ones; and how many claims time did not suffice to look at."""

    designs: tuple[Design, ...]
    refused: tuple[Design, ...]
    unchecked: int


@dataclass(frozen=True)
class Verdict:
    """Status, proof, objective, bound, gap and reason as the result file has them."""

    status: str
    proven: bool
    objective: float
    bound: float
    gap: float
    stop_reason: str


def verify_claims(
    problem: DesignProblem,
    claims: Sequence[Claimed],
    candidates: Candidates,
    *,
    theoretical_max: float,
    checks: Checks,
    wanted: int,
    within: float,
    deadline: float,
    growth_max: float = 1.0,
) -> Verified:
    """Look at claims, best first, until enough are confirmed; interventions that do nothing are dropped.

    A claim whose objective is nothing is not a design and is passed over. The wild type (no interventions) is
    listed only if it is the best there is. The first claim is always looked at, whatever the time.
    """
    scale = objective_scale(problem, theoretical_max, growth_max)
    checked = partial(verify_design, problem, theoretical_max=theoretical_max, growth_max=growth_max, checks=checks)
    found: dict[tuple[str, ...], Design] = {}
    refused: list[Design] = []
    looked = 0
    for claim in claims:
        if not claim.objective > ZERO_PRODUCT * scale or len(found) >= wanted:
            continue
        if not claim.interventions and found:
            continue
        if looked and time.monotonic() > deadline:
            return Verified(ranked(found.values(), scale), tuple(refused), len(claims) - looked)
        looked += 1
        design = checked(claim.interventions, claimed=claim.objective)
        if not design.verified:
            refused.append(replace(design, objective=claim.objective))
            continue
        names = smallest_part(
            problem,
            claim.interventions,
            theoretical_max=theoretical_max,
            solver=checks.solver,
            growth_max=growth_max,
        )
        if names in found or (not names and found):
            continue
        if names != design.interventions:
            design = checked(names, claimed=claim.objective)
        best = max((other.objective for other in found.values()), default=design.objective)
        if design.objective < best - within * abs(best) - SAME_OBJECTIVE * scale:
            break
        others, count = candidates.equivalents(names, max_cost=problem.max_knockouts)
        found[names] = replace(design, equivalents=others, n_equivalents=count)
    return Verified(ranked(found.values(), scale), tuple(refused), 0)


def ranked(designs: Iterable[Design], scale: float) -> tuple[Design, ...]:
    """Best objective first; equal ones (to `SAME_OBJECTIVE`) by fewest interventions, larger guarantee, then ids."""
    step = SAME_OBJECTIVE * scale
    ordered = sorted(
        designs,
        key=lambda d: (-round(d.objective / step), d.n_interventions, -round(d.product_min / step), d.interventions),
    )
    return tuple(replace(design, rank=position) for position, design in enumerate(ordered, start=1))


def verdict(outcome: Outcome, verified: Verified, *, bound: float) -> Verdict:
    """What may be said, given how the search ended and what verification left of it.

    A proof needs a proven search and no refused claim. A proven search whose best set makes no product proves that
    there is no design.
    """
    status, proven, reason = outcome.status.value, outcome.status.proven, outcome.stop_reason
    best = verified.designs[0].objective if verified.designs else float("nan")
    if verified.refused:
        count = len(verified.refused)
        status, proven = SearchStatus.ERROR.value, False
        reason = f"verification refused {count} claimed design{'s' if count > 1 else ''}"
    elif proven and not verified.designs:
        status = SearchStatus.INFEASIBLE.value
        reason = (
            reason
            if outcome.status is SearchStatus.INFEASIBLE
            else "no allowed deletion makes product, or couples growth to it, under this method"
        )
    elif verified.unchecked:
        reason = f"{reason}; time for verification ran out, {verified.unchecked} further designs not listed"
    if verified.designs and not verified.designs[0].interventions:
        reason = f"{reason}; no deletion improves on the wild type"
    top = max(bound, best) if verified.designs else bound
    gap = (top - best) / max(abs(best), 1e-9) if not math.isnan(best) else float("nan")
    return Verdict(status, proven, best, top, gap, reason)
