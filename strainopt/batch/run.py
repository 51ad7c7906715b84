"""Runs tasks in worker processes; what one of them does to itself never reaches the others."""

from __future__ import annotations

import json
import logging
import math
import multiprocessing
import os
import signal
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Final

from strainopt.batch.plan import CACHE, Plan, Task
from strainopt.batch.task_files import Folders, State, task_state, write_failure
from strainopt.batch.worker import Order, Report, work
from strainopt.processes import join_or_kill

__all__ = ["Ran", "RunSettings", "run_tasks", "tasks_to_do"]

log = logging.getLogger(__name__)

POLL: Final = 0.2
"""Seconds between two looks at the clock and at requests to stop; reports of workers come at once."""

HEARTBEAT: Final = 20.0
"""Seconds between two signs of life of an attempt."""

OVERRUN: Final = (1.2, 60.0)
"""A worker is ended when it takes this factor of its task's time limit and so many seconds more."""

Listener = Callable[[Task, Report], None]


@dataclass(frozen=True)
class RunSettings:
    """How tasks are run.

    Attributes
    ----------
    workers : int
        Processes at most.
    grace : float
        Seconds that workers have to write what they found once an end is asked for.
    cache : bool
        Whether parsed models are kept in the results folder.
    """

    workers: int = 1
    grace: float = 20.0
    cache: bool = True


@dataclass(frozen=True)
class Ran:
    """What became of the tasks asked for."""

    reports: tuple[tuple[Task, Report], ...]
    left: tuple[Task, ...]
    stopped: bool

    @property
    def failed(self) -> tuple[tuple[Task, Report], ...]:
        """Those that ended without a result."""
        return tuple((task, report) for task, report in self.reports if report.status == "failed")


def tasks_to_do(plan: Plan, tasks: Iterable[Task], *, retry_errors: bool = False) -> tuple[Task, ...]:
    """Those without a whole result, each question once; with `retry_errors` also those whose result is an error."""
    folders = Folders(plan)
    chosen: dict[tuple[str, int], Task] = {}
    for task in tasks:
        if task.key in chosen:
            continue
        found = task_state(folders.of(task), task)
        errs = found.document is not None and found.document["status"] == "error"
        if found.state is not State.DONE or (retry_errors and errs):
            chosen[task.key] = task
    return tuple(chosen.values())


def run_tasks(
    plan: Plan,
    tasks: Sequence[Task],
    settings: RunSettings,
    *,
    stop: Callable[[], bool] = lambda: False,
    listener: Listener | None = None,
) -> Ran:
    """Run tasks, each in a worker process that serves one after the other.

    Parameters
    ----------
    plan : Plan
        Says where results go.
    tasks : sequence of Task
        What to do; see `tasks_to_do`.
    settings : RunSettings
        How many at once, and so on.
    stop : callable
        Asked several times a second; once it says True, workers are told to write their best design and end.
    listener : callable, optional
        Told of each task as it ends.

    Returns
    -------
    Ran
        A worker that is killed makes its task failed, and a new one takes the next task.
    """
    pool = _Pool(plan, settings, listener, deque(tasks))
    try:
        pool.serve(stop)
    finally:
        pool.close()
    return Ran(tuple(pool.reports), tuple(pool.waiting), pool.stopping)


@dataclass
class _Worker:
    process: BaseProcess
    connection: Connection
    task: Task | None = None
    folder: Path | None = None
    until: float = math.inf
    sign: Path | None = None


