"""What mixed-integer programs claim, each claim checked by plain linear programs, the constants audited.

The solver's objective is a claim. The set it names is evaluated by plain linear programs; where they do not confirm
the claim, exactly that set is forbidden and the program solved again. Constants for dual variables are observed, not
derived, so a closed gap alone proves nothing: the *audit* asks whether the answer's own constants were needed within
a factor of two, and widens them until they were not. What is still missing for a proof is in `milp`.
"""

from __future__ import annotations

import logging
import math
import time
from dataclasses import dataclass, field, replace

from strainopt.bilevel.constants import Observed
from strainopt.bilevel.observe import observe, samples
from strainopt.bilevel.problem import BilevelProblem, Method
from strainopt.bilevel.program import SingleLevel, single_level
from strainopt.bilevel.switches import decode
from strainopt.bilevel.writing import Formulation
from strainopt.errors import SolverError
from strainopt.lp.backend import Backend
from strainopt.lp.program import FloatArray
from strainopt.lp.registry import default_lp
from strainopt.lp.result import MixedOptions, MixedResult, Progress, Status
from strainopt.lp.trusted import TrustedSession
from strainopt.search.evaluate import Evaluation, Evaluator
from strainopt.search.outcome import Found, Limits, SearchProgress
from strainopt.search.prospects import prospects
from strainopt.tolerances import IMPROVEMENT, VERIFY_RELATIVE

__all__ = ["Claim", "MilpSettings", "milp_claim"]

log = logging.getLogger(__name__)

MOST_PROSPECTS = 2000
"""Sets near good designs on which prices of OptCouple are observed: seconds, next to minutes of the program."""


@dataclass(frozen=True)
class MilpSettings:
    """How the program is written and solved.

    `widening` multiplies every observed price; `samples` is how many deletion sets the prices are observed on. Without
    `start` the solver is not handed the best set known, so that all it claims it has found itself.
    """

    formulation: Formulation = Formulation.STRONG_DUALITY
    widening: float = 16.0
    samples: int = 150
    most_widenings: int = 6
    start: bool = True


@dataclass(frozen=True)
class Claim:
    """What the mixed-integer programs say before any certificate.

    `status` OPTIMAL means gap closed, every claim confirmed by plain linear programs and audit clean; the bound
    still rests on observed constants.
    """

    status: Status
    found: tuple[Found, ...]
    bound: float
    nodes: int
    statistics: dict[str, object]


def milp_claim(
    problem: BilevelProblem,
    *,
    backend: Backend,
    settings: MilpSettings,
    limits: Limits,
    evaluator: Evaluator,
    known: tuple[frozenset[int], ...] = (),
) -> Claim:
    """Solve, refuse unconfirmed sets, audit and widen, until the answer stands or a limit is met.

    `known` are sets to look at first: the best starts the solver, and all serve to observe constants.
    """
    run = _Run(problem, backend, settings, limits, evaluator, known)
    return run.to_the_end()


