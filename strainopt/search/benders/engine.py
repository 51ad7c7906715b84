"""Engine `benders`: budgets 1, 2, 3, ... in turn, clauses carried over, and the bound probed from above.

While the best design known makes little, thresholds are tight and
nearly every clause carries a condition; at a high bound few states qualify and a search of the whole tree is cheap.
So the tree is searched at high bounds first, each a fixed part below the one before, until a design turns up or the
best known value is reached. The first design found this way is close to the optimum, and the proof at its value is
cheap again. Clauses carry the bound they were learned at and serve every later search at that bound or a higher one.
"""

from __future__ import annotations

import math
import time
from dataclasses import asdict

from strainopt.bilevel.problem import BilevelProblem
from strainopt.search.benders.clauses import Knowledge, mask_of
from strainopt.search.benders.oracle import Oracle, SearchStopped
from strainopt.search.benders.rules import rule_for
from strainopt.search.benders.tree import Tree
from strainopt.search.outcome import Found, Limits, Outcome, SearchProgress, SearchStatus
from strainopt.search.ranking import counts, ranked
from strainopt.tolerances import IMPROVEMENT, ZERO_PRODUCT

__all__ = ["solve_benders"]

SCATTERED = 200
"""Witnesses before a search starts: they spread over interchangeable routes like a covering array."""

PROBES = (0.7, 0.5, 0.35, 0.25, 0.17, 0.12, 0.08, 0.05, 0.03, 0.02, 0.01)
"""Bounds that are probed, as parts of the theoretical maximum product."""

PROBED_FROM = 3.0
"""Smallest budget that is probed; smaller ones are quick at any bound."""

NEAR = 1.5
"""Probes end this factor above the best value known: the search at that value is due anyway."""


def solve_benders(
    problem: BilevelProblem,
    *,
    limits: Limits,
    designs: int = 1,
    start: tuple[frozenset[int], ...] = (),
    floor: float | None = None,
) -> Outcome:
    """Find and prove the best designs.

    Parameters
    ----------
    problem : BilevelProblem
        The question as arrays.
    limits : Limits
        Time, seed, and who is told; one thread.
    designs : int
        How many; none contains another.
    start : tuple of frozenset
        Sets to evaluate first.
    floor : float, optional
        Only designs that beat this value by the improvement step are looked for.

    Returns
    -------
    Outcome
        OPTIMAL: no design beats the last one reported by more than the improvement step. INFEASIBLE: no viable set
        within the budget makes product, or none that beats `floor`, where that was given.

    Raises
    ------
    SolverError
        A verdict that prunes could not be certified by any solver.
    """
    return _Run(problem, limits, designs, start, floor).go()


