"""What the search asks about a set that hits every clause: can it beat the value, and if not, why not?"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from strainopt.bilevel.problem import BilevelProblem, open_without
from strainopt.lp.program import IntArray
from strainopt.search.benders.ceilings import Ceilings
from strainopt.search.benders.clauses import FEW, bits, some_parts_of
from strainopt.search.benders.lethal import LethalSets
from strainopt.search.benders.moves import Moves
from strainopt.search.benders.programs import Programs
from strainopt.search.benders.rules.rule import Demand, Rule
from strainopt.search.benders.scaled import Scaled
from strainopt.search.benders.support import Supports
from strainopt.search.benders.ties import add_settled
from strainopt.search.benders.witnesses import Witnesses
from strainopt.search.evaluate import Evaluator
from strainopt.search.outcome import Found, Limits
from strainopt.tolerances import TIE

__all__ = ["Oracle", "OracleCounts", "SearchStopped"]


class SearchStopped(Exception):  # noqa: N818 - a signal of the search to itself, never an error to a user
    """The deadline has passed, or somebody asked to stop."""

    def __init__(self, *, interrupted: bool, reason: str = "") -> None:
        super().__init__(reason)
        self.interrupted = interrupted
        self.reason = reason or ("interrupted" if interrupted else "time limit")


@dataclass
class OracleCounts:
    """What the oracle did, for the result file."""

    asked: int = 0
    witnesses: int = 0
    lethal: int = 0
    exact: int = 0
    near_ties: int = 0


@dataclass(eq=False)
class Oracle:
    """Answers about sets; every answer leaves a clause, a lethal set or a better design behind."""

    scaled: Scaled
    rule: Rule
    programs: Programs
    evaluator: Evaluator
    clauses: Witnesses
    lethal: LethalSets
    supports: Supports | Moves
    limits: Limits
    accept: Callable[[Found], None]
    beta: float = 0.0
    counts: OracleCounts = field(default_factory=OracleCounts)

    def __post_init__(self) -> None:
        self.problem: BilevelProblem = self.scaled.problem
        self.ceilings = Ceilings(self.scaled, self.programs)
        self.least_ceiling = self.scaled.least_growth
        nothing = np.zeros(0, dtype=np.intp)
        self._spared = 0
        self._blocked = self.problem.product_columns if self.rule.blocks_product else nothing

    @property
    def lps(self) -> int:
        """Linear programs solved so far."""
        return self.programs.lps + self.evaluator.lps

    def set_beta(self, beta: float) -> None:
        """Change the value to beat. Raised, all knowledge stays; lowered, ceilings and lethal sets go."""
        if beta < self.beta:
            self.lethal.reset()
        self.beta = beta
        if self.rule.blocks_product:
            # values are growth rates: nothing that grows no faster than `beta` beats it
            self.least_ceiling = max(self.scaled.least_growth, beta * self.scaled.factor)
        else:
            self.ceilings.set_product(beta * self.scaled.factor)
        self.clauses.set_product_limit(beta * self.scaled.factor)

    def required(self, ceiling: float) -> float:
        """Growth from which a witness speaks at a node with this ceiling."""
        return self.rule.required(ceiling, self.problem, self.scaled.min_growth, self.beta * self.scaled.factor)

    def check_limits(self) -> None:
        """Raise `SearchStopped` where the run has to end."""
        if time.monotonic() > self.limits.deadline:
            raise SearchStopped(interrupted=False)
        if self.limits.stop is not None and self.limits.stop():
            raise SearchStopped(interrupted=True)

    def scatter(self, count: int) -> None:
        """Learn clauses from witnesses of the undeleted network, before the search."""
        if self.lethal.nothing_left or not self.viable(0):
            return
        nothing = self._without_product(np.zeros(0, dtype=np.intp))
        demand = self._demand(self.required(self.ceilings.of(0)))
        if nothing is None or self.programs.reach(nothing, demand.product) < demand.growth:
            return
        for _ in range(count):
            self.check_limits()
            if not self._learn_witness(0, nothing, demand):
                return

    def viable(self, deleted: int) -> bool:
        """Whether a set may still beat the value by its ceiling; if not, a minimal part of it becomes lethal."""
        if self.ceilings.of(deleted) >= self.least_ceiling:
            return True
        part = deleted
        if deleted.bit_count() > FEW:
            resting = self.ceilings.resting_on(deleted)
            if self.ceilings.of(resting) < self.least_ceiling:
                part = resting
        for candidate in bits(part):
            smaller = part & ~(1 << candidate)
            if self.ceilings.of(smaller) < self.least_ceiling:
                part = smaller
        self.counts.lethal += 1
        self.lethal.add(part)
        return False

    def ask(self, deleted: int, *, exactly: bool = False) -> bool:
        """Learn why a viable set (by its ceiling) cannot beat the value, or that it does; false if it is lethal.

        Afterwards some clause speaks against the set, or the value to beat has risen. `exactly` makes no witness: for
        where the last one was silent at its own set, which rounding may do.
        """
        self.check_limits()
        self.counts.asked += 1
        closed = self.scaled.closed(deleted)
        if closed is None:
            self.lethal.add(deleted)
            return False
        if exactly:
            return self._exact(deleted)
        needed = self.required(self.ceilings.of(deleted))
        demand = self._demand(needed)
        left = self._without_product(closed)
        reach = -math.inf if left is None else self.programs.reach(left, demand.product)
        if left is not None and reach >= needed:
            wider = self._widest(deleted, reach, needed)
            if self._learn_witness(deleted, left, self._demand(wider)):
                return True
            if wider > needed and self._learn_witness(deleted, left, demand):
                return True
        return self._exact(deleted)

    def _without_product(self, closed: IntArray) -> IntArray | None:
        """What is closed for witnesses: the product as well, where the rule says so; None if it is forced."""
        if not len(self._blocked):
            return closed
        return None if self.problem.product_is_forced else np.union1d(closed, self._blocked)

    def _widest(self, deleted: int, reach: float, needed: float) -> float:
        """The largest growth within reach that makes a witness speak at some part of the set, smallest parts first."""
        within = reach - self.rule.slack * (1.0 + abs(reach))
        for part in sorted(some_parts_of(deleted), key=lambda one: (one.bit_count(), one)):
            known = self.ceilings.values.get(part) if part.bit_count() > 1 else self.ceilings.of(part)
            if known is not None and (asked := self.required(known)) <= within:
                # a part's bound may lie a hair below the set's own; a witness silent at the set would be made again
                return max(asked, needed)
        return needed

    def _demand(self, growth: float) -> Demand:
        most = self.beta * self.scaled.factor if self.rule.caps_product else math.inf
        return Demand(growth, most, self.rule.slack)

    def _learn_witness(self, deleted: int, closed: np.ndarray, demand: Demand) -> bool:
        if self.lethal.singles != self._spared:
            self._spared = self.lethal.singles
            free = open_without(self.problem.intact, self.problem.n_candidates, frozenset(bits(self._spared)))
            self.programs.weights.set_free(free)
        flux = self.programs.witness(closed, demand)
        if flux is None:
            return False
        self.counts.witnesses += 1
        growth, product = float(self.problem.growth @ flux), float(self.problem.product @ flux)
        self.clauses.add(self.supports.of(flux, deleted), growth=growth, product=product)
        return True

    def _exact(self, deleted: int) -> bool:
        """Evaluate a set that nothing speaks against."""
        self.counts.exact += 1
        chosen = frozenset(bits(deleted))
        seen = self.evaluator.evaluate(chosen)
        if not seen.viable:
            self.counts.lethal += 1
            self.lethal.add(deleted)
            return False
        if seen.value > self.beta + 0.5 * TIE * self.problem.value_scale:
            self.accept(Found(chosen, seen.value, seen.growth))
            return True
        self.counts.near_ties += 1
        flux = self.evaluator.limiting_state(chosen)
        if flux is None:
            # no state is without product: the value is the growth itself, which supersets cannot exceed
            self.lethal.add(deleted)
            return False
        add_settled(self.clauses, self.supports, scaled=self.scaled, chosen=deleted, seen=seen, state=flux)
        return True
