"""The search's state beside a result: going on after an end of any kind, and several processes on one question."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import click

from strainopt.cli.outputs import Outputs
from strainopt.design.options import DesignOptions
from strainopt.errors import InputError, UsageError
from strainopt.report.files import write_text
from strainopt.search.outcome import Sharing

__all__ = ["STATE", "recalled", "sharing_of"]

STATE = "search"
"""Folder inside --out."""

QUESTION = "question.json"


def sharing_of(ctx: click.Context, options: DesignOptions, outputs: Outputs) -> Sharing | None:
    """Where and as whom the search shares its state; None where neither --resume nor --split asks for it.

    Raises
    ------
    UsageError
        There is no folder for the state, the engine keeps none, or the folder belongs to another question.
    """
    split: str | None = ctx.params["split"]
    if not ctx.params["resume"] and split is None:
        return None
    name = "--resume" if split is None else "--split"
    if outputs.folder is None:
        raise UsageError(f"{name} needs a folder for the state of the search", where=name, hint="give --out DIR")
    if options.engine not in ("auto", "benders"):
        raise UsageError(
            f"{name} has no effect with engine {options.engine}", where=name, hint="leave it out, or use benders"
        )
    member = _part(split) if split is not None else 0
    folder = outputs.folder / STATE
    _remember(folder, options)
    return Sharing(folder, member=member)


def recalled(folder: Path) -> tuple[DesignOptions, Sharing]:
    """The question whose state is in a result folder, and how to join its parts.

    Raises
    ------
    InputError
        There is none, or it cannot be read.
    """
    path = folder / STATE / QUESTION
    try:
        options = DesignOptions.from_json(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise InputError(
            f"{folder} holds no state of a search", where=str(path), hint="begin with: strainopt design ... --split 1/4"
        ) from None
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise InputError("the question cannot be read", where=str(path), why=str(error), hint="begin anew") from None
    return options, Sharing(folder / STATE, joining=True)


def _part(text: str) -> int:
    """The number, from 0, of the part `I/N`."""
    match = re.fullmatch(r"(\d{1,5})/(\d{1,5})", text)
    number, count = (int(match[1]), int(match[2])) if match else (0, 0)
    if not 1 <= number <= count:
        raise UsageError(
            f"'{text}' is no part of a whole", where="--split", hint="write 2/8 for the second of eight processes"
        )
    return number - 1


def _remember(folder: Path, options: DesignOptions) -> None:
    """Write the question down, or see that it is the same; limits, seed and threads may differ."""
    named = Path(options.model)
    asked = replace(
        options,
        model=str(named.resolve()) if named.exists() else options.model,
        time_limit=None,
        threads=1,
        seed=0,
    )
    text = json.dumps(asked.to_json(), indent=1, sort_keys=True) + "\n"
    path = folder / QUESTION
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        write_text(path, text)
    elif path.read_text(encoding="utf-8") != text:
        raise UsageError(
            f"{folder} holds the state of another question",
            where="--out",
            why=f"the options in {path} are others",
            hint="name another folder, or remove this one",
        )