@dataclass
class _Run:
    problem: BilevelProblem
    backend: Backend
    settings: MilpSettings
    limits: Limits
    evaluator: Evaluator
    known: tuple[frozenset[int], ...] = ()
    found: dict[frozenset[int], Evaluation] = field(default_factory=dict)
    refused: list[frozenset[int]] = field(default_factory=list)
    bound: float = math.inf
    objective: float = math.nan
    nodes: int = 0
    programs: int = 0
    widenings: int = 0
    audit: str = "not finished"
    level: SingleLevel | None = None
    errors: list[Exception] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.started = time.monotonic()
        least = self.problem.forced
        if sum(self.problem.costs[c] for c in least) <= self.problem.max_cost:
            self.look_at(least)
        for deleted in self.known:
            self.look_at(deleted)
        self.looked_on = [*samples(self.problem, count=self.settings.samples, seed=self.limits.seed), *self.known]
        if self.problem.method is Method.OPTCOUPLE:
            self.looked_on += prospects(self.problem, self.evaluator, most=MOST_PROSPECTS)
        self.observed: Observed = self.observe(self.settings.widening)

    @property
    def tolerance(self) -> float:
        return VERIFY_RELATIVE * self.problem.value_scale

    def best(self) -> float:
        return max((seen.value for seen in self.found.values() if seen.viable), default=-math.inf)

    def look_at(self, deleted: frozenset[int]) -> Evaluation:
        """Evaluate a set by plain linear programs, once."""
        if deleted not in self.found:
            before = self.best()
            self.found[deleted] = seen = self.evaluator.evaluate(deleted)
            if seen.viable and seen.value > before and self.limits.on_found:
                self.limits.on_found(Found(deleted, seen.value, seen.growth))
        return self.found[deleted]

    def to_the_end(self) -> Claim:
        while True:
            result = self.solve_once()
            if not result.status.proven:
                return self.claim(result.status)
            if result.status is Status.UNBOUNDED:
                raise SolverError("the mixed-integer program is unbounded", why="a flux has no finite bound")
            assert self.level is not None  # noqa: S101 - set by solve_once
            if result.status is Status.OPTIMAL and result.x is not None:
                deleted = decode(self.level.switches, result.x)
                seen = self.look_at(deleted)
                if self.best() < result.objective - self.tolerance:
                    if deleted in self.refused:
                        self.audit = "a claim that was forbidden came again"
                        return self.claim(Status.FAILED)
                    log.info("claim %.6g for %s is worth %.6g: forbidden", result.objective, deleted, seen.value)
                    self.refused.append(deleted)
                    continue
            if self.audited():
                return self.claim(Status.OPTIMAL)
            if self.widenings >= self.settings.most_widenings:
                self.audit = f"constants still needed after {self.widenings} widenings"
                return self.claim(Status.FAILED)
            self.widen()

    def observe(self, widening: float) -> Observed:
        return observe(self.problem, tuple(self.looked_on), backend=default_lp(), widening=widening)

    def widen(self) -> None:
        """Observe constants on what was found too; where that has been done, multiply them all."""
        self.widenings += 1
        self.refused.clear()
        if self.best_set() in self.looked_on:
            self.observed = self.observed.widened(8.0)
            return
        self.looked_on += [deleted for deleted, seen in self.found.items() if seen.viable]
        self.observed = self.observe(self.observed.widening)

    def solve_once(self) -> MixedResult:
        self.level = single_level(
            self.problem,
            self.observed,
            formulation=self.settings.formulation,
            refused=tuple(self.refused),
        )
        result = self.backend.solve_mixed(self.level.program, self.options())
        if self.errors:
            raise self.errors[0]
        self.programs += 1
        self.nodes += result.nodes
        self.objective = result.objective
        if not math.isnan(result.bound):
            self.bound = result.bound
        if result.x is not None:
            self.look_at(decode(self.level.switches, result.x))
        return result

    def options(self) -> MixedOptions:
        left = self.limits.deadline - time.monotonic()
        level = self.level

        def incumbent(x: FloatArray, _objective: float) -> None:
            # long callbacks would stall the solver, so each set is evaluated once
            try:
                assert level is not None  # noqa: S101
                self.look_at(decode(level.switches, x))
            except SolverError as error:
                self.errors.append(error)

        return MixedOptions(
            time_limit=max(left, 0.05),
            threads=self.limits.threads,
            seed=self.limits.seed,
            absolute_gap=IMPROVEMENT * self.problem.value_scale / 10,
            start=self.start(),
            on_progress=self.report,
            on_incumbent=incumbent,
            stop=self.limits.stop,
        )

    def report(self, progress: Progress) -> None:
        if self.limits.observer:
            self.limits.observer(
                SearchProgress(
                    phase="milp",
                    incumbent=self.best(),
                    bound=progress.bound,
                    rounds=self.nodes + progress.nodes,
                    lps=self.evaluator.lps,
                    seconds=time.monotonic() - self.started,
                )
            )

    def audited(self) -> bool:
        """Whether the best design keeps its value when every observed constant is halved."""
        deleted = self.best_set()
        assert self.level is not None  # noqa: S101 - set by solve_once
        if deleted is None or not self.level.ledger.observed:
            self.audit = "no constants in use"
            return True
        halved = single_level(self.problem, self.observed.widened(0.5), formulation=self.settings.formulation)
        result = self.at_set(halved, deleted)
        clean = result.x is not None and result.objective >= self.best() - self.tolerance
        self.audit = "clean: no constant is needed within a factor of two" if clean else "a constant is active"
        return clean

    def best_set(self) -> frozenset[int] | None:
        """The best viable set so far; ties by size, then by number."""
        best = self.best()
        holders = [deleted for deleted, seen in self.found.items() if seen.viable and seen.value >= best]
        return min(holders, key=lambda one: (len(one), sorted(one)), default=None)

    def at_set(self, level: SingleLevel, deleted: frozenset[int]) -> MixedResult:
        """Solve a program with the deletions fixed."""
        linear = level.program.linear
        lower, upper = linear.lower.copy(), linear.upper.copy()
        for candidate, column in enumerate(level.switches.deleted):
            lower[column] = upper[column] = float(candidate in deleted)
        program = replace(level.program, linear=linear.with_bounds(lower, upper))
        left = max(self.limits.deadline - time.monotonic(), 0.05)
        result = self.backend.solve_mixed(program, MixedOptions(time_limit=left, stop=self.limits.stop))
        answered = result.status not in (Status.INFEASIBLE, Status.FAILED)
        if answered or program.indicators or self.settings.formulation is Formulation.KKT:
            return result
        # HiGHS was seen to fail on such programs, and to call some infeasible that it can solve; nothing is left to
        # branch on, and for linear programs there are certificates
        session = TrustedSession(program.linear)
        try:
            if session.solve(time_limit=left) is not Status.OPTIMAL:
                return result
            value = session.objective_value()
            return replace(result, status=Status.OPTIMAL, objective=value, bound=value, x=session.values())
        finally:
            session.close()

    def start(self) -> FloatArray | None:
        """The best known set as a full solution, where the program's constants admit it."""
        deleted = self.best_set() if self.settings.start else None
        if deleted is None or deleted in self.refused or self.settings.formulation is Formulation.KKT:
            return None
        assert self.level is not None  # noqa: S101
        return self.at_set(self.level, deleted).x

    def claim(self, status: Status) -> Claim:
        found = [Found(d, s.value, s.growth) for d, s in self.found.items() if s.viable]
        names = self.problem.names
        found.sort(key=lambda one: (-one.value, len(one.deleted), sorted(names[i] for i in one.deleted)))
        assert self.level is not None  # noqa: S101
        statistics: dict[str, object] = {
            "formulation": self.settings.formulation.value,
            "big_m": {
                **self.level.ledger.summary(),
                "widening": self.observed.widening,
                "widenings": self.widenings,
                "audit": self.audit,
            },
            "program_bound": self.bound,
            "program_objective": self.objective,
            "programs": self.programs,
            "refused_claims": len(self.refused),
        }
        bound = max(self.bound, self.best()) if found else self.bound
        return Claim(status, tuple(found), bound, self.nodes, statistics)
