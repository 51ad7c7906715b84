"""What no design beats whatever it costs, so that a large budget need not be searched size by size.

The tree of `descent` grows with the budget, and many ways to close the same columns (isozymes, subunits) multiply it.
Here nothing is bought: every column that some set of candidates closes may be closed on its own. Whatever candidates
are chosen, the columns that they close are one of these sets, and the value depends on the columns alone; so the best
of these sets bounds every design from above (a relaxation). A budget that does not matter also needs no iteration over
sizes: each node closes one column of a clause or keeps it for good, and what is kept shortens every later clause until
one is empty, which ends the subtree. Columns without which nothing viable makes the product asked for are kept at once.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from strainopt.bilevel.problem import AllIntact, BilevelProblem, Bought, Intact, Leaf, leaves_of
from strainopt.lp.backend import Backend
from strainopt.search.benders.ceilings import Ceilings
from strainopt.search.benders.clauses import bits
from strainopt.search.benders.programs import Programs
from strainopt.search.benders.rules import RULES, Demand
from strainopt.search.benders.scaled import scaled
from strainopt.search.benders.support import Supports
from strainopt.search.benders.ties import add_settled
from strainopt.search.benders.witnesses import Witnesses
from strainopt.search.evaluate import Evaluator
from strainopt.search.outcome import Limits
from strainopt.tolerances import TIE

__all__ = ["AnyCost", "at_any_cost"]

MOST_LPS = 20_000
"""Where the search is given up; it either ends early or not at all."""

MOST_STATES = 300
"""Remembered states that make the product asked for; they only spare linear programs."""

LOOK = 400
"""Clauses that are compared for the shortest one."""

ORDERS = 12
"""Random orders in which a set is cut down to what its value needs; the cheapest outcome counts."""


@dataclass(frozen=True)
class AnyCost:
    """What the relaxation says.

    Attributes
    ----------
    bound : float
        No design exceeds this, at any cost; +inf where the search was given up.
    sets : tuple of frozenset of int
        Candidates that close what gave the best values found, best first, for an exact look: what they cost does not
        count here, and they may close more than was meant.
    lps : int
        Linear programs solved.
    """

    bound: float
    sets: tuple[frozenset[int], ...]
    lps: int


def at_any_cost(
    problem: BilevelProblem,
    *,
    floor: float,
    improved: Callable[[float], float],
    limits: Limits,
    check: Callable[[], None],
    solver: Backend | None = None,
) -> AnyCost:
    """Search the sets of columns that can be closed.

    Parameters
    ----------
    problem : BilevelProblem
        Without knock-ins and forced candidates (see `search.purchases`).
    floor : float
        Value to beat from the start.
    improved : callable
        The value that counts as better than a given one.
    limits : Limits
        Deadline and seed.
    check : callable
        Raises where the run has to end.
    solver : Backend, optional
        GLPK if not given.

    Raises
    ------
    SolverError
        An exact evaluation could not be certified by any solver.
    """
    run = _Run(problem, floor, improved, limits, check, solver)
    try:
        return run.go()
    finally:
        run.programs.close()
        run.evaluator.close()


class _Closers:
    """Cheap sets of candidates that close given columns."""

    def __init__(self, problem: BilevelProblem) -> None:
        self.problem = problem
        self.uses = Counter(leaf.candidate for rule in problem.intact.values() for leaf in leaves_of(rule))

    def cost(self, chosen: frozenset[int]) -> float:
        """What a set of candidates costs."""
        return float(sum(self.problem.costs[c] for c in chosen))

    def of(self, columns: frozenset[int]) -> frozenset[int]:
        """Candidates for one column after the other; they may close others too."""
        chosen: frozenset[int] = frozenset()
        for column in sorted(columns):
            chosen |= self._more(self.problem.intact[column], chosen)
        return chosen

    def _more(self, rule: Intact, chosen: frozenset[int]) -> frozenset[int]:
        if isinstance(rule, Leaf):
            return frozenset({rule.candidate}) - chosen
        if isinstance(rule, Bought):
            raise TypeError("knock-ins are decided before this search (see `search.purchases`)")
        parts = [self._more(part, chosen) for part in rule.parts]
        if isinstance(rule, AllIntact):
            # of equally cheap ones those that have a say in fewest columns
            return min(parts, key=lambda part: (self.cost(part), sum(self.uses[c] for c in part), sorted(part)))
        return frozenset().union(*parts)


class _GivenUp(Exception):  # noqa: N818 - a signal of the search to itself
    """More linear programs than it may be worth."""


class _Run:
    def __init__(
        self,
        problem: BilevelProblem,
        floor: float,
        improved: Callable[[float], float],
        limits: Limits,
        check: Callable[[], None],
        solver: Backend | None,
    ) -> None:
        self.closers = _Closers(problem)
        self.columns = sorted(problem.intact)
        n = len(self.columns)
        self.problem = replace(
            problem,
            intact={column: Leaf(number) for number, column in enumerate(self.columns)},
            costs=np.ones(n),
            names=tuple(str(column) for column in self.columns),
            max_cost=math.inf,
            excluded_sets=(),
        )
        self.improved, self.check = improved, check
        self.random = np.random.default_rng(limits.seed)
        self.evaluator = Evaluator(self.problem, backend=solver)
        self.scaled = scaled(self.problem, wild_growth=self.evaluator.evaluate(frozenset()).growth)
        self.programs = Programs(self.scaled, deadline=limits.deadline, generator=self.random, backend=solver)
        self.rule = RULES[problem.method]
        self.clauses = Witnesses(n, caps_product=self.rule.caps_product, slack=self.rule.slack)
        self.supports = Supports(self.problem.intact, seed=limits.seed)
        self.ceilings = Ceilings(self.scaled, self.programs)
        self.least_growth = self.scaled.least_growth
        self.everything = (1 << n) - 1
        self.states: list[int] = []
        self.found: list[frozenset[int]] = []
        self.beat(floor)

    def go(self) -> AnyCost:
        try:
            self.explore(0, (), 0)
            bound = self.beta
        except _GivenUp:
            bound = math.inf
        sets = tuple(self.bought(one) for one in reversed(self.found))
        return AnyCost(bound, sets, self.programs.lps + self.evaluator.lps)

    def beat(self, value: float) -> None:
        """Raise the value to beat; all clauses stay true, states may make too little now."""
        self.beta = value
        self.ceilings.set_product(value * self.scaled.factor)
        self.clauses.set_product_limit(value * self.scaled.factor)
        self.states.clear()

    def explore(self, closed: int, members: tuple[int, ...], kept: int) -> None:
        """Settle every set that contains `closed` and none of `kept`."""
        self.check()
        if self.programs.lps > MOST_LPS:
            raise _GivenUp
        if self.ceiling(closed) < self.least_growth:
            return
        kept |= self.needed(closed, kept)
        clause = self.clause(closed, members, kept)
        if clause is None:
            return
        for number in sorted(bits(clause), key=lambda one: self.ceiling(closed | 1 << one)):
            self.explore(closed | 1 << number, (*members, number), kept)
            kept |= 1 << number

    def ceiling(self, closed: int) -> float:
        """The largest growth with at least the product asked for; the state behind it is remembered."""
        before = self.programs.lps
        value = self.ceilings.of(closed)
        if self.programs.lps > before and math.isfinite(value) and value >= self.least_growth:
            if len(self.states) >= MOST_STATES:
                del self.states[: MOST_STATES // 2]
            self.states.append(self.supports.of(self.programs.ceiling_state(), closed))
        return value

    def needed(self, closed: int, kept: int) -> int:
        """Columns that cannot be closed as well: nothing viable would make the product."""
        doubtful = self.everything & ~closed & ~kept
        for state in self.states:
            if not state & closed:
                doubtful &= state
        found = 0
        for number in bits(doubtful):
            if not doubtful >> number & 1:
                continue
            count = len(self.states)
            if self.ceiling(closed | 1 << number) < self.least_growth:
                found |= 1 << number
            elif len(self.states) > count:
                doubtful &= self.states[-1] | found
        return found

    def clause(self, closed: int, members: tuple[int, ...], kept: int) -> int | None:
        """Columns one of which has to be closed as well; None if nothing that contains the set is viable."""
        while True:
            beta = self.beta * self.scaled.factor
            required = self.rule.required(self.ceiling(closed), self.problem, self.scaled.min_growth, beta)
            shortest = self.shortest(closed, members, kept, required)
            if shortest is not None and shortest.bit_count() < 2:
                return shortest
            # one more witness for this very node often leaves less to choose from
            if math.isfinite(required) and self.learn(closed, required):
                return self.shortest(closed, members, kept, required)
            if shortest is not None:
                return shortest
            if not self.exact(closed):
                return None

    def shortest(self, closed: int, members: tuple[int, ...], kept: int, required: float) -> int | None:
        """The shortest clause that speaks here, newest first, without what is kept."""
        unhit, best = self.clauses.unhit(closed, members, required), None
        for _ in range(LOOK):
            if not unhit:
                break
            place = unhit.bit_length() - 1
            unhit ^= 1 << place
            rest = self.clauses.supports[place] & ~kept
            if best is None or rest.bit_count() < best.bit_count():
                best = rest
        return best

    def learn(self, closed: int, required: float) -> bool:
        """A witness against the set, where the solver finds one."""
        columns = self.scaled.closed(closed)
        if columns is None:
            return False
        most = self.beta * self.scaled.factor if self.rule.caps_product else math.inf
        flux = self.programs.witness(columns, Demand(required, most, self.rule.slack))
        if flux is None:
            return False
        growth, product = float(self.problem.growth @ flux), float(self.problem.product @ flux)
        self.clauses.add(self.supports.of(flux, closed), growth=growth, product=product)
        return True

    def exact(self, closed: int) -> bool:
        """Evaluate a set that nothing speaks against; false if it is not viable."""
        chosen = frozenset(bits(closed))
        seen = self.evaluator.evaluate(chosen)
        if not seen.viable:
            return False
        if seen.value > self.beta + 0.5 * TIE * self.problem.product_scale:
            self.found.append(chosen)
            self.beat(self.improved(seen.value))
            return True
        state = self.evaluator.state(chosen)
        add_settled(self.clauses, self.supports, scaled=self.scaled, chosen=closed, seen=seen, state=state)
        return True

    def bought(self, found: frozenset[int]) -> frozenset[int]:
        """Cheap candidates for the columns of a set without those that do nothing for its value."""
        worth = self.evaluator.evaluate(found).value - TIE * self.problem.product_scale
        offers = []
        for _ in range(ORDERS):
            rest = found
            for number in self.random.permutation(sorted(found)).tolist():
                if self.keeps(rest - {number}, worth):
                    rest -= {number}
            chosen = self.closers.of(frozenset(self.columns[number] for number in rest))
            closed = {int(column) for column in self.closers.problem.closed_columns(chosen)}
            whole = frozenset(number for number, column in enumerate(self.columns) if column in closed)
            offers.append((not self.keeps(whole, worth), self.closers.cost(chosen), sorted(chosen)))
        return frozenset(min(offers)[2])

    def keeps(self, closed: frozenset[int], worth: float) -> bool:
        """Whether a set is viable and worth as much."""
        seen = self.evaluator.evaluate(closed)
        return seen.viable and seen.value >= worth