class _Run:
    def __init__(
        self,
        problem: BilevelProblem,
        limits: Limits,
        designs: int,
        start: tuple[frozenset[int], ...],
        floor: float | None,
    ) -> None:
        self.problem = problem
        self.limits = limits
        self.designs = designs
        self.start = start
        self.step = IMPROVEMENT * problem.product_scale
        self.floor = ZERO_PRODUCT * problem.product_scale if floor is None else floor + self.step
        self.found: list[Found] = []
        self.started = time.monotonic()
        self.told = self.started
        self.proven_up_to = -1
        self.settled = False
        self.ceiling = problem.product_scale
        self.rule = rule_for(problem)
        self.knowledge = Knowledge(problem.n_candidates)
        self.oracle = Oracle(problem, self.rule, self.knowledge, limits=limits, accept=self.accept)
        self.tree = Tree(self.knowledge, self.oracle, list(problem.costs))
        self.excluded = [mask_of(forbidden) for forbidden in problem.excluded_sets]
        self.floored = floor is not None

    def go(self) -> Outcome:
        """Run to the end or to a limit."""
        try:
            self.search_at(self.floor)
            self.evaluate_start()
            self.probe()
            if not self.settled:
                self.settle(self.bound)
        except SearchStopped as stopped:
            status = SearchStatus.INTERRUPTED if stopped.interrupted else SearchStatus.TIME_LIMIT
            reason = "interrupted" if stopped.interrupted else "time limit"
            return self.outcome(status, self.ceiling, reason)
        finally:
            self.oracle.programs.close()
            self.oracle.evaluator.close()
        if not self.found:
            reason = "no design beats the floor" if self.floored else "no viable set makes product"
            return self.outcome(SearchStatus.INFEASIBLE, self.bound, reason)
        return self.outcome(SearchStatus.OPTIMAL, self.bound, "search complete")

    def probe(self) -> None:
        """Search at high bounds first; a design found on the way settles everything."""
        if self.problem.max_cost < PROBED_FROM or self.designs > 1 or self.floored:
            return
        for part in PROBES:
            level = part * self.problem.product_scale
            if self.settled or level < NEAR * self.bound:
                return
            known = len(self.found)
            self.settle(level)
            self.ceiling = min(self.ceiling, self.oracle.programs.bound)
            self.settled = len(self.found) > known

    def settle(self, level: float) -> None:
        """Search the whole tree at a bound, by growing budget; designs found on the way raise it."""
        everything = (1 << self.problem.n_candidates) - 1
        self.search_at(level)
        for budget in self.budgets():
            self.tree.explore(0, everything, budget)
            if self.oracle.programs.bound <= self.bound:
                self.proven_up_to = int(budget)

    def search_at(self, level: float) -> None:
        """Set the bound, take the knowledge that holds there, and scatter witnesses where it is new."""
        self.tell("proving", force=True)
        self.oracle.set_bound(level)
        self.knowledge.select(level)
        for forbidden in self.excluded:
            self.knowledge.add_lethal(forbidden, level=-math.inf)
        missing = SCATTERED - self.knowledge.unconditional
        if missing > 0 and math.inf > self.oracle.reachable(0) >= self.oracle.viable_growth:
            self.oracle.scatter(missing)

    def budgets(self) -> list[float]:
        """0, 1, 2, ... and the full budget."""
        whole = math.floor(self.problem.max_cost)
        budgets = [float(budget) for budget in range(whole + 1)]
        return budgets if whole == self.problem.max_cost else [*budgets, float(self.problem.max_cost)]

    def evaluate_start(self) -> None:
        """Take the best of the sets given."""
        for deleted in (frozenset[int](), *self.start):
            if self.knowledge.condemned(mask_of(deleted)):
                continue
            seen = self.oracle.evaluator.evaluate(deleted)
            found = Found(deleted, seen.value, seen.growth)
            if seen.viable and counts(self.problem, found) and seen.value > self.bound:
                self.accept(found)

    def accept(self, found: Found) -> None:
        """Keep a design and raise the bound."""
        self.found.append(found)
        if self.limits.on_found:
            self.limits.on_found(found)
        if self.designs > 1:
            self.excluded.append(mask_of(found.deleted))
            self.knowledge.add_lethal(self.excluded[-1], level=-math.inf)
        self.oracle.set_bound(self.bound)
        self.tell("proving", force=True)

    @property
    def bound(self) -> float:
        """The value that a further design has to beat: that of the last place taken plus the step, or the floor."""
        best = ranked(self.problem, self.found, designs=self.designs)
        if len(best) < self.designs:
            return self.floor
        return max(self.floor, best[-1].value + self.step)

    def tell(self, phase: str, *, force: bool = False) -> None:
        """Report progress, at most once a second unless something happened."""
        now = time.monotonic()
        if self.limits.observer is None or (not force and now - self.told < 1.0):
            return
        self.told = now
        best = max((one.value for one in self.found), default=-math.inf)
        self.limits.observer(
            SearchProgress(
                phase,
                best,
                self.ceiling,
                self.tree.nodes,
                self.oracle.lps,
                now - self.started,
                max(self.proven_up_to, 0),
            )
        )

    def outcome(self, status: SearchStatus, bound: float, reason: str) -> Outcome:
        """The answer with its statistics."""
        best = ranked(self.problem, self.found, designs=self.designs)
        statistics: dict[str, object] = {
            **asdict(self.oracle.counts),
            "clauses": self.knowledge.learned[0],
            "lethal_sets": self.knowledge.learned[1],
            "dropped_witnesses": self.oracle.programs.dropped,
            "uncertified_thresholds": self.oracle.programs.uncertified,
            "proven_up_to": self.proven_up_to,
        }
        return Outcome(status, tuple(best), bound, reason, self.tree.nodes, self.oracle.lps, statistics)
