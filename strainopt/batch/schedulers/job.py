"""What an array job is, whatever the scheduler."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

__all__ = ["ArrayJob", "clock", "script"]


@dataclass(frozen=True)
class ArrayJob:
    """Everything that a script is made from.

    Attributes
    ----------
    plan : Path
        The plan file, absolute.
    logs : Path
        Folder for what the job prints, absolute.
    indices : tuple of int
        Array indices, from 1, ascending; each stands for `chunk` tasks.
    chunk : int
        Tasks per index.
    offset : int
        Added to the scheduler's index: where arrays may only have so many, the second one starts again at 1.
    index_file : Path or None
        For schedulers whose arrays are one range: line i holds the index that the scheduler's i stands for.
    time, memory : int or None
        Seconds and megabytes per index.
    cpus, workers : int
        Processors per index, and tasks of a chunk that run at once on them.
    signal_before : int
        Seconds between the warning and the end; 0 for no warning.

    The other attributes are as the keys of `cluster`.
    """

    plan: Path
    logs: Path
    indices: tuple[int, ...]
    chunk: int = 1
    offset: int = 0
    index_file: Path | None = None
    time: int | None = None
    memory: int | None = None
    cpus: int = 1
    workers: int = 1
    max_running: int | None = None
    partition: str | None = None
    account: str | None = None
    job_name: str = "strainopt"
    parallel_environment: str = "smp"
    signal_before: int = 120
    requeue: bool = False
    command: str = "strainopt"
    prologue: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()

    @property
    def contiguous(self) -> bool:
        """Whether the indices are one range."""
        return len(self.indices) == self.indices[-1] - self.indices[0] + 1

    @property
    def by_file(self) -> tuple[int, ...]:
        """The indices that the scheduler sees when `index_file` maps them: 1, 2, 3 and so on."""
        return tuple(range(1, len(self.indices) + 1)) if self.index_file is not None else self.indices

    def tasks_by_index(self) -> dict[str, list[int]]:
        """First and last task (numbers from 1) of each index as the scheduler calls it."""
        made = {}
        for seen, index in zip(self.by_file, self.indices, strict=True):
            first = (index + self.offset - 1) * self.chunk + 1
            made[str(seen)] = [first, first + self.chunk - 1]
        return made

    def call(self, *, task: str = "auto", more: Iterable[str] = ()) -> str:
        """The program's line; `exec` makes it the process that the scheduler signals, without a shell before it."""
        words = [
            "batch",
            "run",
            str(self.plan),
            "--task",
            task,
            "--chunk",
            str(self.chunk),
            "--workers",
            str(self.workers),
        ]
        if self.offset:
            words += ["--task-offset", str(self.offset)]
        if self.index_file is not None:
            words += ["--index-file", str(self.index_file)]
        return f"exec {self.command} {shlex.join([*words, *more])}"


def clock(seconds: int) -> str:
    """HH:MM:SS, with as many hours as it takes."""
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


def script(job: ArrayJob, *, prefix: str, directives: Iterable[str], call: str) -> str:
    """A script: directives, then the prologue, then the program's line.

    Directives that begin like an entry of `skip` are left out; those of `extra` follow the others.
    """
    kept = [line for line in directives if not any(line.startswith(start) for start in job.skip)]
    lines = ["#!/bin/bash", *(f"{prefix} {line}" for line in (*kept, *job.extra)), "", *job.prologue, call]
    return "\n".join(lines) + "\n"
