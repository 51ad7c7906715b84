"""One task, from its line in the plan to its files; runs inside a worker process."""

from __future__ import annotations

import logging
import math
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Final

from strainopt.batch.cache import Models
from strainopt.batch.groundwork import prepared_task
from strainopt.batch.parts import divides
from strainopt.batch.plan import Task
from strainopt.batch.task_files import FAILED, PARTIAL, finished, others_over, read_result
from strainopt.design.problem import DesignSet
from strainopt.design.request import Prepared, Sharing, answer
from strainopt.errors import InputError, StrainoptError, UsageError
from strainopt.io.models import LoadedModel
from strainopt.report.document import SCHEMA_VERSION, ModelInfo, Run, result_document, to_text
from strainopt.report.files import RESULT, write_folder, write_text
from strainopt.report.fluxes import flux_profiles
from strainopt.report.numbers import Json, plain
from strainopt.report.provenance import provenance
from strainopt.report.tables import designs_table, fluxes_table, funnel_table

__all__ = ["INTERRUPTED", "Ended", "perform"]

log = logging.getLogger(__name__)

INTERRUPTED: Final = "interrupted"
TIME_LIMIT: Final = "time_limit"
ELSEWHERE: Final = "another copy of this task, or another part of it, was first; its result stays"

STATE: Final = "search"
"""Folder of a task where a long search keeps what it knows, until there is a result."""

GLANCE: Final = 2.0
"""Seconds between two looks whether another copy or part has the result."""

FLUX_SHARE: Final = 0.1
"""Part of a time limit kept for flux tables, where they are wanted."""


@dataclass(frozen=True)
class Ended:
    """How a task ended: its status (`interrupted` is no result), how long it took, and how long besides the search."""

    status: str
    seconds: float
    overhead: float
    message: str = ""


class _Enough:
    """True once an end is asked for, or another copy or part of the task has the result."""

    def __init__(self, stop: Callable[[], bool], folder: Path, task: Task) -> None:
        self._stop = stop
        self._folder = folder
        self._task = task
        self._next = time.monotonic() + GLANCE

    def __call__(self) -> bool:
        if self._stop():
            return True
        now = time.monotonic()
        if now < self._next:
            return False
        self._next = now + GLANCE
        return finished(self._folder, self._task) is not None


def perform(task: Task, folder: Path, *, models: Models, stop: Callable[[], bool]) -> Ended:
    """Do a task and write its files.

    Parameters
    ----------
    task : Task
        From the plan.
    folder : Path
        Of the task; made if need be.
    models : Models
        Where parsed models are kept.
    stop : callable
        Once it says True, the best design so far is written to partial.json.

    Raises
    ------
    StrainoptError
        The model cannot be had, or a solver failed: the task is still to do. A question that has no meaning for this
        model is a result, with status `error`.
    OSError
        The files cannot be written.
    """
    began, started = datetime.now(timezone.utc), time.monotonic()
    if (first := finished(folder, task)) is not None:
        return _ended(str(first["status"]), started, 0.0, ELSEWHERE)
    options = task.options
    deadline = math.inf if options.time_limit is None else started + options.time_limit
    loaded = models.get(task)
    enough = _Enough(stop, folder, task)
    searching = 0.0
    try:
        before = time.monotonic()
        prepared = prepared_task(task, loaded, folder=models.folder, deadline=deadline)
        if stop():
            return _ended(INTERRUPTED, started, time.monotonic() - before)
        kept = FLUX_SHARE * max(deadline - before, 0.0) if task.fluxes and math.isfinite(deadline) else 0.0
        found = answer(prepared, deadline=deadline - kept, stop=enough, sharing=_sharing(folder, task))
        searching = time.monotonic() - before
    except (UsageError, InputError) as error:
        told = _error_document(task, loaded, error, began, time.monotonic() - started)
        write_folder(folder, {RESULT: to_text(told)}, overwrite=True)
        _tidy(folder)
        return _ended("error", started, searching, str(error))
    origin = provenance(seed=options.seed, started=began, config_sha256=task.config_sha256)
    info = ModelInfo.of(loaded.network, sha256=loaded.sha256)
    described = prepared.described_options()
    facts = Run("design", info, options.target, prepared.described_scenario(), described, origin)
    document = {**result_document(facts, found), "task": _task_json(task)}
    if (first := finished(folder, task)) is not None:
        _tidy(folder)
        return _ended(str(first["status"]), started, searching, ELSEWHERE)
    if found.status == INTERRUPTED:
        _keep_best(folder, task, document)
        return _ended(INTERRUPTED, started, searching, _incumbent(found))
    if found.status == TIME_LIMIT and not others_over(folder, task):
        _keep(folder, task, document)
        return _ended(TIME_LIMIT, started, searching, "the other parts go on")
    files = {"designs.tsv": designs_table(found.designs).to_text(), RESULT: to_text(document)}
    if task.fluxes:
        before = time.monotonic()
        files.update(_flux_files(prepared, found, deadline))
        searching += time.monotonic() - before
    write_folder(folder, files, overwrite=True)
    _tidy(folder)
    return _ended(found.status, started, searching)


