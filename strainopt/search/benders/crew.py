"""Further processes on the same question, for as long as it takes."""

from __future__ import annotations

import signal
import tempfile
from collections.abc import Callable
from dataclasses import replace
from multiprocessing.process import BaseProcess, parent_process
from pathlib import Path
from types import TracebackType

from strainopt.bilevel.problem import BilevelProblem
from strainopt.processes import context, join_or_kill
from strainopt.search.outcome import Limits, Sharing

__all__ = ["Crew"]


class Crew:
    """`limits.threads - 1` processes that run `work` on a problem, and share with this one through a folder.

    Attributes
    ----------
    limits : Limits
        For this process's own part of the work.
    """

    def __init__(
        self, problem: BilevelProblem, limits: Limits, *, work: Callable[[BilevelProblem, Limits], object]
    ) -> None:
        self._scratch = None if limits.sharing else tempfile.TemporaryDirectory(prefix="strainopt-")
        sharing = limits.sharing or Sharing(Path(self._scratch.name if self._scratch else ""))
        begun = context()
        self._processes: list[BaseProcess] = []
        for number in range(1, limits.threads):
            member = sharing.member * limits.threads + number
            own = Limits(deadline=limits.deadline, seed=limits.seed, sharing=replace(sharing, member=member))
            self._processes.append(begun.Process(target=_assist, args=(work, problem, own), daemon=True))
        own_place = replace(sharing, member=sharing.member * limits.threads)
        self.limits = replace(limits, threads=1, sharing=own_place)

    def __enter__(self) -> Crew:
        for process in self._processes:
            process.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            join_or_kill(process)
        if self._scratch is not None:
            self._scratch.cleanup()


def _assist(work: Callable[[BilevelProblem, Limits], object], problem: BilevelProblem, limits: Limits) -> None:
    """Work until done, ended by the leader, or left behind by it; the terminal's Ctrl-C is the leader's business."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    leader = parent_process()
    work(problem, replace(limits, stop=lambda: leader is None or not leader.is_alive()))
