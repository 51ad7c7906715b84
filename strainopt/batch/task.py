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
from strainopt.batch.plan import Task
from strainopt.batch.task_files import FAILED, PARTIAL, State, read_result, task_state
from strainopt.design.options import DesignOptions
from strainopt.design.problem import DesignSet
from strainopt.design.request import Prepared, Sharing, answer, prepare
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

STATE: Final = "search"
"""Folder of a task where a long search keeps what it knows, until there is a result."""

LONG_SEARCH: Final = 3
"""Knockouts from which the search's state is worth keeping; smaller searches are over before that would pay."""

FLUX_SHARE: Final = 0.1
"""Part of a time limit kept for flux tables, where they are wanted."""


@dataclass(frozen=True)
class Ended:
    """How a task ended: its status (`interrupted` is no result), how long it took, and how long besides the search."""

    status: str
    seconds: float
    overhead: float
    message: str = ""


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
    options = task.options
    deadline = math.inf if options.time_limit is None else started + options.time_limit
    loaded = models.get(task)
    searching = 0.0
    try:
        before = time.monotonic()
        prepared = prepare(loaded.network, options, deadline=deadline)
        if stop():
            return _ended(INTERRUPTED, started, time.monotonic() - before)
        kept = FLUX_SHARE * max(deadline - before, 0.0) if task.fluxes and math.isfinite(deadline) else 0.0
        found = answer(prepared, deadline=deadline - kept, stop=stop, sharing=_sharing(folder, options))
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
    if found.status == INTERRUPTED:
        _keep_best(folder, task, document)
        return _ended(INTERRUPTED, started, searching, _incumbent(found))
    if _finished_by_another(folder, task):
        _tidy(folder)
        return _ended(found.status, started, searching, "another copy of this task was first; its result stays")
    files = {"designs.tsv": designs_table(found.designs).to_text(), RESULT: to_text(document)}
    if task.fluxes:
        before = time.monotonic()
        files.update(_flux_files(prepared, found, deadline))
        searching += time.monotonic() - before
    write_folder(folder, files, overwrite=True)
    _tidy(folder)
    return _ended(found.status, started, searching)


def _sharing(folder: Path, options: DesignOptions) -> Sharing | None:
    """Where the search keeps its state for a requeue, or for another copy of the task."""
    if options.engine not in ("auto", "benders") or options.max_knockouts < LONG_SEARCH:
        return None
    return Sharing(folder / STATE)


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
        "number": task.number,
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
    before, _ = read_result(folder / PARTIAL, task) if (folder / PARTIAL).exists() else (None, "")
    old, new = before.get("objective") if before else None, document["objective"]
    if isinstance(old, (int, float)) and (not isinstance(new, (int, float)) or new < old):
        return
    folder.mkdir(parents=True, exist_ok=True)
    write_text(folder / PARTIAL, to_text(document))


def _finished_by_another(folder: Path, task: Task) -> bool:
    """Whether a live duplicate wrote a whole result meanwhile; the first one stays, so that tables never change."""
    found = task_state(folder, task)
    return found.state is State.DONE and found.document is not None and found.document["status"] != "error"


def _incumbent(found: DesignSet) -> str:
    if not found.designs:
        return "no design yet"
    return f"best so far {found.objective:.6g}: {', '.join(found.designs[0].interventions)}"


def _tidy(folder: Path) -> None:
    """Take away what earlier attempts left, now that there is a result."""
    for name in (PARTIAL, FAILED):
        (folder / name).unlink(missing_ok=True)
    # a copy that is still at work may write there; what it leaves is cleaned up at its own end
    shutil.rmtree(folder / STATE, ignore_errors=True)
