"""What the callbacks of a mixed-integer solve share: telling, stopping, and exceptions that cannot cross C frames."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from strainopt.lp.program import FloatArray, MixedProgram
from strainopt.lp.result import MixedOptions, MixedResult, Progress, Status

__all__ = ["MixedEnd", "Watcher", "assemble"]


@dataclass(frozen=True, eq=False)
class MixedEnd:
    """How a solver says a mixed-integer solve ended; `x` is the incumbent, if any."""

    status: Status
    bound: float
    x: FloatArray | None
    nodes: int


@dataclass
class Watcher:
    """Carries the caller's callbacks into a solver's."""

    options: MixedOptions
    began: float = field(default_factory=time.monotonic)
    incumbent: float = math.nan
    trouble: list[BaseException] = field(default_factory=list)

    @property
    def seconds_left(self) -> float:
        """Of the caller's time limit."""
        return max(0.0, self.options.time_limit - (time.monotonic() - self.began))

    def found(self, x: FloatArray, value: float) -> None:
        """A new solution; only improvements are passed on."""
        if value <= self.incumbent:
            return
        self.incumbent = value
        if self.options.on_incumbent is not None:
            self.options.on_incumbent(x, value)

    def progress(self, bound: float, nodes: int) -> None:
        """A moment of the search."""
        if self.options.on_progress is not None:
            self.options.on_progress(Progress(self.incumbent, bound, nodes, time.monotonic() - self.began))

    def should_stop(self) -> bool:
        """Whether the caller wants an end."""
        return self.options.stop is not None and self.options.stop()

    def guarded(self, action: Callable[[], bool]) -> bool:
        """Run `action`, which says whether to stop; keep its exceptions for `raise_trouble`, and stop then as well."""
        try:
            return bool(self.trouble) or action()
        # Solvers print exceptions of callbacks and go on, or end the process.
        except BaseException as error:  # noqa: BLE001
            self.trouble.append(error)
            return True

    def raise_trouble(self) -> None:
        """Raise the first exception that a callback met."""
        if self.trouble:
            raise self.trouble[0]


def assemble(program: MixedProgram, end: MixedEnd, watcher: Watcher) -> MixedResult:
    """The result: objective from the values themselves, and a bound that fits status and incumbent."""
    objective = math.nan if end.x is None else float(program.linear.objective @ end.x)
    bound = end.bound
    if end.status is Status.INFEASIBLE:
        bound = -math.inf
    elif end.status is Status.UNBOUNDED:
        bound, objective = math.inf, math.nan
    elif end.status is Status.FAILED:
        # HiGHS then calls zero a bound
        bound = math.inf
    elif end.x is not None:
        bound = max(bound, objective)
    return MixedResult(end.status, objective, bound, end.x, end.nodes, time.monotonic() - watcher.began)
