"""Knock-ins and forced interventions for a search that only knows deletions.

A knock-in adds flux states, so a witness of a network without it says nothing of the network with it. But once it is
decided which knock-ins are bought, what is left is a question of deletions alone: every affordable set of knock-ins (a
*bundle*) is such a question, on its own columns and with what is left of the budget. Bundles are asked from the
cheapest on, each only for what beats the best design so far, so that most of them end after a few programs.
"""

from __future__ import annotations

import itertools
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from strainopt.bilevel.problem import AllIntact, BilevelProblem, Bought, Intact, Leaf
from strainopt.errors import UsageError
from strainopt.search.benders.engine import solve_benders
from strainopt.search.outcome import Found, Limits, Outcome, SearchProgress, SearchStatus
from strainopt.search.ranking import no_design, ranked

__all__ = ["MOST_BUNDLES", "DeletionsOnly", "affordable", "deletions_only", "solve_with_purchases"]

log = logging.getLogger(__name__)

_T = TypeVar("_T")

MOST_BUNDLES = 2000
"""Affordable sets of knock-ins that are searched one by one; eleven knock-ins, whatever the budget."""


@dataclass(frozen=True, eq=False)
class DeletionsOnly:
    """A problem in which knock-ins and forced candidates are decided, and how its numbers read in the whole one.

    `members[i]` is the candidate of the whole problem behind candidate i; `fixed` are those chosen beforehand.
    """

    problem: BilevelProblem
    members: tuple[int, ...]
    fixed: frozenset[int]

    def whole(self, found: Found) -> Found:
        """A design in the numbers of the whole problem."""
        return replace(found, deleted=self.fixed | {self.members[i] for i in found.deleted})

    def part(self, chosen: frozenset[int]) -> frozenset[int] | None:
        """A set of the whole problem in the numbers of this one; None if it is not among its sets."""
        if not self.fixed <= chosen:
            return None
        number = {candidate: i for i, candidate in enumerate(self.members)}
        rest = chosen - self.fixed
        return frozenset(number[c] for c in rest) if rest <= number.keys() else None


def solve_with_purchases(
    problem: BilevelProblem,
    *,
    limits: Limits,
    start: tuple[frozenset[int], ...] = (),
    floor: float | None = None,
    solver: str | None = None,
) -> Outcome:
    """Find and prove the best design, knock-ins and forced candidates included; as `solve_benders` without them.

    Raises
    ------
    UsageError
        The budget buys more than `MOST_BUNDLES` sets of knock-ins.
    SolverError
        As `solve_benders`.
    """
    if not problem.knock_ins and not problem.forced:
        return solve_benders(problem, limits=limits, start=start, floor=floor, solver=solver)
    run = _Run(problem, limits, start, floor, solver)
    return run.go()


def deletions_only(problem: BilevelProblem, bought: frozenset[int]) -> DeletionsOnly | None:
    """The question that is left once these knock-ins and no others are bought; None if no state is left at all."""
    fixed = problem.forced | bought
    members = tuple(c for c in range(problem.n_candidates) if c not in fixed | problem.knock_ins)
    number = {candidate: i for i, candidate in enumerate(members)}
    lower, upper = problem.lower.copy(), problem.upper.copy()
    range_lower, range_upper = problem.range_lower.copy(), problem.range_upper.copy()
    intact: dict[int, Intact] = {}
    for column, rule in problem.intact.items():
        decided = _decided(rule, fixed, bought, number)
        if decided is False:
            if lower[column] > 0.0 or upper[column] < 0.0:
                return None
            lower[column] = upper[column] = range_lower[column] = range_upper[column] = 0.0
        elif decided is not True:
            intact[column] = decided
    excluded = (
        frozenset(number[c] for c in one - fixed) for one in problem.excluded_sets if one & problem.knock_ins <= fixed
    )
    left = replace(
        problem,
        lower=lower,
        upper=upper,
        range_lower=range_lower,
        range_upper=range_upper,
        intact=intact,
        costs=problem.costs[list(members)],
        names=tuple(problem.names[c] for c in members),
        max_cost=problem.max_cost - float(sum(problem.costs[c] for c in fixed)),
        excluded_sets=tuple(excluded),
        forced=frozenset(),
    )
    return DeletionsOnly(left, members, fixed)


def _decided(rule: Intact, fixed: frozenset[int], bought: frozenset[int], number: dict[int, int]) -> Intact | bool:
    """The tree with what is decided worked in; true or false where nothing is left to decide."""
    if isinstance(rule, Leaf):
        return False if rule.candidate in fixed else Leaf(number[rule.candidate])
    if isinstance(rule, Bought):
        return rule.candidate in bought
    # one part of this kind decides the whole
    stops = not isinstance(rule, AllIntact)
    parts: dict[Intact, None] = {}
    for part in rule.parts:
        made = _decided(part, fixed, bought, number)
        if made is stops:
            return stops
        if not isinstance(made, bool):
            parts[made] = None
    if not parts:
        return not stops
    return next(iter(parts)) if len(parts) == 1 else replace(rule, parts=tuple(parts))


