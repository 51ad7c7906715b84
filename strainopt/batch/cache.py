"""Parsed models: kept in each worker, and on disk for many readers and any number of writers.

The disk cache is content-addressed: a file's name has the hash of the model's bytes, how it is read, and the version of
the program. Files are written under a temporary name and renamed, so that whoever reads sees a whole file or none, on
network file systems too; two writers write the same. A damaged file is read again from the model.
"""

from __future__ import annotations

import logging
import os
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from strainopt import __version__
from strainopt.batch.plan import CACHE, Plan, Task
from strainopt.errors import InputError, StrainoptError
from strainopt.io.archive import ARCHIVE_FORMAT, network_from_archive, network_to_archive
from strainopt.io.models import LoadedModel, MissingBounds, RuleMode, read_model

__all__ = ["ModelChangedError", "Models", "prepare_models", "store"]

log = logging.getLogger(__name__)


class ModelChangedError(StrainoptError):
    """The model's file is not the one that the plan was made with."""

    exit_code = 3


@dataclass
class Models:
    """Parsed models by their hash and how they were read; `folder` None keeps them in memory only."""

    folder: Path | None = None
    known: dict[str, LoadedModel] = field(default_factory=dict)

    def get(self, task: Task) -> LoadedModel:
        """The model of a task, from memory, from the cache, or from its file.

        Raises
        ------
        ModelChangedError
            The file has other bytes than when the plan was made.
        InputError
            It cannot be read.
        """
        key = _key(task)
        if key not in self.known:
            self.known[key] = self._cached(task, key) or self._read(task, key)
        return self.known[key]

    def _cached(self, task: Task, key: str) -> LoadedModel | None:
        if self.folder is None:
            return None
        path = self.folder / key
        try:
            network, findings = network_from_archive(path.read_bytes(), where=str(path))
        except FileNotFoundError:
            return None
        except (OSError, InputError) as error:
            log.warning("the cached model %s cannot be used and is read again: %s", path, error)
            return None
        return LoadedModel(network, findings, task.model_sha256, task.options.model, path)

    def _read(self, task: Task, key: str) -> LoadedModel:
        options = task.options
        loaded = read_model(
            options.model, missing_bounds=MissingBounds(options.missing_bounds), gpr=RuleMode(options.gpr)
        )
        if loaded.sha256 != task.model_sha256:
            raise ModelChangedError(
                "the model has changed since the plan was made",
                where=str(loaded.path),
                hint="plan again: tasks of the new model get new hashes, finished ones of the old are kept",
            )
        if self.folder is not None:
            try:
                store(self.folder / key, network_to_archive(loaded.network, loaded.findings))
            except OSError as error:
                log.warning("the parsed model is not kept: %s", error)
        return loaded


def prepare_models(plan: Plan) -> tuple[Path, ...]:
    """Read every model of a plan and leave it in the cache.

    Returns
    -------
    tuple of Path
        The files, one per model and way of reading it.

    Raises
    ------
    ModelChangedError, InputError
        As `Models.get`.
    """
    models = Models(plan.folder / CACHE)
    for task in _first_of_each(plan.tasks):
        models.get(task)
    return tuple(plan.folder / CACHE / key for key in models.known)


def _first_of_each(tasks: Iterable[Task]) -> tuple[Task, ...]:
    first: dict[str, Task] = {}
    for task in tasks:
        first.setdefault(_key(task), task)
    return tuple(first.values())


def _key(task: Task) -> str:
    how = f"{task.options.missing_bounds}-{task.options.gpr}"
    return f"{task.model_sha256[:32]}-{how}-{ARCHIVE_FORMAT}-{__version__}.npz"


def store(path: Path, data: bytes) -> None:
    """Put a whole file in place, for readers on any node.

    Raises
    ------
    OSError
        It cannot be written; nothing half-written is left.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=".", suffix=".tmp", dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.chmod(0o644)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
