"""Engine `enumerate`: every candidate set within the budget. Slow and obviously right; the referee of the others."""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Iterator

from strainopt.bilevel.problem import BilevelProblem
from strainopt.lp.registry import backend
from strainopt.search.evaluate import Evaluator
from strainopt.search.outcome import Found, Limits, Outcome, SearchProgress, SearchStatus
from strainopt.search.ranking import counts, no_design, ranked
from strainopt.tolerances import GROWTH_MARGIN

__all__ = ["enumerate_designs"]


def enumerate_designs(
    problem: BilevelProblem, *, limits: Limits, designs: int = 1, solver: str | None = None
) -> Outcome:
    """Evaluate every affordable set, by increasing size, supersets of non-viable sets left out.

    Leaving those out is sound where no knock-in is added: deletions only shrink the set of flux states, so growth never
    rises again. `solver` is a name of `strainopt.lp.registry`; GLPK if not given.

    Returns
    -------
    Outcome
        OPTIMAL with the best set (the empty one too, where deletions gain nothing), INFEASIBLE where no viable set
        has a value. With several designs, each further one contains none of those before.
    """
    run = _Run(problem, limits, solver)
    stopped = run.go()
    found = ranked(problem, run.found, designs=designs)
    made = [one for one in found if counts(problem, one)]
    if stopped is not None:
        status, reason = stopped
        return Outcome(status, tuple(made), problem.value_scale, reason, run.sets, run.evaluator.lps)
    if not made:
        best = max((one.value for one in found), default=-math.inf)
        return Outcome(SearchStatus.INFEASIBLE, (), max(best, 0.0), no_design(problem), run.sets, run.evaluator.lps)
    return Outcome(
        SearchStatus.OPTIMAL, tuple(made), found[0].value, "every set evaluated", run.sets, run.evaluator.lps
    )


class _Run:
    def __init__(self, problem: BilevelProblem, limits: Limits, solver: str | None) -> None:
        self.problem = problem
        self.limits = limits
        self.evaluator = Evaluator(problem, backend=None if solver is None else backend(solver))
        self.started = time.monotonic()
        self.found: list[Found] = []
        self.lethal: list[frozenset[int]] = []
        self.best = -math.inf
        self.sets = 0

    def go(self) -> tuple[SearchStatus, str] | None:
        """Evaluate everything; the reason if something stopped it."""
        for deleted in affordable(self.problem):
            if time.monotonic() > self.limits.deadline:
                return SearchStatus.TIME_LIMIT, "time limit"
            if self.limits.stop is not None and self.limits.stop():
                return SearchStatus.INTERRUPTED, "interrupted"
            if any(part <= deleted and not (deleted - part) & self.problem.knock_ins for part in self.lethal):
                continue
            self.look_at(deleted)
        return None

    def look_at(self, deleted: frozenset[int]) -> None:
        self.sets += 1
        seen = self.evaluator.evaluate(deleted)
        if not seen.viable:
            # a growth within the margin of the limit may be either; only a clear failure condemns the supersets
            if not seen.growth >= self.problem.min_growth - 10 * GROWTH_MARGIN:
                self.lethal.append(deleted)
            return
        one = Found(deleted, seen.value, seen.growth)
        self.found.append(one)
        if seen.value > self.best:
            self.best = seen.value
            if self.limits.on_found:
                self.limits.on_found(one)
        if self.limits.observer and self.sets % 100 == 0:
            seconds = time.monotonic() - self.started
            self.limits.observer(
                SearchProgress("enumerate", self.best, self.problem.value_scale, self.sets, self.evaluator.lps, seconds)
            )


def affordable(problem: BilevelProblem) -> Iterator[frozenset[int]]:
    """Every candidate set within the budget, with all forced ones and no forbidden part, by increasing size."""
    optional = [c for c in range(problem.n_candidates) if c not in problem.forced]
    left = problem.max_cost - sum(problem.costs[c] for c in problem.forced)
    cheapest = sorted(problem.costs[c] for c in optional)
    for size in range(len(optional) + 1):
        if left < 0.0 or sum(cheapest[:size]) > left:
            return
        for added in itertools.combinations(optional, size):
            chosen = problem.forced.union(added)
            if sum(problem.costs[c] for c in added) > left:
                continue
            if not any(forbidden <= chosen for forbidden in problem.excluded_sets):
                yield chosen
