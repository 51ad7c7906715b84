"""From a checked configuration to its plan: matrix and runs become tasks with effective options."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from strainopt.batch.check import Checked
from strainopt.batch.layers import Draft, Layer, merge, options_layer, set_options
from strainopt.batch.parts import divides, whole_because
from strainopt.batch.plan import Plan, Task, content_hash
from strainopt.batch.positions import ConfigError, KeyPath, Problem
from strainopt.batch.schema import ModelEntry
from strainopt.batch.sources import Sources
from strainopt.design.options import IDLE, DesignOptions, without_idle

__all__ = ["drafts", "make_plan"]


_OWN: Final = ("runs[", "matrix.include[")
"""How the sources of what is said of one run alone begin."""


@dataclass(frozen=True, eq=False)
class _Row:
    """A row of the table to be: one question, searched as one task or as several."""

    draft: Draft
    options: DesignOptions
    model_sha256: str
    hash: str

    @property
    def asked_parts(self) -> int:
        """As many as the file says."""
        return int(str(self.draft.values.get("split", 1)))

    @property
    def parts(self) -> int:
        """As many as there will be."""
        return self.asked_parts if divides(self.options) else 1


@dataclass
class _Expansion:
    checked: Checked
    over: Sequence[Layer]
    sources: Sources
    problems: list[Problem] = field(default_factory=list)

    def drafts(self) -> Iterator[Draft]:
        config = self.checked.config
        if config.matrix is not None:
            yield from self.matrix_drafts()
            for at, options in enumerate(config.matrix.include):
                path: KeyPath = ("matrix", "include", at)
                layer = options_layer(f"matrix.include[{at}]", options, path)
                yield self.draft(_combination_name(layer.values), path, (layer,))
        for at, run in enumerate(config.runs):
            path = ("runs", at)
            yield self.draft(run.name, path, (options_layer(f"runs[{at}]", run, path),))

    def matrix_drafts(self) -> Iterator[Draft]:
        matrix: Any = self.checked.config.matrix
        written = self.checked.document.data
        keys = written["matrix"] if isinstance(written, dict) else {}
        fixed = {name for layer in self.over for name in layer.values}
        axes = [name for name in keys if name not in ("include", "exclude")] if isinstance(keys, dict) else []
        lists = [list(enumerate(getattr(matrix, name)))[: 1 if name in fixed else None] for name in axes]
        excluded = [set_options(options) for options in matrix.exclude]
        used = [False] * len(excluded)
        for combination in itertools.product(*lists) if axes else ():
            values = {name: value for name, (_, value) in zip(axes, combination, strict=True)}
            places: dict[str, KeyPath] = {
                name: ("matrix", name, at) for name, (at, _) in zip(axes, combination, strict=True)
            }
            layer = Layer("matrix", values, places)
            shown = {name: value for name, value in values.items() if name not in fixed}
            draft = self.draft(_combination_name(shown) or "matrix", ("matrix",), (layer,))
            hits = [at for at, one in enumerate(excluded) if _matches(one, draft.values)]
            for at in hits:
                used[at] = True
            if not hits:
                yield draft
        for at, hit in enumerate(used):
            if not hit and not self.over:
                place: KeyPath = ("matrix", "exclude", at)
                self.problems.append(self.checked.fault(place, "excludes nothing: no combination has these values"))

    def draft(self, name: str, path: KeyPath, own: Sequence[Layer]) -> Draft:
        """Put the layers together: defaults, what goes with the model and the medium, the task's own, overrides."""
        config = self.checked.config
        defaults = options_layer("defaults", config.defaults, ("defaults",))
        named, _ = merge((defaults, *own, *self.over))
        between = []
        model = config.models.get(str(named.get("model")))
        if model is not None:
            between.append(_entry_layer("models", str(named["model"]), model))
        medium = config.media.get(str(named.get("medium")))
        if medium is not None and medium.bounds:
            key = str(named["medium"])
            between.append(Layer(f"media.{key}", {"bounds": medium.bounds}, {"bounds": ("media", key, "bounds")}))
        values, origin = merge((defaults, *between, *own, *self.over))
        return Draft(name, path, values, origin)


def _entry_layer(section: str, key: str, entry: ModelEntry) -> Layer:
    names = ("biomass", "bounds", "missing_bounds", "gpr")
    values = {name: getattr(entry, name) for name in names if name in entry.model_fields_set}
    return Layer(f"{section}.{key}", values, {name: (section, key, name) for name in values})


def _matches(wanted: Mapping[str, object], values: Mapping[str, object]) -> bool:
    return all(name in values and values[name] == value for name, value in wanted.items())


def _combination_name(values: Mapping[str, object]) -> str:
    return "-".join(_word(value) for value in values.values())


def _word(value: object) -> str:
    if isinstance(value, (tuple, list)):
        return "+".join(map(_word, value)) or "none"
    if isinstance(value, Mapping):
        return "+".join(f"{key}={_word(item)}" for key, item in value.items())
    if isinstance(value, float):
        return f"{value:g}"
    return "none" if value is None else "".join(str(value).split())


