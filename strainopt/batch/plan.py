"""The plan: every task of a configuration, numbered and frozen; an array index is a line of its file."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from strainopt.design.options import DesignOptions, without_idle
from strainopt.errors import InputError
from strainopt.report.files import write_text

__all__ = ["CACHE", "HASH_DIGITS", "PLAN", "Plan", "Task", "content_hash", "read_plan", "task_line", "write_plan"]

PLAN: Final = "plan.jsonl"
CACHE: Final = "cache"
"""Folder of parsed models beside the plan."""
HASH_DIGITS: Final = 12
"""Of the hash in folder names: two of a million tasks share them with a chance of one in 500."""


@dataclass(frozen=True)
class Task:
    """One design run.

    Attributes
    ----------
    number : int
        From 1, its line in the plan.
    name : str
        Unique among the rows of the table; the parts of one row have the same.
    hash : str
        Of everything that bears on the result: effective options, the bytes of the model, medium and lists as read.
        Not of names, paths, nor versions: an upgrade repeats nothing (each result records its versions).
    model_name, medium_name : str
        As the configuration calls them.
    model_sha256 : str
        Of the file's bytes.
    fluxes : bool
        Whether flux tables are wanted too.
    formats : tuple of str
        Forms of the collected table.
    config_sha256 : str
        Of the configuration file.
    part, parts : int
        Which part this is, from 1, of how many that share one search and one folder, and are one row; in the plan they
        follow one another. Not in the hash: whoever searches, the answer is the same.
    """

    number: int
    name: str
    hash: str
    model_name: str
    medium_name: str
    model_sha256: str
    options: DesignOptions
    fluxes: bool = False
    formats: tuple[str, ...] = ("tsv", "json")
    config_sha256: str = ""
    part: int = 1
    parts: int = 1

    @property
    def row(self) -> int:
        """Number of the row's first part: where the row stands in the table."""
        return self.number - self.part + 1

    @property
    def key(self) -> tuple[str, int]:
        """The same for tasks that do the same."""
        return self.hash, self.part

    @property
    def label(self) -> str:
        """The name, and which part of it."""
        return self.name if self.parts == 1 else f"{self.name} {self.part}/{self.parts}"

    @property
    def folder_name(self) -> str:
        """Of its results: number of the row, and hash."""
        return f"{self.row:04d}-{self.hash[:HASH_DIGITS]}"

    def own(self, name: str) -> str:
        """Name of a file that every part has for itself: `partial.json` is `partial.part-2.json` for the second."""
        stem, dot, ending = name.rpartition(".")
        return name if self.parts == 1 else f"{stem}.part-{self.part}{dot}{ending}"


@dataclass(frozen=True)
class Plan:
    """All tasks, and the folder that holds the plan and the results."""

    folder: Path
    tasks: tuple[Task, ...]

    @property
    def tasks_folder(self) -> Path:
        """Where every task has its folder."""
        return self.folder / "tasks"

    @property
    def file(self) -> Path:
        """The plan file."""
        return self.folder / PLAN


def content_hash(options: DesignOptions, *, model_sha256: str) -> str:
    """Hash of everything that bears on a result."""
    values = without_idle(options).to_json()
    values["model"] = model_sha256
    text = json.dumps(["strainopt task 1", values], sort_keys=True, ensure_ascii=True, allow_nan=False)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def task_line(task: Task) -> str:
    """A line of the plan file."""
    values = {
        **vars(task),
        "formats": list(task.formats),
        "options": task.options.to_json(),
    }
    return json.dumps(values, ensure_ascii=False, allow_nan=False) + "\n"


def write_plan(plan: Plan) -> None:
    """Write the plan file, whole; an equal one is left alone."""
    text = "".join(map(task_line, plan.tasks))
    if plan.file.is_file() and plan.file.read_text(encoding="utf-8") == text:
        return
    plan.folder.mkdir(parents=True, exist_ok=True)
    write_text(plan.file, text)


def read_plan(path: Path) -> Plan:
    """Read a plan file, or that of a results folder.

    Raises
    ------
    InputError
        There is none, or it was damaged.
    """
    file = path / PLAN if path.is_dir() else path
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        hint = "make it with `strainopt batch plan CONFIG`"
        raise InputError("the plan cannot be read", where=str(file), why=str(error), hint=hint) from error
    return Plan(file.parent, tuple(_tasks(lines, file)))


def _tasks(lines: Sequence[str], file: Path) -> Iterable[Task]:
    for at, line in enumerate(lines, start=1):
        try:
            task = _task(json.loads(line))
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise _damaged(file, at, f"{type(error).__name__}: {error}") from error
        if task.number != at:
            raise _damaged(file, at, f"the line has number {task.number}")
        if not 1 <= task.part <= task.parts or task.row < 1:
            raise _damaged(file, at, f"the line is part {task.part} of {task.parts}")
        if content_hash(task.options, model_sha256=task.model_sha256) != task.hash:
            raise _damaged(file, at, "the hash does not fit the options")
        yield task


def _task(values: Mapping[str, object]) -> Task:
    made = dict(values)
    made["options"] = DesignOptions.from_json(values["options"])  # type: ignore[arg-type]
    made["formats"] = tuple(values["formats"])  # type: ignore[arg-type]
    return Task(**made)  # type: ignore[arg-type]


def _damaged(file: Path, line: int, why: str) -> InputError:
    hint = "plans are not edited: change the configuration and plan again"
    return InputError("this is no line of a plan", where=f"{file}:{line}", why=why, hint=hint)
