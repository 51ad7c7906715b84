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
        Unique in the plan.
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

    @property
    def folder_name(self) -> str:
        """Of its results: number and hash."""
        return f"{self.number:04d}-{self.hash[:HASH_DIGITS]}"


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
