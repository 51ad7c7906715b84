"""From a file to a configuration: every error at once, each with its place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from strainopt.batch.positions import ConfigError, KeyPath, Problem, path_text
from strainopt.batch.scalars import meant, shown
from strainopt.batch.schema import Cluster, Config, Matrix, MediumEntry, ModelEntry, Options, Outputs, Run
from strainopt.batch.yaml_loader import Document, Text, Tree, load_yaml, parse_yaml

__all__ = ["Checked", "check", "check_text", "load_config"]

_SECTIONS: dict[str, type[BaseModel]] = {
    "defaults": Options, "matrix": Matrix, "runs": Run, "models": ModelEntry, "media": MediumEntry,
    "cluster": Cluster, "outputs": Outputs,
}  # fmt: skip

_EARLY = 60
"""Seconds by which Slurm may send a signal before its time (manual page of sbatch, `--signal`)."""

_TYPES = {
    "dict_type": "a mapping",
    "list_type": "a list",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
    "string_type": "a text",
}


@dataclass(frozen=True, eq=False)
class Checked:
    """A configuration that fits the schema, the folder that its paths start from, and where everything stands."""

    config: Config
    document: Document
    folder: Path

    def path(self, text: str) -> Path:
        """A path as written in the file, from the file's folder."""
        return self.folder / Path(text).expanduser()

    def fault(self, path: KeyPath, message: str) -> Problem:
        """A problem at a path."""
        return Problem(self.document.at(path), path_text(path), message)


def load_config(path: Path) -> Checked:
    """Read and check a file.

    Raises
    ------
    ConfigError
        With everything that is wrong.
    """
    return check(load_yaml(path), folder=path.resolve().parent)


def check_text(text: str, *, file: str, folder: Path) -> Checked:
    """As `load_config`, of a text."""
    return check(parse_yaml(text, file=file), folder=folder)


def check(document: Document, *, folder: Path) -> Checked:
    """Check a document against the schema, and its names against each other."""
    if not isinstance(document.data, dict):
        what = "the file is empty" if document.data is None else f"expected a mapping, got {shown(document.data)}"
        raise ConfigError([Problem(document.at(()), "", f"{what}; `strainopt config init` writes one to start from")])
    problems = [*_names(document), *_repeated_runs(document), *_incomplete(document)]
    config = None
    try:
        config = Config.model_validate(document.data)
    except ValidationError as errors:
        problems.extend(_problem(document, error) for error in errors.errors(include_url=False))
    if config is not None:
        problems.extend(_warned_at_once(document, config.cluster))
    if problems or config is None:
        raise ConfigError(problems)
    return Checked(config, document, folder)


def _problem(document: Document, error: Any) -> Problem:
    path: KeyPath = tuple(part for part in error["loc"] if part != "[key]")
    kind, value = error["type"], error["input"]
    if kind == "wrong_value":
        path = (*path, *error["ctx"]["inside"])
        return Problem(document.at(path), path_text(path), error["ctx"]["message"])
    if kind == "extra_forbidden":
        known = _known_keys(path[:-1])
        return Problem(document.at(path, key=True), path_text(path), f"unknown key; {meant(str(path[-1]), known)}")
    if kind == "missing":
        return Problem(document.at(path[:-1]), path_text(path[:-1]), f"the key '{path[-1]}' is missing")
    if kind == "too_short":
        return Problem(document.at(path), path_text(path), "the list is empty; give a value or leave the key out")
    wanted = _TYPES.get(kind)
    message = f"expected {wanted}, got {shown(value)}" if wanted else str(error["msg"])
    return Problem(document.at(path), path_text(path), message)


def _known_keys(parent: KeyPath) -> Sequence[str]:
    if not parent:
        return tuple(Config.model_fields)
    if parent[0] == "matrix" and len(parent) > 1:
        return tuple(Options.model_fields)
    return tuple(_SECTIONS[str(parent[0])].model_fields)


