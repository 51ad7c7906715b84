"""Where the value of an option comes from: default, model, medium, matrix, run, variable, flag; the later wins."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from pydantic import ValidationError

from strainopt.batch.positions import KeyPath
from strainopt.batch.scalars import meant
from strainopt.batch.schema import Options
from strainopt.batch.yaml_loader import Text, Tree, parse_yaml
from strainopt.design.options import OPTION_NAMES
from strainopt.errors import UsageError

__all__ = ["Draft", "Layer", "merge", "options_layer", "overrides", "set_options"]


@dataclass(frozen=True)
class Layer:
    """Some options and where they were said.

    Attributes
    ----------
    source : str
        For people: `defaults`, `matrix`, `runs[0]`, `environment STRAINOPT_SEED`.
    values : mapping
        Option to value.
    places : mapping
        Option to its path in the file, where it has one.
    """

    source: str
    values: Mapping[str, object]
    places: Mapping[str, KeyPath] = field(default_factory=dict)


@dataclass(frozen=True)
class Draft:
    """A task before it is numbered: what it is called, where it stands, its effective options and their sources."""

    name: str
    path: KeyPath
    values: Mapping[str, object]
    origin: Mapping[str, Layer]

    @property
    def in_matrix(self) -> bool:
        """Whether it is a combination of the matrix."""
        return self.path == ("matrix",)


def set_options(options: Options) -> dict[str, object]:
    """The options that were written down, in the order of the schema."""
    return {name: getattr(options, name) for name in Options.model_fields if name in options.model_fields_set}


def options_layer(source: str, options: Options, path: KeyPath) -> Layer:
    """The layer of a mapping in the file."""
    values = set_options(options)
    return Layer(source, values, {name: (*path, name) for name in values})


def merge(layers: Iterable[Layer]) -> tuple[dict[str, object], dict[str, Layer]]:
    """Value of each option, and the layer that it comes from; bounds are merged reaction by reaction."""
    values: dict[str, object] = {}
    origin: dict[str, Layer] = {}
    for layer in layers:
        for name, value in layer.values.items():
            before = values.get(name)
            joined = name == "bounds" and isinstance(before, Mapping) and isinstance(value, Mapping)
            values[name] = _joined(before, value) if joined else value  # type: ignore[arg-type]
            origin[name] = layer
    return values, origin


def _joined(before: Mapping[str, Sequence[object]], after: Mapping[str, Sequence[object]]) -> dict[str, object]:
    """Bounds over bounds; a side that is None keeps what was said before."""
    made: dict[str, object] = dict(before)
    for reaction, sides in after.items():
        kept = before.get(reaction, (None, None))
        made[reaction] = tuple(old if new is None else new for old, new in zip(kept, sides, strict=True))
    return made


def overrides(given: Sequence[str], *, environment: Mapping[str, str] | None = None) -> tuple[Layer, ...]:
    """Layers of the STRAINOPT_* variables and of the `--set KEY=VALUE` flags.

    Raises
    ------
    UsageError
        An unknown key, or a value that does not fit.
    """
    seen = os.environ if environment is None else environment
    layers = []
    # not split: STRAINOPT_SPLIT is that of `design`, which takes I/N
    for name in OPTION_NAMES:
        variable = f"STRAINOPT_{name.upper()}"
        if variable in seen:
            value = _checked(name, seen[variable], where=variable)
            layers.append(Layer(f"environment {variable}", {name: value}))
    for text in given:
        key, equals, value_text = text.partition("=")
        name = key.strip().replace("-", "_")
        if not equals:
            raise UsageError(f"'{text}' is not of the form KEY=VALUE", where="--set", hint="--set max_knockouts=2")
        if name not in Options.model_fields:
            raise UsageError(f"no option '{key}'", where="--set", hint=meant(name, Options.model_fields))
        layers.append(Layer(f"flag --set {name}", {name: _checked(name, value_text, where=f"--set {name}")}))
    return tuple(layers)


def _checked(name: str, text: str, *, where: str) -> object:
    stripped = text.strip()
    value: Tree = Text(stripped)
    if stripped[:1] in ("[", "{"):
        value = parse_yaml(stripped, file=where).data
    elif stripped in ("", "~", "null"):
        value = None
    try:
        return getattr(Options.model_validate({name: value}), name)
    except ValidationError as errors:
        raise UsageError(errors.errors()[0]["msg"], where=where) from errors