def _sharing(folder: Path, task: Task) -> Sharing | None:
    """Where the search keeps its state for a requeue, for another copy of the task, or for its other parts."""
    if not divides(task.options):
        return None
    return Sharing(folder / STATE, member=task.part - 1)


def _ended(status: str, started: float, searching: float, message: str = "") -> Ended:
    seconds = time.monotonic() - started
    return Ended(status, seconds, seconds - searching, message)


def _flux_files(prepared: Prepared, found: DesignSet, deadline: float) -> Mapping[str, str]:
    problem = prepared.posed.problem
    profiles = flux_profiles(problem, found.designs, deadline=deadline, processes=1)
    return {
        "fluxes.tsv": fluxes_table(problem.network, profiles).to_text(),
        "funnel.tsv": funnel_table(found.funnel).to_text(),
    }


def _task_json(task: Task) -> dict[str, Json]:
    return {
        "number": task.row,
        "name": task.name,
        "hash": task.hash,
        "model": task.model_name,
        "medium": task.medium_name,
    }


def _error_document(
    task: Task, loaded: LoadedModel, error: StrainoptError, began: datetime, seconds: float
) -> dict[str, Json]:
    origin = provenance(seed=task.options.seed, started=began, config_sha256=task.config_sha256)
    return {
        "schema_version": SCHEMA_VERSION,
        "command": "design",
        "status": "error",
        "proven": False,
        "objective": None,
        "bound": None,
        "gap": None,
        "stop_reason": error.what,
        "seconds": round(seconds, 3),
        "model": plain(vars(ModelInfo.of(loaded.network, sha256=loaded.sha256))),
        "options": plain(task.options.to_json()),
        "target": {"id": task.options.target, "theoretical_max": None},
        "error": {
            "kind": type(error).__name__,
            "what": error.what,
            "where": error.where,
            "why": error.why,
            "hint": error.hint,
            "exit_code": error.exit_code,
        },
        "designs": [],
        "provenance": plain({**vars(origin), "solvers": dict(origin.solvers)}),
        "task": _task_json(task),
    }


def _keep_best(folder: Path, task: Task, document: dict[str, Json]) -> None:
    """Write partial.json, unless an earlier attempt found something better."""
    path = folder / task.own(PARTIAL)
    before, _ = read_result(path, task) if path.exists() else (None, "")
    old, new = before.get("objective") if before else None, document["objective"]
    if isinstance(old, (int, float)) and (not isinstance(new, (int, float)) or new < old):
        return
    _keep(folder, task, document)


def _keep(folder: Path, task: Task, document: dict[str, Json]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    write_text(folder / task.own(PARTIAL), to_text(document))


def _incumbent(found: DesignSet) -> str:
    if not found.designs:
        return "no design yet"
    return f"best so far {found.objective:.6g}: {', '.join(found.designs[0].interventions)}"


def _tidy(folder: Path) -> None:
    """Take away what earlier attempts left, now that there is a result."""
    for name in (PARTIAL, FAILED):
        for path in folder.glob(f"{Path(name).stem}.*"):
            path.unlink(missing_ok=True)
    # a copy that is still at work may write there; what it leaves is cleaned up at its own end
    shutil.rmtree(folder / STATE, ignore_errors=True)
