"""A worker process: takes tasks one after the other, keeps parsed models between them. Imports the rest lazily."""

from __future__ import annotations

import os
import signal
import sys
import traceback
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Final

from strainopt.errors import StrainoptError

if TYPE_CHECKING:
    from strainopt.batch.plan import Task

__all__ = ["STOP_SIGNALS", "Order", "Report", "stop_signals", "work"]

STOP_SIGNALS: Final = ("SIGTERM", "SIGUSR1", "SIGUSR2", "SIGXCPU", "SIGURG")
"""What schedulers send before a limit or a preemption; the first asks for an end with what there is."""


@dataclass(frozen=True)
class Order:
    """A task for a worker, and where its files go."""

    task: Task
    folder: Path
    cache: Path | None


@dataclass(frozen=True)
class Report:
    """What became of a task; `status` is `failed` where there is no result, and `message` says why."""

    status: str
    seconds: float = 0.0
    overhead: float = 0.0
    message: str = ""
    exit_code: int = 0
    trace: str = ""


def stop_signals() -> tuple[signal.Signals, ...]:
    """Those of the signals that this system has."""
    return tuple(signal.Signals[name] for name in STOP_SIGNALS if hasattr(signal, name))


class _Stop:
    """True once a signal came, or the parent is gone: then nobody waits for the answer."""

    def __init__(self) -> None:
        self.asked = False
        self.parent = os.getppid()

    def __call__(self) -> bool:
        return self.asked or os.getppid() != self.parent

    def caught(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002 - the form of handlers
        """Take note of a signal."""
        self.asked = True


def work(connection: Connection, threads: int) -> None:
    """Serve until the connection is closed.

    Parameters
    ----------
    connection : Connection
        Orders come in, reports go out.
    threads : int
        For libraries that start threads of their own.
    """
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = str(threads)
    # What solvers print below Python must not get into results on stdout.
    os.dup2(sys.stderr.fileno(), 1)
    stop = _Stop()
    for number in stop_signals():
        signal.signal(number, stop.caught)
    # Ctrl-C reaches the whole group; the parent decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    from strainopt.batch.cache import Models

    models: Models | None = None
    while True:
        try:
            order: Order | None = connection.recv()
        except (EOFError, OSError):
            return
        if order is None:
            return
        if models is None:
            models = Models(order.cache)
        report = Report("interrupted") if stop() else _perform(order, models, stop)
        try:
            connection.send(report)
        except (BrokenPipeError, OSError):
            return


def _perform(order: Order, models: object, stop: _Stop) -> Report:
    from strainopt.batch.cache import Models
    from strainopt.batch.task import perform

    if not isinstance(models, Models):
        raise TypeError("not a cache of models")
    try:
        ended = perform(order.task, order.folder, models=models, stop=stop)
    except StrainoptError as error:
        return Report("failed", message=str(error), exit_code=error.exit_code)
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        return Report("failed", message=f"{place}{error.strerror or error}", exit_code=1)
    # A defect in one task must not end the others; it is told in full and makes the run fail.
    except Exception as error:  # noqa: BLE001
        told = f"unexpected {type(error).__name__}: {error}"
        return Report("failed", message=told, exit_code=1, trace=traceback.format_exc())
    return Report(ended.status, ended.seconds, ended.overhead, ended.message)
