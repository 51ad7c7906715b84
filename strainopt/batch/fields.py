"""How each kind of key is read, and what an editor is told of it: the two parts of an annotation of the schema."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import PydanticCustomError, core_schema

from strainopt.batch import scalars
from strainopt.batch.scalars import WrongValue, shown
from strainopt.batch.yaml_loader import Text, Tree
from strainopt.design import options as known

__all__ = [
    "ALPHA",
    "BOUNDS",
    "CLOCK",
    "COUNT",
    "DURATION",
    "FILTERS",
    "FORMATS",
    "GROWTH",
    "IDS",
    "LINES",
    "MEMORY",
    "NULL_COUNT",
    "NULL_IDS",
    "NULL_TEXT",
    "PARTS",
    "SHARE",
    "SWITCH",
    "TABLES",
    "TEXT",
    "UPTAKE",
    "VERSION",
    "WHOLE",
    "Kind",
    "word_field",
]  # fmt: skip

FORMATS: Final = ("tsv", "csv", "json", "parquet")

_SCALAR = {"type": ["string", "number", "boolean"]}
_TEXT_SCHEMA = {"type": "string"}
_LIST_SCHEMA = {"anyOf": [{"type": "string"}, {"type": "array", "items": _SCALAR}]}


@dataclass(frozen=True, eq=False)
class Kind:
    """An annotation: how a key is read, what an editor is told of it, and whether null is a value."""

    parse: Callable[[Tree], object]
    schema: Mapping[str, object]
    null: bool = False

    def read(self, value: Any) -> object:
        """The value, or an error in our words that knows where inside the fault is."""
        if value is None and self.null:
            return None
        try:
            return self.parse(value)
        except WrongValue as error:
            told = {"message": error.message, "inside": error.inside}
            raise PydanticCustomError("wrong_value", "{message}", told) from None

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(self.read)

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        told = dict(self.schema)
        return {"anyOf": [told, {"type": "null"}]} if self.null else told


def _filters(value: Tree) -> tuple[str, ...]:
    names = scalars.as_ids(value)
    if names == ("none",):
        return ()
    for at, name in enumerate(names):
        if name not in known.FILTERS:
            inside = (at,) if isinstance(value, list) else ()
            raise WrongValue(f'"{name}" is no filter; {scalars.meant(name, known.FILTERS)}', inside=inside)
    return tuple(name for name in known.FILTERS if name in names)


def _clock(value: Tree) -> int:
    """Seconds from 04:00:00, 1-12:00:00, 2h or 30m."""
    text = scalars.as_text(value, wanted="a time such as 04:00:00 or 4h")
    parts = re.fullmatch(r"(?:(\d+)-)?(\d+):([0-5]\d):([0-5]\d)", text)
    if parts is not None:
        days, hours, minutes, seconds = (int(part or 0) for part in parts.groups())
        return ((24 * days + hours) * 60 + minutes) * 60 + seconds
    if ":" in text:
        raise WrongValue(f"expected a time such as 04:00:00 or 4h, got {shown(value)}; schedulers read it differently")
    return round(scalars.as_duration(Text(text)))


def _megabytes(value: Tree) -> int:
    text = scalars.as_text(value, wanted="a size such as 8G or 500M")
    parts = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([MGT])(?:i?B)?", text, re.IGNORECASE)
    if parts is None or float(parts[1]) <= 0.0:
        raise WrongValue(f"expected a size such as 8G or 500M, got {shown(value)}")
    return max(1, round(float(parts[1]) * {"M": 1, "G": 1024, "T": 1024**2}[parts[2].upper()]))


def _formats(value: Tree) -> tuple[str, ...]:
    names = scalars.as_texts(value)
    for at, name in enumerate(names):
        _known_format(at, name)
    return tuple(dict.fromkeys(names))


def _known_format(at: int, name: str) -> None:
    """Refuse a table format that is not known."""
    if name not in FORMATS:
        raise WrongValue(f'"{name}" is no table format; {scalars.meant(name, FORMATS)}', inside=(at,))


def _uptake(value: Tree) -> dict[str, float]:
    if not isinstance(value, Mapping):
        raise WrongValue(f"expected a mapping of exchanges to uptakes, got {shown(value)}")
    return {name: _rate(name, rate) for name, rate in value.items()}


def _rate(name: str, value: Tree) -> float:
    try:
        number = scalars.as_number(value, wanted="an uptake of 0 or more", infinite=True)
    except WrongValue as error:
        raise WrongValue(error.message, inside=(name,)) from None
    if number < 0.0:
        raise WrongValue(f"{number:g}: uptake is counted positive in media", inside=(name,))
    return number


def _one(value: Tree) -> str:
    if scalars.as_text(value, wanted="version: 1") != "1":
        raise WrongValue(f"this program reads version 1, not {shown(value)}")
    return "1"


MOST_PARTS: Final = 1000
"""Of one question: a search is cut into hundreds of subtrees, so that more processes would wait for work."""

_BOUNDS_SCHEMA = {
    "type": "object",
    "additionalProperties": {
        "type": "array",
        "items": {"type": ["number", "null", "string"]},
        "minItems": 2,
        "maxItems": 2,
    },
}  # fmt: skip
TEXT: Final = Kind(scalars.as_text, _TEXT_SCHEMA)
NULL_TEXT: Final = Kind(scalars.as_text, _TEXT_SCHEMA, null=True)
IDS: Final = Kind(scalars.as_ids, _LIST_SCHEMA)
NULL_IDS: Final = Kind(scalars.as_ids, _LIST_SCHEMA, null=True)
SWITCH: Final = Kind(scalars.as_switch, {"type": "boolean"})
LINES: Final = Kind(scalars.as_texts, _LIST_SCHEMA)
COUNT: Final = Kind(scalars.as_count, {"type": "integer", "minimum": 1})
BOUNDS: Final = Kind(scalars.as_bounds, _BOUNDS_SCHEMA)
SHARE: Final = Kind(scalars.as_share, {"type": "number", "minimum": 0, "maximum": 1})


NULL_COUNT: Final = Kind(scalars.as_count, {"type": "integer", "minimum": 1}, null=True)
PARTS: Final = Kind(
    partial(scalars.as_count, most=MOST_PARTS), {"type": "integer", "minimum": 1, "maximum": MOST_PARTS}
)
WHOLE: Final = Kind(partial(scalars.as_count, least=0), {"type": "integer", "minimum": 0})
ALPHA: Final = Kind(partial(scalars.as_share, zero=False), {"type": "number", "exclusiveMinimum": 0, "maximum": 1})
GROWTH: Final = Kind(scalars.as_growth, {"type": ["string", "number"], "examples": ["0.05", "10%"]})
FILTERS: Final = Kind(_filters, _LIST_SCHEMA, null=True)
DURATION: Final = Kind(scalars.as_duration, {**_TEXT_SCHEMA, "examples": ["30s", "10m", "1h30m"]}, null=True)
CLOCK: Final = Kind(_clock, {**_TEXT_SCHEMA, "examples": ["4h", "04:00:00", "2-00:00:00"]}, null=True)
MEMORY: Final = Kind(_megabytes, {**_TEXT_SCHEMA, "examples": ["8G", "500M"]}, null=True)
TABLES: Final = Kind(_formats, {"type": "array", "items": {"enum": list(FORMATS)}})
UPTAKE: Final = Kind(_uptake, {"type": "object"}, null=True)
VERSION: Final = Kind(_one, {"const": 1})


def word_field(*words: str, null: bool = False) -> Kind:
    """One of some words."""
    return Kind(partial(scalars.as_word, words=words), {"enum": list(words)}, null=null)
