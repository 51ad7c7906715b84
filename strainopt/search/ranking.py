"""Which of several sets is better, and which count as designs at all; the same for every engine."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from strainopt.bilevel.problem import BilevelProblem, Method
from strainopt.search.evaluate import Evaluator
from strainopt.search.outcome import Found
from strainopt.tolerances import TIE, ZERO_PRODUCT

__all__ = ["counts", "no_design", "ranked"]

MOST_TIES = 50
"""Equal sets of the smallest size whose guarantee is compared; beyond, names decide."""


def counts(problem: BilevelProblem, found: Found) -> bool:
    """Whether a viable set is a design: it has a value, beyond what a solver's tolerance can fake."""
    return found.value > ZERO_PRODUCT * problem.value_scale


def no_design(problem: BilevelProblem) -> str:
    """What it means that no viable set counts."""
    if problem.method is Method.OPTCOUPLE:
        return "no viable set grows slower without product"
    return "no viable set makes product"


def ranked(problem: BilevelProblem, found: Iterable[Found], *, designs: int) -> list[Found]:
    """The best sets in order; none contains an earlier one.

    Larger value first; sets within `tolerances.TIE` of the best left are equal, and among equal ones the fewest
    deletions win, then the larger guaranteed product at the growth optimum, then the names in order.
    """
    left = sorted(found, key=lambda one: -one.value)
    chosen: list[Found] = []
    while left and len(chosen) < designs:
        tie = [one for one in left if one.value >= left[0].value - TIE * problem.value_scale]
        fewest = min(len(one.deleted) for one in tie)
        equal = [one for one in tie if len(one.deleted) == fewest]
        first = equal[0] if len(equal) == 1 else _first_of_equal(problem, equal)
        chosen.append(first)
        left = [one for one in left if not first.deleted <= one.deleted]
    return chosen


def _first_of_equal(problem: BilevelProblem, equal: list[Found]) -> Found:
    def names(one: Found) -> list[str]:
        return sorted(problem.names[i] for i in one.deleted)

    equal = sorted(equal, key=names)
    if problem.method in (Method.ROBUSTKNOCK, Method.STRONG) or len(equal) > MOST_TIES:
        return equal[0]
    evaluator = Evaluator(replace(problem, method=Method.ROBUSTKNOCK))
    try:
        guaranteed = [evaluator.evaluate(one.deleted).value for one in equal]
    finally:
        evaluator.close()
    best = max(guaranteed)
    return next(
        one for one, least in zip(equal, guaranteed, strict=True) if least >= best - TIE * problem.product_scale
    )