def _tasks(document: Document) -> Iterator[tuple[KeyPath, dict[str, Tree]]]:
    """Whatever may name a model or a medium: the defaults, the matrix, what it includes, and the runs."""
    data = document.data if isinstance(document.data, dict) else {}
    sources: list[tuple[KeyPath, Tree]] = [(("defaults",), data.get("defaults")), (("matrix",), data.get("matrix"))]
    matrix = data.get("matrix")
    for path, items in (
        (("matrix", "include"), matrix.get("include") if isinstance(matrix, dict) else None),
        (("matrix", "exclude"), matrix.get("exclude") if isinstance(matrix, dict) else None),
        (("runs",), data.get("runs")),
    ):
        if isinstance(items, list):
            sources.extend(((*path, at), item) for at, item in enumerate(items))
    return ((path, item) for path, item in sources if isinstance(item, dict))


def _names(document: Document) -> Iterator[Problem]:
    """Media that are used but not listed; models may also be paths, so they are looked at when the plan is made."""
    data = document.data if isinstance(document.data, dict) else {}
    media = data.get("media")
    listed = tuple(media) if isinstance(media, dict) else ()
    for path, item in _tasks(document):
        for place, name in _mentions(item.get("medium"), (*path, "medium")):
            if name not in listed and not name.endswith((".tsv", ".txt", ".csv")):
                told = f'"{name}" is not in `media`, nor a table (.tsv); {meant(name, listed)}'
                yield Problem(document.at(place), path_text(place), told)


def _mentions(value: Tree, path: KeyPath) -> Iterator[tuple[KeyPath, Text]]:
    if isinstance(value, Text):
        yield path, value
    elif isinstance(value, list):
        for at, item in enumerate(value):
            if isinstance(item, Text):
                yield (*path, at), item


def _repeated_runs(document: Document) -> Iterator[Problem]:
    first: dict[str, int] = {}
    for path, item in _tasks(document):
        name = item.get("name")
        if path[0] == "runs" and isinstance(name, Text):
            place = (*path, "name")
            mark = document.at(place)
            if name in first:
                told = f'the name "{name}" is taken by another run (line {first[name]})'
                yield Problem(mark, path_text(place), told)
            first.setdefault(name, mark.line)


def _incomplete(document: Document) -> Iterator[Problem]:
    """Runs, or a matrix, to which nothing gives a model or a target; a file that asks nothing."""
    data = document.data if isinstance(document.data, dict) else {}
    defaults = data.get("defaults")
    given = {name for name in ("model", "target") if isinstance(defaults, dict) and defaults.get(name)}
    asked = False
    matrix = data.get("matrix")
    in_matrix = {name for name in ("model", "target") if isinstance(matrix, dict) and matrix.get(name)}
    for path, item in _tasks(document):
        if path == ("defaults",) or path[:2] == ("matrix", "exclude"):
            continue
        asked = True
        if path == ("matrix",) and not set(item) - {"include", "exclude"}:
            continue
        for name in ("model", "target"):
            if not item.get(name) and name not in given | (in_matrix if path[0] == "matrix" else set()):
                told = f"nothing says which {name}; give `{name}` here or in `defaults`"
                yield Problem(document.at(path), path_text(path), told)
    if not asked and "runs" not in data and "matrix" not in data:
        yield Problem(document.at(()), "", "asks for nothing; give `runs` or a `matrix`")


def _warned_at_once(document: Document, cluster: Cluster) -> Iterator[Problem]:
    """A warning that may come before the program is up, which it would end; Slurm's may come `_EARLY` seconds early."""
    early = _EARLY if cluster.scheduler == "slurm" else 0
    if cluster.time is None or cluster.scheduler == "pbs" or not cluster.signal_before:
        return
    least = cluster.signal_before + early
    if least >= cluster.time:
        earlier = f" (Slurm: up to {early} s earlier)" if early else ""
        told = f"the warning, {cluster.signal_before} s before the end{earlier}, would come as a task begins"
        remedy = f"give more `time` than {least} s, or a smaller `signal_before` (0: no warning)"
        place = ("cluster", "time")
        yield Problem(document.at(place), path_text(place), f"{told}; {remedy}")
