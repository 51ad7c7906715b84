"""The work behind `solvers` and `models`."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path

import click

from strainopt.cli.console import only_results_on_stdout, show_table, stderr
from strainopt.cli.exits import Exit
from strainopt.errors import SolverMissingError, UsageError
from strainopt.io.models import packaged_models
from strainopt.io.sources import format_of
from strainopt.lp.backend import Availability
from strainopt.lp.registry import backend, backend_names
from strainopt.network.lookup import nearest

__all__ = ["run_export", "run_models", "run_solvers"]

NEEDED = ("glpk", "highs")


@dataclass(frozen=True)
class _Probed:
    name: str
    found: Availability


def run_solvers(ctx: click.Context) -> Exit:
    """Run `solvers`."""
    with only_results_on_stdout():
        probed = [_probe(name) for name in backend_names()]
    if ctx.params["json"]:
        rows = [
            {
                "solver": one.name,
                "usable": one.found.usable,
                "version": one.found.version,
                "mixed_integer": one.found.usable and one.found.takes_mixed,
                "indicators": one.found.usable and one.found.takes_indicators,
                "watched": one.found.usable and one.found.watches_mixed,
                "reason": one.found.reason,
                "hint": one.found.hint,
            }
            for one in probed
        ]
        click.echo(json.dumps({"schema_version": 1, "command": "solvers", "solvers": rows}, indent=2))
    else:
        columns = ("solver", "works", "version", "mixed integer", "indicators", "why not", "what to do")
        show_table(stderr(), columns, [_solver_row(one) for one in probed])
    usable = {one.name for one in probed if one.found.usable}
    return Exit.DONE if usable.issuperset(NEEDED) else Exit.SOLVER


def _probe(name: str) -> _Probed:
    try:
        return _Probed(name, backend(name).availability())
    except SolverMissingError as error:
        return _Probed(name, Availability(usable=False, reason="not installed", hint=error.hint))


def _solver_row(one: _Probed) -> tuple[str, ...]:
    found = one.found
    if not found.usable:
        return (one.name, "no", found.version, "", "", found.reason, found.hint)
    return (one.name, "yes", found.version, _yes(found.takes_mixed), _yes(found.takes_indicators), "", "")


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def run_models(ctx: click.Context) -> Exit:
    """Run `models list`."""
    rows = [
        {
            "name": name,
            "shipped_by": "cobra" if "cobra" in path.parts else "strainopt",
            "format": format_of(path),
            "kilobytes": max(1, path.stat().st_size // 1000),
            "path": str(path),
        }
        for name, path in packaged_models().items()
    ]
    if ctx.params["json"]:
        click.echo(json.dumps({"schema_version": 1, "command": "models list", "models": rows}, indent=2))
    else:
        columns = ("name", "shipped_by", "format", "kilobytes")
        show_table(stderr(), columns, [tuple(str(row[column]) for column in columns) for row in rows])
    return Exit.DONE


def run_export(ctx: click.Context) -> Exit:
    """Run `models export`."""
    name, output = str(ctx.params["name"]), ctx.params["output"]
    packaged = packaged_models()
    if name not in packaged:
        hint = nearest(name, packaged) or f"packaged: {', '.join(packaged)}"
        raise UsageError(f"no packaged model is called '{name}'", where="NAME", hint=hint)
    source = packaged[name]
    content = source.read_bytes()
    if output == "-":
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
        return Exit.DONE
    path = Path(source.name if output is None else output)
    if path.is_dir():
        path = path / source.name
    if path.exists() and not ctx.params["overwrite"]:
        raise UsageError(f"{path} exists already", where="-o", hint="name another file, or give --overwrite")
    if not path.parent.is_dir():
        raise UsageError(f"there is no folder {path.parent}", where="-o", hint="make it first")
    temporary = path.with_name(f".{path.name}.part")
    try:
        temporary.write_bytes(content)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    click.echo(f"written to {path}", err=True)
    return Exit.DONE
