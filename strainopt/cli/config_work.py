"""The work behind `config init`, `config check` and `config schema`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from strainopt.batch.positions import ConfigError
from strainopt.cli.console import stderr
from strainopt.cli.exits import Exit
from strainopt.errors import UsageError
from strainopt.report.files import write_text

__all__ = ["run_check", "run_init", "run_schema"]


def run_init(ctx: click.Context) -> Exit:
    """Run `config init`."""
    from strainopt.batch.starter import STARTER

    path: Path = ctx.params["file"]
    if path.exists() and not ctx.params["overwrite"]:
        raise UsageError(f"{path} exists already", where=str(path), hint="name another file, or give --overwrite")
    write_text(path, STARTER)
    stderr().print(f"written: {path}; next: strainopt config check {path}", markup=False, soft_wrap=True)
    return Exit.DONE


def run_check(ctx: click.Context) -> Exit:
    """Run `config check`."""
    from strainopt.batch.expand import make_plan
    from strainopt.batch.ids import unknown_ids
    from strainopt.batch.layers import overrides
    from strainopt.cli.batch_opening import open_config

    path: Path = ctx.params["config"]
    checked = open_config(path)
    over = overrides(ctx.params["set_"])
    if ctx.params["print_config"]:
        from strainopt.cli.config_printing import print_config

        print_config(checked, ctx.params["set_"], as_json=False)
        return Exit.DONE
    plan = make_plan(checked, over=over)
    if ctx.params["models"]:
        problems = unknown_ids(checked, over=over)
        if problems:
            raise ConfigError(problems)
    models = len({task.model_sha256 for task in plan.tasks})
    told = "; ids are in the models" if ctx.params["models"] else "; --models checks the ids too"
    stderr().print(f"{path}: tasks: {len(plan.tasks)}, models: {models}{told}", markup=False, soft_wrap=True)
    return Exit.DONE


def run_schema(ctx: click.Context) -> Exit:
    """Run `config schema`."""
    from strainopt.batch.schema import json_schema

    text = json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"
    output = ctx.params["output"]
    if output in (None, "-"):
        sys.stdout.write(text)
    else:
        write_text(Path(output), text)
    return Exit.DONE
