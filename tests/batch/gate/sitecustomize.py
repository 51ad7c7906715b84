"""Python loads this file by its name where its folder is on the path, as it is in the jobs of the cluster tests.

A worker whose task's gate is shut waits in the middle of its search until the gate is opened, or until it is told to
end; it uses no processor meanwhile. A disturbance so finds its task at work however fast or slow the machine is.

gates/shut-7            task 7 is held, until this file is gone
gates/held-7-JOB        written once it is; holds the node's name
gates/open-7-JOB        this copy of it may go on
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

MIDDLE = 150
"""How often a search asks whether to stop until it is held: beyond single knockouts, far from the end of the pairs."""


class Gate:
    """In place of a search's question whether it is to stop."""

    def __init__(self, gates: Path, number: int, stop: Callable[[], bool]) -> None:
        job = os.environ.get("SLURM_JOB_ID") or os.environ.get("JOB_ID")
        self.shut = gates / f"shut-{number}"
        self.open = gates / f"open-{number}-{job}"
        self.held = gates / f"held-{number}-{job}"
        self.stop = stop
        self.looks = 0

    def __call__(self) -> bool:
        self.looks += 1
        if self.looks == MIDDLE and self.shut.exists():
            self.wait()
        return self.stop()

    def wait(self) -> None:
        ready = self.held.with_suffix(".new")
        ready.write_text(os.environ.get("SLURMD_NODENAME", ""))
        ready.replace(self.held)
        while self.shut.exists() and not self.open.exists() and not self.stop():
            time.sleep(0.05)
        if self.stop():
            self.shut.unlink(missing_ok=True)  # the next attempt is not held


def install(gates: Path) -> None:
    from strainopt.batch import worker

    perform = worker._perform

    def held(order: worker.Order, models: object, stop: Callable[[], bool]) -> worker.Report:
        return perform(order, models, Gate(gates, order.task.number, stop))

    worker._perform = held


if "STRAINOPT_TEST_GATES" in os.environ and "multiprocessing" in " ".join(sys.orig_argv):
    install(Path(os.environ["STRAINOPT_TEST_GATES"]))