@dataclass
class _Pool:
    plan: Plan
    settings: RunSettings
    listener: Listener | None
    waiting: deque[Task]
    workers: list[_Worker] = field(default_factory=list)
    reports: list[tuple[Task, Report]] = field(default_factory=list)
    stopping: bool = False
    give_up: float = math.inf
    beat: float = 0.0

    def __post_init__(self) -> None:
        self.folders = Folders(self.plan)

    def serve(self, stop: Callable[[], bool]) -> None:
        """Until nothing is left, or everything has ended after a request to stop."""
        while True:
            if not self.stopping and stop():
                self.ask_to_end()
            if not self.stopping:
                self.hand_out()
            busy = [worker for worker in self.workers if worker.task is not None]
            if not busy:
                return
            for ready in wait([worker.connection for worker in busy], timeout=POLL):
                self.hear(next(worker for worker in busy if worker.connection is ready))
            self.look_at_clock()

    def hand_out(self) -> None:
        """Give every idle worker a task; start workers while there are tasks and room."""
        while self.waiting:
            idle = next((worker for worker in self.workers if worker.task is None), None)
            if idle is None:
                if len(self.workers) >= self.settings.workers:
                    return
                idle = _start(max(task.options.threads for task in self.waiting))
                self.workers.append(idle)
            task = self.waiting.popleft()
            folder = self.folders.of(task)
            cache = self.plan.folder / CACHE if self.settings.cache else None
            limit = task.options.time_limit
            idle.task, idle.folder = task, folder
            idle.until = math.inf if limit is None else time.monotonic() + OVERRUN[0] * limit + OVERRUN[1]
            try:
                idle.sign = _sign_of_life(folder, task)
                idle.connection.send(Order(task, folder, cache))
            except OSError as error:
                if error.errno is None or isinstance(error, BrokenPipeError):
                    continue  # the worker is gone; its connection says so next
                self.ended(idle, Report("failed", message=_told(error), exit_code=1))

    def hear(self, worker: _Worker) -> None:
        """Take a worker's report, or note that it died."""
        try:
            report = worker.connection.recv()
        except (EOFError, OSError):
            worker.process.join(5.0)
            self.workers.remove(worker)
            worker.connection.close()
            report = Report("failed", message=_death(worker.process.exitcode), exit_code=1)
            if self.stopping and worker.process.exitcode in (-signal.SIGTERM, -signal.SIGKILL):
                report = Report("interrupted", message="ended before it could write what it had")
        self.ended(worker, report)

    def ended(self, worker: _Worker, report: Report) -> None:
        """Book a report."""
        task, folder = worker.task, worker.folder
        if task is None or folder is None:
            return
        if report.status == "failed":
            try:
                write_failure(folder, task, report.message)
            except OSError as error:
                log.warning("task %d: the failure is not noted: %s", task.number, _told(error))
        if worker.sign is not None:
            worker.sign.unlink(missing_ok=True)
        worker.task = worker.folder = worker.sign = None
        worker.until = math.inf
        self.reports.append((task, report))
        if report.status == "interrupted" and not self.stopping:
            # A signal reached the worker alone, as those of some schedulers do: it was meant for all.
            self.ask_to_end()
        if self.listener is not None:
            self.listener(task, report)

    def ask_to_end(self) -> None:
        """Tell busy workers to write what they have; nobody gets a new task."""
        self.stopping = True
        self.give_up = time.monotonic() + self.settings.grace
        for worker in self.workers:
            if worker.task is not None and worker.process.pid is not None:
                os.kill(worker.process.pid, signal.SIGTERM)

    def look_at_clock(self) -> None:
        """Signs of life; workers that overrun, or that do not end when asked to."""
        now = time.monotonic()
        beating = now - self.beat > HEARTBEAT
        if beating:
            self.beat = now
        for worker in list(self.workers):
            if worker.task is None:
                continue
            if beating and worker.sign is not None:
                _touch(worker.sign)
            if now > self.give_up:
                worker.process.kill()
            elif now > worker.until:
                worker.process.kill()
                worker.process.join(5.0)
                self.workers.remove(worker)
                worker.connection.close()
                told = f"ended by force: it took far more than its time limit of {worker.task.options.time_limit:g} s"
                self.ended(worker, Report("failed", message=told, exit_code=1))

    def close(self) -> None:
        """End all workers: idle ones by a word, others by force."""
        for worker in self.workers:
            if worker.task is None:
                try:
                    worker.connection.send(None)
                except OSError:
                    log.debug("a worker was gone already")
            else:
                worker.process.kill()
                if worker.sign is not None:
                    worker.sign.unlink(missing_ok=True)
        for worker in self.workers:
            join_or_kill(worker.process)
            worker.connection.close()


def _start(threads: int) -> _Worker:
    context = multiprocessing.get_context("spawn")
    mine, theirs = context.Pipe()
    process = context.Process(target=work, args=(theirs, threads), name="strainopt-worker")
    process.start()
    theirs.close()
    return _Worker(process, mine)


def _death(code: int | None) -> str:
    if code is None:
        return "the worker closed its connection"
    if code < 0:
        name = signal.Signals(-code).name if -code in {item.value for item in signal.Signals} else str(-code)
        why = " (out of memory?)" if -code == signal.SIGKILL else ""
        return f"the worker was killed by {name}{why}"
    return f"the worker ended with code {code}"


def _sign_of_life(folder: Path, task: Task) -> Path:
    """A file that says who is at the task; its age is the age of the last sign."""
    folder.mkdir(parents=True, exist_ok=True)
    host, pid = os.uname().nodename, os.getpid()
    told = {"host": host, "pid": pid, "job": os.environ.get("SLURM_JOB_ID") or os.environ.get("JOB_ID")}
    path = folder / task.own(f"running.{host}-{pid}.json")
    path.write_text(json.dumps(told) + "\n", encoding="utf-8")
    return path


def _touch(path: Path) -> None:
    try:
        os.utime(path)
    except OSError as error:
        log.debug("no sign of life: %s", _told(error))


def _told(error: OSError) -> str:
    return f"{error.filename}: {error.strerror}" if error.filename else str(error.strerror or error)
