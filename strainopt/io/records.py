"""JSON and YAML files, which share one layout: lists of metabolites, reactions and genes as records."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any, NoReturn

import yaml

from strainopt.errors import InputError, ModelError
from strainopt.io.draft import Draft, DraftMetabolite, DraftReaction
from strainopt.network.lookup import nearest

__all__ = ["draft_from_json", "draft_from_yaml"]

Record = Mapping[str, Any]


def draft_from_json(data: bytes, source: str) -> Draft:
    """Read the JSON format of BiGG and cobra into a draft; InputError with line and column if it is broken."""
    try:
        content = json.loads(_text(data, source), object_pairs_hook=lambda pairs: _once(pairs, source))
    except json.JSONDecodeError as error:
        raise InputError(
            "the file is not valid JSON",
            where=f"{source}:{error.lineno}:{error.colno}",
            why=error.msg,
            hint="the file may be cut short: fetch or export it again",
        ) from error
    except RecursionError as error:
        raise InputError("the file is nested too deeply for a model", where=source, hint="export it again") from error
    return _draft(content, source)


def draft_from_yaml(data: bytes, source: str) -> Draft:
    """Read the YAML format of cobra and RAVEN into a draft.

    Every scalar is read as text: ids such as `NO`, `0010` or `2645.10` stay what they are.
    """
    text = _text(data, source)
    try:
        content = yaml.load(text, Loader=_TextLoader)  # noqa: S506 - it makes nothing but text
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise InputError(
            "the file is not valid YAML",
            where=f"{source}:{mark.line + 1}:{mark.column + 1}" if mark else source,
            why=error.problem or "",
            hint="the file may be cut short: fetch or export it again",
        ) from error
    except (yaml.YAMLError, RecursionError) as error:
        raise InputError("the file is not valid YAML", where=source, why=str(error), hint="export it again") from error
    return _draft(_unordered(content), source)


class _TextLoader(getattr(yaml, "CBaseLoader", yaml.BaseLoader)):  # type: ignore[misc]
    """Every scalar is text, and a key may stand only once."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = True) -> dict[Any, Any]:  # noqa: ARG002
        mapping: dict[Any, Any] = super().construct_mapping(node, deep=True)
        if len(mapping) != len(node.value):
            raise yaml.constructor.ConstructorError(None, None, "a key stands twice in one record", node.start_mark)
        return mapping


def _once(pairs: list[tuple[str, Any]], source: str) -> dict[str, Any]:
    record = dict(pairs)
    if len(record) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        near = f"{source}: record {record.get('id', '')}".rstrip()
        raise InputError(f"the key '{twice}' stands twice in one record", where=near, hint="keep one of them")
    return record


def _text(data: bytes, source: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(
            "the file is not text in UTF-8",
            where=f"{source}, byte {error.start}",
            why="it may be damaged, compressed or of another kind",
            hint="check what the file is",
        ) from error


def _unordered(content: object) -> Any:
    """An ordered map, written as a list of single pairs, as a plain mapping (one level)."""
    if isinstance(content, list) and content and all(isinstance(item, dict) and len(item) == 1 for item in content):
        merged = {key: value for item in content for key, value in item.items()}
        # A list of records with one field each is no ordered map: their keys repeat.
        return merged if len(merged) == len(content) else content
    return content


def _draft(content: object, source: str) -> Draft:
    if not isinstance(content, dict) or "reactions" not in content or "metabolites" not in content:
        raise InputError(
            "the file is not a model",
            where=source,
            why="it has no lists 'reactions' and 'metabolites' at its top",
            hint="write it with cobra's save_json_model or save_yaml_model",
        )
    reader = _Records(source)
    meta = _unordered(content.get("metaData")) or {}
    draft = Draft(id=str(content.get("id") or (meta.get("id") if isinstance(meta, dict) else "") or ""), source=source)
    for position, entry in enumerate(reader.entries(content, "metabolites")):
        place = f"metabolite {position + 1}"
        draft.metabolites.append(
            DraftMetabolite(
                reader.text(entry, "id"),
                reader.text(entry, "name"),
                reader.text(entry, "compartment"),
                reader.text(entry, "formula"),
                place=place,
            )
        )
    for position, entry in enumerate(reader.entries(content, "reactions")):
        draft.reactions.append(reader.reaction(entry, f"reaction {position + 1}"))
    draft.genes = [reader.text(entry, "id") for entry in reader.entries(content, "genes", needed=False)]
    return draft


class _Records:
    """Typed access to records, with the place in every complaint."""

    def __init__(self, source: str) -> None:
        self.source = source

    def fail(self, what: str, place: str, hint: str) -> NoReturn:
        raise ModelError(what, where=f"{self.source}: {place}", hint=hint)

    def entries(self, content: Record, key: str, *, needed: bool = True) -> list[Record]:
        entries = content.get(key)
        if entries is None and not needed:
            return []
        if entries in ("", None):
            entries = []
        if not isinstance(entries, list):
            self.fail(f"'{key}' is not a list", key, f"write '{key}' as a list of records")
        merged = [_unordered(entry) for entry in entries]
        for position, entry in enumerate(merged):
            if not isinstance(entry, dict) or not entry.get("id"):
                self.fail(f"an entry of '{key}' has no id", f"{key}[{position}]", "give every entry an id")
        return merged

    def text(self, entry: Record, key: str) -> str:
        value = entry.get(key)
        return "" if value is None else str(value)

    def number(self, value: object, place: str, key: str) -> float:
        if isinstance(value, bool) or not isinstance(value, (int, float, str)):
            return math.nan
        try:
            return float(value)
        except ValueError:
            self.fail(f"{key} '{value}' is not a number", place, "correct it in the file")

    def reaction(self, entry: Record, place: str) -> DraftReaction:
        name = self.text(entry, "id")
        where = f"{name} ({place})"
        known = ("lower_bound", "upper_bound", "metabolites", "gene_reaction_rule", "objective_coefficient")
        terms = _unordered(entry.get("metabolites")) or {}
        if not isinstance(terms, dict):
            self.fail("'metabolites' is not a mapping of coefficients", where, nearest("metabolites", known))
        bounds = [None if entry.get(key) in (None, "") else self.number(entry[key], where, key) for key in known[:2]]
        return DraftReaction(
            name,
            self.text(entry, "name"),
            bounds[0],
            bounds[1],
            terms=[(str(key), self.number(value, where, f"the coefficient of {key}")) for key, value in terms.items()],
            rule=self.text(entry, "gene_reaction_rule") or None,
            objective=self.number(entry.get("objective_coefficient") or 0.0, where, "objective_coefficient"),
            place=place,
        )
