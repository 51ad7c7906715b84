"""Reduced scenarios, kept on disk for all tasks that ask about them, by the rules of `batch.cache`."""

from __future__ import annotations

import logging
import math
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from strainopt.batch.cache import Models, store
from strainopt.batch.plan import CACHE, Plan, Task
from strainopt.batch.status import standings
from strainopt.batch.task_files import State
from strainopt.design.groundwork import Groundwork, groundwork_from_archive, groundwork_key, groundwork_to_archive
from strainopt.design.request import Prepared, prepare
from strainopt.errors import InputError, StrainoptError
from strainopt.io.models import LoadedModel

__all__ = ["prepare_scenarios", "prepared_task"]

log = logging.getLogger(__name__)


def prepared_task(task: Task, loaded: LoadedModel, *, folder: Path | None, deadline: float = math.inf) -> Prepared:
    """A task's question on its network; what takes linear programs is read from the folder, or left there.

    Parameters
    ----------
    task : Task
        From the plan.
    loaded : LoadedModel
        Its model.
    folder : Path or None
        Of the cache; None for none.
    deadline : float
        A `time.monotonic()` moment. What is cut short by it is not kept.

    Raises
    ------
    ModelError, UsageError, SolverError
        As `design.request.prepare`; nothing is kept then.
    """
    if folder is None:
        return prepare(loaded.network, task.options, deadline=deadline)
    key = groundwork_key(task.options, model_sha256=task.model_sha256)
    path = _path(folder, key)
    known = _kept(path, key)
    made = prepare(loaded.network, task.options, deadline=deadline, groundwork=known)
    groundwork = made.posed.groundwork
    if known is None and groundwork.whole:
        try:
            store(path, groundwork_to_archive(groundwork, key=key))
        except OSError as error:
            log.warning("the reduced scenario is not kept: %s", error)
    return made


def prepare_scenarios(plan: Plan, models: Models) -> Iterator[Path]:
    """Do what several tasks still to do need, one scenario after the other; what cannot be done is left to the tasks.

    Yields
    ------
    Path
        Each file, once it is there.

    Raises
    ------
    StrainoptError
        A model cannot be had.
    """
    folder = plan.folder / CACHE
    todo = [item.task for item in standings(plan) if item.state is not State.DONE]
    keys = [groundwork_key(task.options, model_sha256=task.model_sha256) for task in todo]
    wanted = Counter(keys)
    for task, key in zip(todo, keys, strict=True):
        if wanted.pop(key, 1) < 2:
            continue
        loaded = models.get(task)
        try:
            prepared_task(task, loaded, folder=folder)
        except StrainoptError as error:
            log.info("task %d will say why: %s", task.number, error)
            continue
        if _path(folder, key).exists():
            yield _path(folder, key)


def _path(folder: Path, key: str) -> Path:
    return folder / f"{key[:40]}.scenario"


def _kept(path: Path, key: str) -> Groundwork | None:
    try:
        return groundwork_from_archive(path.read_bytes(), key=key, where=str(path))
    except FileNotFoundError:
        return None
    except (OSError, InputError) as error:
        log.warning("the reduced scenario %s cannot be used and is computed again: %s", path, error)
        return None