def _bundles(problem: BilevelProblem) -> list[frozenset[int]]:
    """Affordable sets of knock-ins with the forced ones in them, from the cheapest on."""
    must = problem.forced & problem.knock_ins
    spent = float(sum(problem.costs[c] for c in problem.forced))
    optional = sorted(problem.knock_ins - must, key=lambda c: (problem.costs[c], c))
    left = problem.max_cost - spent
    found: list[tuple[float, frozenset[int]]] = []
    for cost, bundle in affordable({c: float(problem.costs[c]) for c in optional}, left):
        found.append((cost, bundle | must))
        if len(found) > MOST_BUNDLES:
            raise UsageError(
                f"more than {MOST_BUNDLES} sets of knock-ins are within the budget",
                where="candidates",
                why=f"each of the sets of {len(optional)} knock-ins is a search of its own for this engine",
                hint="forbid some, force those that are needed anyway, or lower -k",
            )
    return [bundle for _, bundle in sorted(found, key=lambda one: (one[0], len(one[1]), sorted(one[1])))]


def affordable(costs: Mapping[_T, float], left: float) -> Iterator[tuple[float, frozenset[_T]]]:
    """Every set within what is left of a budget, with its cost, smallest sets first."""
    if left < 0.0:
        return
    cheapest = [0.0, *itertools.accumulate(sorted(costs.values()))]
    for size in range(len(costs) + 1):
        if cheapest[size] > left:
            return
        for chosen in itertools.combinations(costs, size):
            cost = float(sum(costs[one] for one in chosen))
            if cost <= left:
                yield cost, frozenset(chosen)


class _Run:
    def __init__(
        self,
        problem: BilevelProblem,
        limits: Limits,
        start: Iterable[frozenset[int]],
        floor: float | None,
        solver: str | None,
    ) -> None:
        self.problem = problem
        self.limits = limits
        self.start = tuple(start)
        self.floor = floor
        self.solver = solver
        self.found: list[Found] = []
        self.bound = 0.0
        self.rounds = self.lps = 0
        self.counted: dict[str, int] = {}

    def go(self) -> Outcome:
        bundles = _bundles(self.problem)
        for place, bundle in enumerate(bundles):
            case = deletions_only(self.problem, bundle)
            if case is None:
                continue
            outcome = self.ask(case)
            if not outcome.status.proven:
                # the other bundles are not looked at, so that only the theoretical maximum limits them
                more = place + 1 < len(bundles)
                self.bound = max(self.bound, self.problem.value_scale if more else 0.0)
                return self.outcome(outcome.status, outcome.stop_reason, len(bundles))
        if self.found:
            return self.outcome(SearchStatus.OPTIMAL, "search complete", len(bundles))
        reason = no_design(self.problem) if self.floor is None else "no design beats the floor"
        if not bundles:
            reason = "the forced interventions cost more than the budget"
        return self.outcome(SearchStatus.INFEASIBLE, reason, len(bundles))

    def ask(self, case: DeletionsOnly) -> Outcome:
        """Search one bundle for what beats the best so far."""
        known = [value for value in (self.best, self.floor) if value is not None]
        outcome = solve_benders(
            case.problem,
            limits=self.limits_of(case),
            start=tuple(part for part in map(case.part, self.start) if part is not None),
            floor=max(known, default=None),
            solver=self.solver,
        )
        log.info("bundle %s: %s", sorted(case.fixed), outcome.status.value)
        self.found.extend(map(case.whole, outcome.designs))
        self.bound = max(self.bound, outcome.bound)
        self.rounds, self.lps = self.rounds + outcome.rounds, self.lps + outcome.lps
        for name, value in outcome.statistics.items():
            if isinstance(value, int):
                seen = self.counted.get(name)
                both = value if seen is None else min(seen, value) if name == "proven_up_to" else seen + value
                self.counted[name] = both
        return outcome

    @property
    def best(self) -> float | None:
        """The best value so far."""
        return max((one.value for one in self.found), default=None)

    def limits_of(self, case: DeletionsOnly) -> Limits:
        """The same limits; who is told hears of whole designs and of all that was done."""
        tell, told = self.limits.on_found, self.limits.observer
        return replace(
            self.limits,
            on_found=None if tell is None else self._teller(tell, case),
            observer=None if told is None else self._reporter(told),
        )

    @staticmethod
    def _teller(tell: Callable[[Found], None], case: DeletionsOnly) -> Callable[[Found], None]:
        return lambda found: tell(case.whole(found))

    def _reporter(self, told: Callable[[SearchProgress], None]) -> Callable[[SearchProgress], None]:
        best, rounds, lps = self.best, self.rounds, self.lps

        def report(seen: SearchProgress) -> None:
            incumbent = seen.incumbent if best is None else max(best, seen.incumbent)
            told(replace(seen, incumbent=incumbent, rounds=rounds + seen.rounds, lps=lps + seen.lps))

        return report

    def outcome(self, status: SearchStatus, reason: str, bundles: int) -> Outcome:
        best = ranked(self.problem, self.found, designs=1)
        statistics: dict[str, object] = {**self.counted, "bundles": bundles}
        bound = max([self.bound, *(one.value for one in best)])
        return Outcome(status, tuple(best), bound, reason, self.rounds, self.lps, statistics)
