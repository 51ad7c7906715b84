"""The files of one task: what is finished, what was interrupted, what failed, who is at it. Files are the truth.

tasks/0007-1a2b3c4d5e6f/   result.json    complete; put in place last, by renaming
designs.tsv    (with `outputs.fluxes` also fluxes.tsv and funnel.tsv)
partial.json   best design of an interrupted attempt
failed.json    why an attempt ended without a result; the task is still to do
running.TAG.json   one per live attempt, touched while it lives
Parts of a split question share folder and result; each has its own partial.part-2.json, failed.part-2.json, and
running.TAG.part-2.json. A part whose time limit is over while others are at work leaves its partial result so.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path
from typing import Any, Final

from strainopt.batch.plan import HASH_DIGITS, Plan, Task
from strainopt.report.files import RESULT, write_text

__all__ = [
    "FAILED", "PARTIAL", "Folders", "State", "TaskState", "finished", "others_over", "read_result", "task_state",
    "write_failure",
]  # fmt: skip

PARTIAL: Final = "partial.json"
FAILED: Final = "failed.json"

SILENT: Final = 600.0
"""Seconds without a sign after which an attempt counts as lost: heartbeats come every 20 s, clocks of nodes differ."""

_STATUSES: Final = frozenset({"optimal", "time_limit", "infeasible", "error"})


class State(str, Enum):
    """Where a task stands."""

    DONE = "done"
    RUNNING = "running"
    INTERRUPTED = "interrupted"
    FAILED = "failed"
    CORRUPT = "corrupt"
    MISSING = "missing"

    @property
    def to_do(self) -> bool:
        """Whether a resubmission should have it."""
        return self not in (State.DONE, State.RUNNING)


@dataclass(frozen=True, eq=False)
class TaskState:
    """A task's state, the document behind it (result, or partial), and why it is not done."""

    state: State
    document: Mapping[str, Any] | None = None
    reason: str = ""


class Folders:
    """Finds the folder of each task; results of an earlier plan, where the number differed, count too."""

    def __init__(self, plan: Plan) -> None:
        self.root = plan.tasks_folder
        names = sorted(os.listdir(self.root)) if self.root.is_dir() else []
        self.by_hash: dict[str, str] = {}
        for name in names:
            self.by_hash.setdefault(name.rpartition("-")[2], name)

    def of(self, task: Task) -> Path:
        """Where the task's files are, or will be."""
        return self.root / self.by_hash.get(task.hash[:HASH_DIGITS], task.folder_name)


def task_state(folder: Path, task: Task) -> TaskState:
    """What the files say."""
    try:
        names = os.listdir(folder)
    except FileNotFoundError:
        return TaskState(State.MISSING)
    except OSError as error:
        return TaskState(State.CORRUPT, None, f"{folder}: {error.strerror or error}")
    document, corrupt = _result(folder, names, task)
    if document is not None:
        return TaskState(State.DONE, document)
    kept, failed = task.own(PARTIAL), task.own(FAILED)
    partial = read_result(folder / kept, task)[0] if kept in names else None
    signs = [name for name in names if name.startswith("running.") and name.endswith(task.own(".json"))]
    if any(_alive(folder / name) for name in signs):
        return TaskState(State.RUNNING, partial)
    if corrupt:
        return TaskState(State.CORRUPT, partial, corrupt)
    if failed in names:
        return TaskState(State.FAILED, partial, _reason(folder / failed))
    if partial is not None and _over(partial) and not others_over(folder, task):
        return TaskState(State.DONE, partial, "its time limit is over; the other parts go on")
    if kept in names:
        return TaskState(State.INTERRUPTED, partial, "interrupted; it will be searched anew")
    return TaskState(
        State.FAILED if signs else State.MISSING, None, "the attempt was lost without a word" if signs else ""
    )


def finished(folder: Path, task: Task) -> Mapping[str, Any] | None:
    """The result that is there and stays, so that tables never change, whichever copy or part of the task wrote it."""
    try:
        names = os.listdir(folder)
    except OSError:
        return None
    document, _ = _result(folder, names, task)
    return None if document is None or document["status"] == "error" else document


def _result(folder: Path, names: Sequence[str], task: Task) -> tuple[Mapping[str, Any] | None, str]:
    """The whole result, with all the files that belong to it; else what is wrong with it, if it is there."""
    if RESULT not in names:
        return None, ""
    document, corrupt = read_result(folder / RESULT, task)
    whole = document is not None and (not task.fluxes or "fluxes.tsv" in names or document["status"] == "error")
    return document if whole else None, corrupt


def others_over(folder: Path, task: Task) -> bool:
    """Whether every other part of a split question has spent its time."""
    others = (replace(task, part=part) for part in range(1, task.parts + 1) if part != task.part)
    documents = (read_result(folder / other.own(PARTIAL), other)[0] for other in others)
    return all(document is not None and _over(document) for document in documents)


def _over(partial: Mapping[str, Any]) -> bool:
    """Whether a partial result was left by a part whose time is spent, rather than by an interruption."""
    return bool(partial["status"] != "interrupted")


def read_result(path: Path, task: Task) -> tuple[Mapping[str, Any] | None, str]:
    """The document of a whole result; else None, and what is wrong with the file."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        return None, f"{path.name} cannot be read: {error.strerror or error}"
    except ValueError as error:
        return None, f"{path.name} is damaged: {error}"
    if not isinstance(document, dict):
        return None, f"{path.name} is damaged: no document"
    of_task = document.get("task")
    if not isinstance(of_task, dict) or of_task.get("hash") != task.hash:
        return None, f"{path.name} belongs to another task"
    known = _STATUSES if path.name == RESULT else _STATUSES | {"interrupted"}
    if document.get("status") not in known or not isinstance(document.get("designs"), list):
        return None, f"{path.name} is damaged: no status, or no designs"
    return document, ""


def write_failure(folder: Path, task: Task, reason: str) -> None:
    """Note why an attempt ended without a result, and which attempt it was."""
    before = 0
    try:
        before = int(json.loads((folder / task.own(FAILED)).read_text(encoding="utf-8"))["attempts"])
    except (OSError, ValueError, KeyError, TypeError):
        before = 0
    folder.mkdir(parents=True, exist_ok=True)
    told = {"reason": reason, "attempts": before + 1, "task": task.hash}
    write_text(folder / task.own(FAILED), json.dumps(told, indent=2) + "\n")


def _reason(path: Path) -> str:
    try:
        return str(json.loads(path.read_text(encoding="utf-8"))["reason"])
    except (OSError, ValueError, KeyError, TypeError):
        return f"{path.name} cannot be read"


def _alive(path: Path) -> bool:
    """Whether the attempt gave a sign lately, and on this machine also whether its process is there."""
    try:
        age = time.time() - path.stat().st_mtime
        told = json.loads(path.read_text(encoding="utf-8"))
        if told["host"] == os.uname().nodename and not _process(int(told["pid"])):
            return False
    except (OSError, ValueError, KeyError, TypeError):
        return False
    return age < SILENT


def _process(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
