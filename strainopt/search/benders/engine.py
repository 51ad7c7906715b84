"""Engine `benders`: from high values down, each with 1, 2, 3, ... deletions, so that every stop leaves a bound."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from functools import partial

from strainopt.bilevel.problem import BilevelProblem
from strainopt.errors import SolverError
from strainopt.lp.backend import Backend
from strainopt.lp.registry import backend
from strainopt.search.benders.anycost import at_any_cost
from strainopt.search.benders.assembly import assembled, most_deletions
from strainopt.search.benders.climbs import climb
from strainopt.search.benders.crew import Crew
from strainopt.search.benders.exchange import AnyCostDone
from strainopt.search.benders.lethal import LethalSets
from strainopt.search.benders.oracle import SearchStopped
from strainopt.search.benders.programs import most_value
from strainopt.search.benders.scaled import scaled
from strainopt.search.benders.scout import Scout
from strainopt.search.benders.together import Together
from strainopt.search.evaluate import Evaluator
from strainopt.search.outcome import Found, Limits, Outcome, SearchProgress, SearchStatus, doubts
from strainopt.search.ranking import counts, no_design, ranked
from strainopt.tolerances import IMPROVEMENT, TIE, ZERO_PRODUCT

__all__ = ["solve_benders"]

log = logging.getLogger(__name__)

SCATTERED = 200
"""Most witnesses learned before the search at each value to beat; small problems need fewer."""

SCATTERED_PER_CANDIDATE = 3

SHARES = (0.79, 0.49, 0.24, 0.08)
"""Parts of the largest product that are tried as value to beat, from the top, until a design is found. High values
are cheap to refute, and a good design found early makes the rest of the proof cheap."""

SMALL_BUDGET = 6
"""Deletions up to which the tree is searched at once, without asking first what can be had at any cost."""


def solve_benders(
    problem: BilevelProblem,
    *,
    limits: Limits,
    designs: int = 1,
    start: tuple[frozenset[int], ...] = (),
    floor: float | None = None,
    solver: str | None = None,
) -> Outcome:
    """Find and prove the best designs.

    Parameters
    ----------
    problem : BilevelProblem
        The question as arrays.
    limits : Limits
        Time, seed, who is told, threads (processes that share what they learn), and a folder to share through.
        With several threads or others at work on the same folder, which of equally good designs is found may vary.
    designs : int
        How many; each further one is the best that contains none of those before.
    start : tuple of frozenset
        Sets to evaluate first.
    floor : float, optional
        Only designs that beat this value by the improvement step are looked for.
    solver : str, optional
        Who solves the linear programs, a name of `strainopt.lp.registry`; GLPK if not given.

    Returns
    -------
    Outcome
        OPTIMAL: no design exceeds `bound`, which is above the best one by the improvement step. INFEASIBLE: no viable
        set within the budget makes product, or none beats `floor`, where that was given.

    Raises
    ------
    SolverError
        An exact evaluation could not be certified by any solver.
    """
    if limits.threads > 1:
        work = partial(_assist, designs=designs, start=start, floor=floor, solver=solver)
        with Crew(problem, limits, work=work) as crew:
            return solve_benders(problem, limits=crew.limits, designs=designs, start=start, floor=floor, solver=solver)
    run = _Run(problem, limits, start, floor, None if solver is None else backend(solver))
    try:
        outcome = run.one()
        chosen = list(outcome.designs)
        last = outcome
        while len(chosen) < designs and last.designs and last.status.proven and chosen[-1].deleted:
            last = run.next_best(chosen[-1])
            chosen.extend(last.designs)
        if designs == 1:
            return outcome
        proven = last.status.proven
        return replace(
            last,
            status=outcome.status if proven else last.status,
            designs=tuple(chosen),
            bound=outcome.bound,
            stop_reason=outcome.stop_reason if proven else last.stop_reason,
        )
    finally:
        run.close()


def _assist(
    problem: BilevelProblem,
    limits: Limits,
    *,
    designs: int,
    start: tuple[frozenset[int], ...],
    floor: float | None,
    solver: str | None,
) -> None:
    """The whole search again, in another process; what it learns is shared as it goes."""
    solve_benders(problem, limits=limits, designs=designs, start=start, floor=floor, solver=solver)


@dataclass(eq=False)
class _Run:
    problem: BilevelProblem
    limits: Limits
    start: tuple[frozenset[int], ...]
    floor: float | None
    solver: Backend | None
    found: list[Found] = field(default_factory=list)
    settled: list[Found] = field(default_factory=list)
    excluded: list[frozenset[int]] = field(default_factory=list)
    bound: float = math.inf
    top: float = math.inf
    proven_up_to: int = 0
    other_lps: int = 0

    def __post_init__(self) -> None:
        problem = self.problem
        self.started = time.monotonic()
        self.evaluator = Evaluator(problem, backend=self.solver)
        wild = self.evaluator.evaluate(frozenset())
        self.scaled = scaled(problem, wild_growth=wild.growth)
        self.most_deletions = most_deletions(problem)
        seed = self.limits.seed + (0 if self.limits.sharing is None else self.limits.sharing.member)
        make = partial(
            assembled,
            problem,
            scaled=self.scaled,
            evaluator=self.evaluator,
            limits=self.limits,
            seed=seed,
            solver=self.solver,
        )
        self.descent = make(self.accept)
        self.oracle = self.descent.oracle
        self.programs = self.oracle.programs
        self.top = self.bound = most_value(problem, self.oracle.rule.blocks_product, self.solver)
        # deletions only shrink, so nothing is viable where the wild type is not
        self.hopeless = not wild.viable
        self.shared: Together | None = None
        if self.limits.sharing is not None:
            self.shared = Together(self.limits.sharing, problem, self.descent, found=self.found, take=self.take)
        self.scout = Scout(
            self.descent,
            own=make,
            found=lambda: self.found,
            to_beat=self.to_beat,
            accept=self.accept,
            size=self.most_deletions,
            budget=problem.max_cost,
            top=self.top,
            deadline=self.limits.deadline,
            seed=seed,
        )
        self.descent.pulse = self.pulse

    def pulse(self) -> None:
        """What is done between nodes of the tree: tell and hear, and now and then look for better designs."""
        if self.shared is not None:
            self.shared.pulse()
        self.scout.pulse()

    @property
    def lps(self) -> int:
        """Linear programs solved in this process."""
        scouted = 0 if self.scout.programs is None else self.scout.programs.lps
        return self.oracle.lps + self.other_lps + scouted

    def close(self) -> None:
        """Free the solvers' memory."""
        if self.shared is not None:
            self.shared.close()
        self.scout.close()
        self.programs.close()
        self.evaluator.close()

    @property
    def least(self) -> float:
        """The value that a design has to exceed to count at all."""
        floor = ZERO_PRODUCT * self.problem.value_scale
        return floor if self.floor is None else max(floor, self.improved(self.floor))

    def improved(self, value: float) -> float:
        """The value that counts as better than `value`."""
        least = value + max(0.5 * IMPROVEMENT * abs(value), TIE * self.problem.value_scale)
        return _rounded(least)

    def one(self) -> Outcome:
        """The best design, unless a limit comes first."""
        try:
            if not self.hopeless:
                if self.shared is not None:
                    self.shared.listen()
                self.evaluate_first((frozenset[int](), *self.start, *(one.deleted for one in self.settled)))
                for beta in () if self.beaten_at_no_cost() else self.values_to_beat():
                    self.oracle.set_beta(max(beta, self.beta_from_found()))
                    self.prove()
                    self.bound = min(self.bound, self.oracle.beta + TIE * self.problem.value_scale)
                    if self.oracle.beta <= self.beta_from_found():
                        break
        except SearchStopped as stopped:
            status = SearchStatus.INTERRUPTED if stopped.interrupted else SearchStatus.TIME_LIMIT
            return self.outcome(status, stopped.reason)
        if self.found:
            return self.outcome(SearchStatus.OPTIMAL, "search complete")
        reason = no_design(self.problem) if self.floor is None else "no design beats the floor"
        return self.outcome(SearchStatus.INFEASIBLE, reason)

    def beaten_at_no_cost(self) -> bool:
        """Whether nothing beats the best design whatever it costs; asked where the budget is too large for the tree."""
        if self.most_deletions <= SMALL_BUDGET or self.problem.excluded_sets or self.excluded:
            return False
        if self.oracle.rule.blocks_product:
            return False
        bound = None if self.shared is None else self.shared.at_any_cost
        if bound is None:
            self.tell("at any cost")
            seen = at_any_cost(
                self.problem,
                floor=self.beta_from_found(),
                improved=self.improved,
                limits=self.limits,
                check=self.oracle.check_limits,
                solver=self.solver,
            )
            self.other_lps += seen.lps
            self.evaluate_first(seen.sets)
            bound = seen.bound
            if self.shared is not None:
                self.shared.tell(AnyCostDone(bound))
        margin = TIE * self.problem.product_scale
        self.bound = min(self.bound, bound + margin)
        settled = bound <= self.beta_from_found() + margin
        if settled:
            self.proven_up_to = self.most_deletions
        return settled

    def next_best(self, before: Found) -> Outcome:
        """The best design that contains none of those already given."""
        self.excluded.append(before.deleted)
        lethal = LethalSets(self.problem.n_candidates, (*self.problem.excluded_sets, *self.excluded))
        self.oracle.lethal = lethal
        self.settled = [one for one in (*self.settled, *self.found) if not self.forbidden(one.deleted)]
        # another question now, whose facts are its own
        if self.shared is not None:
            self.shared.close()
        self.descent.pulse, self.shared = None, None
        self.found = []
        self.proven_up_to = 0
        return self.one()

    def forbidden(self, deleted: frozenset[int]) -> bool:
        """Whether a set contains an excluded one."""
        return any(part <= deleted for part in (*self.problem.excluded_sets, *self.excluded))

    def to_beat(self) -> float:
        """The value that a design has to exceed to be better than those found."""
        return max(self.least, self.beta_from_found())

    def values_to_beat(self) -> Iterable[float]:
        """From the top to the least value that counts."""
        least = self.to_beat()
        top = min(self.top, self.bound)
        if self.floor is None and math.isfinite(top):
            yield from (_rounded(share * top) for share in SHARES if share * top > least)
        yield least

    def beta_from_found(self) -> float:
        """The value to beat, from what has been found."""
        return self.improved(max(one.value for one in self.found)) if self.found else self.least

    def prove(self) -> None:
        """Show that no set beats the value, or raise the value until none does."""
        wanted = min(SCATTERED, SCATTERED_PER_CANDIDATE * self.problem.n_candidates)
        # what was read serves as well
        self.oracle.scatter(wanted if self.shared is None else wanted - len(self.oracle.clauses))
        self.proven_up_to = 0
        for size in range(1, self.most_deletions + 1):
            self.oracle.clauses.sort()
            self.tell()
            if self.shared is None or not self.shared.settled(size):
                climb(self.descent, lambda: self.found, size=size, budget=self.problem.max_cost)
                (self.shared or self.descent).search(size, self.problem.max_cost)
            self.proven_up_to = size

    def evaluate_first(self, sets: Iterable[frozenset[int]]) -> None:
        """Take the best of the sets given."""
        for deleted in sets:
            cost = sum(self.problem.costs[i] for i in deleted)
            if self.forbidden(deleted) or cost > self.problem.max_cost:
                continue
            seen = self.evaluator.evaluate(deleted)
            one = Found(deleted, seen.value, seen.growth)
            known = max((other.value for other in self.found), default=-math.inf if self.floor is None else self.least)
            if seen.viable and counts(self.problem, one) and one.value > known:
                self.keep(one)

    def take(self, deleted: frozenset[int], value: float) -> None:
        """A design that another run has told of."""
        seen = self.evaluator.evaluate(deleted)
        if not seen.viable or abs(seen.value - value) > TIE * self.problem.value_scale:
            names = ", ".join(self.problem.names[i] for i in sorted(deleted))
            raise SolverError(
                f"two evaluations of the same deletions differ: {value:g} and {seen.value:g}",
                where=names,
                why="another run on the same question found the first value",
                hint="use another folder, so that nothing is shared",
            )
        one = Found(deleted, seen.value, seen.growth)
        if counts(self.problem, one) and one.value > max((other.value for other in self.found), default=self.least):
            self.accept(one)

    def accept(self, one: Found) -> None:
        """Keep a design and raise the value to beat."""
        self.keep(one)
        self.oracle.set_beta(max(self.improved(one.value), self.oracle.beta))
        self.tell()

    def keep(self, one: Found) -> None:
        """Take note of a design, for the log with the time, and for who is told."""
        self.found.append(one)
        names = ", ".join(self.problem.names[i] for i in sorted(one.deleted))
        log.info("best so far %.6g after %d LPs: %s", one.value, self.oracle.lps, names or "nothing deleted")
        if self.limits.on_found:
            self.limits.on_found(one)

    def tell(self, phase: str = "") -> None:
        """Report progress."""
        if self.limits.observer is None:
            return
        self.limits.observer(
            SearchProgress(
                phase=phase or f"proving {self.oracle.beta:.6g}",
                incumbent=max((one.value for one in self.found), default=-math.inf),
                bound=self.bound,
                rounds=self.descent.nodes,
                lps=self.lps,
                seconds=time.monotonic() - self.started,
                proven_up_to=self.proven_up_to,
            )
        )

    def outcome(self, status: SearchStatus, reason: str) -> Outcome:
        """The answer with its statistics."""
        best = ranked(self.problem, self.found, designs=1)
        trust, dropped = self.programs.trust, self.programs.dropped
        if self.scout.programs is not None:
            trust, dropped = trust + self.scout.programs.trust, dropped + self.scout.programs.dropped
        statistics: dict[str, object] = {
            **asdict(self.oracle.counts),
            "clauses": len(self.oracle.clauses),
            "lethal_sets": self.oracle.lethal.count,
            **doubts(trust, dropped=dropped),
            "proven_up_to": self.proven_up_to,
        }
        nodes, lps = self.descent.nodes, self.lps
        if self.shared is not None:
            nodes, lps = nodes + self.shared.nodes_elsewhere, lps + self.shared.lps_elsewhere
            statistics["torn_facts"] = self.shared.torn
        return Outcome(status, tuple(best), self.bound, reason, nodes, lps, statistics)


def _rounded(value: float) -> float:
    """Runs that share a search compute a value to beat to the last digits but one, and need the very same."""
    return float(f"{value:.9e}")
