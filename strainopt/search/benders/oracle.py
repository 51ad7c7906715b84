"""What the search asks when a set hits every clause: can it beat the bound, and if not, why not?"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from strainopt.bilevel.problem import BilevelProblem
from strainopt.lp.program import FloatArray, IntArray
from strainopt.search.benders.clauses import Knowledge, bits, subsets
from strainopt.search.benders.programs import Programs
from strainopt.search.benders.rules import Rule
from strainopt.search.benders.support import Supports
from strainopt.search.evaluate import Evaluator
from strainopt.search.outcome import Found, Limits
from strainopt.tolerances import GROWTH_MARGIN

__all__ = ["Oracle", "SearchStopped"]


class SearchStopped(Exception):  # noqa: N818 - a signal of the search to itself, never an error to a user
    """The deadline has passed or somebody asked to stop."""

    def __init__(self, *, interrupted: bool) -> None:
        super().__init__()
        self.interrupted = interrupted


@dataclass
class Counts:
    """What the oracle did, for the result file."""

    rounds: int = 0
    unconditional: int = 0
    conditional: int = 0
    lethal: int = 0
    exact: int = 0
    near_ties: int = 0


class Oracle:
    """Answers for sets, and learns a clause or a lethal set with every answer."""

    def __init__(
        self,
        problem: BilevelProblem,
        rule: Rule,
        knowledge: Knowledge,
        *,
        limits: Limits,
        accept: Callable[[Found], None],
    ) -> None:
        self.problem = problem
        self.rule = rule
        self.knowledge = knowledge
        self.limits = limits
        self.accept = accept
        self.counts = Counts()
        self.programs = Programs(problem, rule, seed=limits.seed)
        self.evaluator = Evaluator(problem)
        self.supports = Supports(problem.intact, seed=limits.seed)
        self._reachable: dict[int, float] = {}

    @property
    def lps(self) -> int:
        """Linear programs solved so far."""
        return self.programs.lps + self.evaluator.lps

    def set_bound(self, bound: float) -> None:
        """Raise the product to beat. Clauses stay valid; thresholds may fall, so the cached ones go."""
        self.programs.set_bound(bound)
        self._reachable.clear()

    def check_limits(self) -> None:
        """Raise SearchStopped where the run has to end."""
        if time.monotonic() > self.limits.deadline:
            raise SearchStopped(interrupted=False)
        if self.limits.stop is not None and self.limits.stop():
            raise SearchStopped(interrupted=True)

    def scatter(self, count: int) -> None:
        """Learn many unconditional clauses before the search: witnesses of the undeleted network."""
        for _ in range(count):
            self.check_limits()
            if not self._learn_witness(0, 0, np.zeros(0, dtype=np.intp)):
                return

    def ask(self, deleted: int) -> bool:
        """Learn something about a set that hits every open clause; false if it turned out lethal."""
        self.check_limits()
        self.counts.rounds += 1
        closed = self.closed(deleted)
        if self.reachable(deleted) < self.viable_growth:
            self._learn_lethal(deleted)
            return False
        against = self.programs.opposition(closed)
        for condition in subsets(deleted):
            reach = self.reachable(condition)
            if reach < self.viable_growth:
                self._learn_lethal(condition)
                return False
            if math.isinf(reach):
                continue
            if against >= self.rule.threshold(reach) and self._learn_witness(condition, deleted, closed):
                return True
        return self._exact(deleted, closed)

    @property
    def viable_growth(self) -> float:
        """Growth below which a set is not viable, less the margin that the exact step decides."""
        return self.problem.min_growth - GROWTH_MARGIN * (1.0 + self.problem.min_growth)

    def closed(self, deleted: int) -> IntArray:
        """Columns that a set closes."""
        return self.problem.closed_columns(frozenset(bits(deleted)))

    def reachable(self, deleted: int) -> float:
        """G of a set at the present bound, remembered."""
        if deleted not in self._reachable:
            self._reachable[deleted] = self.programs.reachable(self.closed(deleted))
        return self._reachable[deleted]

    def _learn_lethal(self, deleted: int) -> None:
        """Shrink to a minimal part that cannot grow enough and make the bound."""
        part = deleted
        for candidate in bits(deleted):
            smaller = part & ~(1 << candidate)
            if self.reachable(smaller) < self.viable_growth:
                part = smaller
        self.counts.lethal += 1
        self.knowledge.add_lethal(part, level=self.programs.bound)

    def _learn_witness(self, condition: int, deleted: int, closed: IntArray) -> bool:
        flux = self.programs.witness(closed, self.rule.threshold(self.reachable(condition)))
        if flux is None:
            return False
        self._learn_clause(condition, flux, deleted)
        return True

    def _learn_clause(self, condition: int, flux: FloatArray, deleted: int) -> None:
        support = self.supports.of(flux, deleted)
        if condition == 0:
            self.counts.unconditional += 1
        else:
            self.counts.conditional += 1
        self.knowledge.add_clause(condition, support, level=self.programs.bound)

    def _exact(self, deleted: int, closed: IntArray) -> bool:
        """Evaluate a set that nothing speaks against; accept it, or learn from its own optimum."""
        self.counts.exact += 1
        chosen = frozenset(bits(deleted))
        seen = self.evaluator.evaluate(chosen)
        if not seen.viable:
            self.counts.lethal += 1
            self.knowledge.add_lethal(deleted, level=self.programs.bound)
            return False
        if seen.value > self.programs.bound:
            self.accept(Found(chosen, seen.value, seen.growth))
            return True
        self.counts.near_ties += 1
        flux = self.evaluator.state(chosen)
        flux[closed] = 0.0
        self._learn_clause(deleted, flux, deleted)
        return True