def drafts(checked: Checked, *, over: Sequence[Layer] = ()) -> tuple[Draft, ...]:
    """The tasks with the sources of their options.

    Raises
    ------
    ConfigError
        An exclusion that excludes nothing.
    """
    expansion = _Expansion(checked, over, Sources(checked))
    made = tuple(expansion.drafts())
    if expansion.problems:
        raise ConfigError(expansion.problems)
    return made


def make_plan(checked: Checked, *, over: Sequence[Layer] = (), folder: Path | None = None) -> Plan:
    """Expand, read the models' bytes, the media and the lists, and number the tasks.

    Parameters
    ----------
    checked : Checked
        The configuration.
    over : sequence of Layer
        What overrides the file.
    folder : Path, optional
        For the results; the configuration's own if not given.

    Returns
    -------
    Plan
        Combinations of the matrix that ask the same are taken once. Nothing is written.

    Raises
    ------
    ConfigError
        Files that are not there, options without effect, and no task at all.
    """
    sources = Sources(checked)
    expansion = _Expansion(checked, over, sources)
    rows: list[_Row] = []
    seen: set[str] = set()
    for draft in expansion.drafts():
        options = sources.options(draft)
        sha256 = sources.model(draft)[1]
        if options is None:
            continue
        options = without_idle(options)
        digest = content_hash(options, model_sha256=sha256)
        if draft.in_matrix and digest in seen:
            continue
        seen.add(digest)
        rows.append(_Row(draft, options, sha256, digest))
    problems = [*expansion.problems, *sources.problems, *_idle(checked, rows), *_undivided(checked, rows)]
    if not rows and not problems:
        problems.append(checked.fault((), "no task is left: everything is excluded, or the lists are empty"))
    if problems:
        raise ConfigError(problems)
    return Plan(checked.path(checked.config.outputs.dir) if folder is None else folder, _numbered(checked, rows))


def _numbered(checked: Checked, rows: Sequence[_Row]) -> tuple[Task, ...]:
    outputs = checked.config.outputs
    digest = hashlib.sha256(checked.document.text.encode("utf-8")).hexdigest()
    taken = {row.draft.name for row in rows if row.draft.path[0] == "runs"}
    tasks: list[Task] = []
    for row in rows:
        draft = row.draft
        name = draft.name if draft.path[0] == "runs" else _free_name(draft.name, taken)
        taken.add(name)
        for part in range(1, row.parts + 1):
            tasks.append(
                Task(
                    number=len(tasks) + 1,
                    name=name,
                    hash=row.hash,
                    model_name=str(draft.values["model"]),
                    medium_name=str(draft.values.get("medium") or ""),
                    model_sha256=row.model_sha256,
                    options=row.options,
                    fluxes=outputs.fluxes,
                    formats=outputs.formats,
                    config_sha256=digest,
                    part=part,
                    parts=row.parts,
                )
            )
    return tuple(tasks)


def _free_name(name: str, taken: set[str]) -> str:
    if name not in taken:
        return name
    return next(f"{name}-{at}" for at in itertools.count(2) if f"{name}-{at}" not in taken)


def _undivided(checked: Checked, rows: Sequence[_Row]) -> Iterator[Problem]:
    """Questions that are to be split and cannot be; what `defaults` and `matrix` say is for those that can."""
    asked = [(row, row.draft.origin["split"]) for row in rows if row.asked_parts > 1]
    for layer in {id(layer): layer for _, layer in asked if not layer.source.startswith(_OWN)}.values():
        mine = [row for row, of in asked if of.source == layer.source]
        if not any(divides(row.options) for row in mine):
            place: KeyPath = (layer.source, "split") if layer.places else ()
            told = "" if layer.places else f"{layer.source}: "
            yield checked.fault(place, f"{told}no task can be split: {whole_because(mine[0].options)}")
    for row, layer in asked:
        if layer.source.startswith(_OWN) and not divides(row.options):
            yield checked.fault(layer.places["split"], f"cannot be split: {whole_because(row.options)}")


def _idle(checked: Checked, rows: Sequence[_Row]) -> Iterator[Problem]:
    """Options that the file gives to a run, or to all tasks, without any effect; yields of nothing."""
    for draft, options in ((row.draft, row.options) for row in rows):
        if options.objective == "yield" and options.substrate is None:
            layer = draft.origin.get("objective")
            asked = draft.path if layer is None else layer.places.get("objective", draft.path)
            yield checked.fault(asked, "a yield needs a substrate; name its exchange reaction: substrate: EX_glc__D_e")
    for idle in IDLE:
        for shared in ("defaults", "matrix"):
            mine = [row for row in rows if (layer := row.draft.origin.get(idle.option)) and layer.source == shared]
            if mine and not any(idle.acts(row.options) for row in mine):
                place: KeyPath = (shared, idle.option)
                yield checked.fault(place, f"has no effect on any task: it acts only {idle.only}")
        for draft, options in ((row.draft, row.options) for row in rows):
            layer = draft.origin.get(idle.option)
            if layer is not None and layer.source.startswith(_OWN) and not idle.acts(options):
                place = layer.places[idle.option]
                yield checked.fault(place, f"has no effect here: it acts only {idle.only}")
