"""The files that a configuration names: models (their hashes), media and lists of ids, each read once."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Final

from strainopt.batch.check import Checked
from strainopt.batch.layers import Draft
from strainopt.batch.positions import KeyPath, Problem
from strainopt.batch.scalars import meant
from strainopt.design.options import DesignOptions
from strainopt.errors import InputError, StrainoptError
from strainopt.io.candidates import read_candidates
from strainopt.io.sources import format_of, packaged_models, read_bytes, resolve
from strainopt.io.tables import read_id_list, read_medium

__all__ = ["Sources"]

_LISTS: Final = ("knockouts", "candidates", "exclude")
_NAMES: Final = frozenset(item.name for item in fields(DesignOptions))


class Sources:
    """Reads each named file once and notes what is wrong with it, at the place that names it."""

    def __init__(self, checked: Checked) -> None:
        self.checked = checked
        self.problems: list[Problem] = []
        self._models: dict[str, tuple[str, str]] = {}
        self._media: dict[str, Mapping[str, float] | None] = {}
        self._lists: dict[str, tuple[str, ...]] = {}
        self._offers: dict[str, tuple[object, ...]] = {}

    def options(self, draft: Draft) -> DesignOptions | None:
        """Effective options with all files read; None where a file cannot be used."""
        before = len(self.problems)
        values = {name: value for name, value in draft.values.items() if name in _NAMES}
        values["model"] = self.model(draft)[0]
        values["medium"] = self.medium(draft)
        values["candidates_file"] = self.offers(draft)
        for name in _LISTS:
            ids = values.get(name)
            if isinstance(ids, tuple):
                values[name] = self.ids(ids, draft, name)
        made = None if len(self.problems) > before else DesignOptions(**values)  # type: ignore[arg-type]
        return made if made is not None and made.model else None

    def model(self, draft: Draft) -> tuple[str, str]:
        """Source and hash of the draft's model: an absolute path, or a packaged name."""
        name = str(draft.values.get("model", ""))
        if name not in self._models:
            self._models[name] = self._model(name, draft)
        return self._models[name]

    def _model(self, name: str, draft: Draft) -> tuple[str, str]:
        entries = self.checked.config.models
        place: KeyPath = ("models", name, "file") if name in entries else self._place(draft, "model")
        written = entries[name].file if name in entries else name
        path = self.checked.path(written)
        try:
            source = str(path.resolve()) if path.is_file() else written
            file = path if path.is_file() else resolve(written)
            format_of(file)
            return source, hashlib.sha256(read_bytes(file)).hexdigest()
        except InputError as error:
            known = (*entries, *packaged_models())
            hint = f"; {error.hint}" if name in entries else f"; {meant(name, known)}"
            self.problems.append(self.checked.fault(place, f'"{written}": {error.what}{hint}'))
            return "", ""

    def medium(self, draft: Draft) -> Mapping[str, float] | None:
        """Uptakes of the draft's medium; None for the model's own."""
        name = draft.values.get("medium")
        if name is None:
            return None
        key = str(name)
        if key not in self._media:
            self._media[key] = self._medium(key, draft)
        return self._media[key]

    def _medium(self, name: str, draft: Draft) -> Mapping[str, float] | None:
        entry = self.checked.config.media.get(name)
        if entry is None:
            return self._table(self.checked.path(name), self._place(draft, "medium"))
        if entry.file is not None and entry.uptake is not None:
            self.problems.append(self.checked.fault(("media", name), "give a file or uptakes, not both"))
        if entry.file is not None:
            return self._table(self.checked.path(entry.file), ("media", name, "file"))
        return entry.uptake

    def offers(self, draft: Draft) -> tuple[object, ...] | None:
        """Lines of the draft's candidates file; None where it has none."""
        name = draft.values.get("candidates_file")
        if name is None:
            return None
        place = self._place(draft, "candidates_file")
        if draft.values.get("candidates") is not None:
            self.problems.append(self.checked.fault(place, "give candidates or a candidates_file, not both"))
        if str(name) not in self._offers:
            self._offers[str(name)] = ()
            try:
                self._offers[str(name)] = read_candidates(self.checked.path(str(name)))
            except StrainoptError as error:
                self.problems.append(self.checked.fault(place, _one_line(error)))
        return self._offers[str(name)]

    def _table(self, path: Path, place: KeyPath) -> Mapping[str, float] | None:
        try:
            return dict(read_medium(path).uptakes)
        except StrainoptError as error:
            self.problems.append(self.checked.fault(place, _one_line(error)))
            return None

    def ids(self, given: tuple[str, ...], draft: Draft, option: str) -> tuple[str, ...]:
        """Ids, those of `@file` read from it."""
        made: list[str] = []
        for item in given:
            made.extend(self._list(item[1:], draft, option) if item.startswith("@") else (item,))
        return tuple(dict.fromkeys(made))

    def _list(self, name: str, draft: Draft, option: str) -> tuple[str, ...]:
        if name not in self._lists:
            try:
                self._lists[name] = read_id_list(self.checked.path(name))
            except StrainoptError as error:
                self.problems.append(self.checked.fault(self._place(draft, option), _one_line(error)))
                self._lists[name] = ()
        return self._lists[name]

    def _place(self, draft: Draft, option: str) -> KeyPath:
        layer = draft.origin.get(option)
        return draft.path if layer is None else layer.places.get(option, draft.path)


def _one_line(error: StrainoptError) -> str:
    parts = [error.what, error.why, error.hint]
    return f"{error.where}: {'; '.join(part for part in parts if part)}" if error.where else "; ".join(parts)
