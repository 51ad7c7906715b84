"""`--print-config` of a configuration: every option of its tasks, the value, and where it was said."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence

from strainopt.batch.check import Checked
from strainopt.batch.expand import drafts
from strainopt.batch.layers import Draft, overrides
from strainopt.batch.schema import Options
from strainopt.cli.console import stderr
from strainopt.report.numbers import plain

__all__ = ["print_config"]

MOST_VALUES = 12
"""Different values shown per option."""


def print_config(checked: Checked, given: Sequence[str], *, as_json: bool) -> None:
    """One line per option and value on stderr, or with JSON on stdout every task in full."""
    made = drafts(checked, over=overrides(given))
    if as_json:
        told = [{"name": draft.name, "options": _told(checked, draft)} for draft in made]
        sys.stdout.write(json.dumps(told, indent=2, ensure_ascii=False) + "\n")
        return
    console = stderr()
    width = max(map(len, Options.model_fields))
    for name in Options.model_fields:
        seen: dict[str, int] = {}
        for draft in made:
            one = _told(checked, draft)[name]
            line = f"{json.dumps(one['value'], ensure_ascii=False)}  ({one['source']})"
            seen[line] = seen.get(line, 0) + 1
        for at, (line, count) in enumerate(list(seen.items())[:MOST_VALUES]):
            share = f"  {count} of {len(made)} tasks" if len(seen) > 1 else ""
            console.print(f"{name if at == 0 else '':<{width}}  {line}{share}", markup=False, soft_wrap=True)
        if len(seen) > MOST_VALUES:
            console.print(f"{'':<{width}}  and {len(seen) - MOST_VALUES} more", markup=False)


def _told(checked: Checked, draft: Draft) -> dict[str, dict[str, object]]:
    defaults = {name: info.default for name, info in Options.model_fields.items()}
    told: dict[str, dict[str, object]] = {}
    for name in Options.model_fields:
        layer = draft.origin.get(name)
        source = "default"
        if layer is not None:
            place = layer.places.get(name)
            source = layer.source if place is None else f"{layer.source}, {checked.document.at(place)}"
        told[name] = {"value": plain(draft.values.get(name, defaults[name])), "source": source}
    return told
