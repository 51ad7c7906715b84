"""strainopt config: init, check, schema."""

from __future__ import annotations

from pathlib import Path

import click

from strainopt.cli.batch_options import ConfigPage, config_argument, set_option
from strainopt.cli.exits import Exit
from strainopt.cli.options import option


@click.group(name="config")
def command() -> None:
    """Write, check and describe configuration files."""


@command.command(name="init", cls=ConfigPage)
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False), default="screen.yaml")
@option("--overwrite", is_flag=True, help="Replace an existing file.")
def init(ctx: click.Context) -> Exit:
    """Write a configuration to start from; it runs as it is."""
    from strainopt.cli.config_work import run_init

    return run_init(ctx)


@command.command(name="check", cls=ConfigPage)
@config_argument
@set_option
@option("--models", is_flag=True, help="Read the models too and look for every id.")
def check(ctx: click.Context) -> Exit:
    """Say everything that is wrong with CONFIG at once, each with its line and column."""
    from strainopt.cli.config_work import run_check

    return run_check(ctx)


@command.command(name="schema", cls=ConfigPage)
@click.option("-o", "--output", metavar="FILE", help="Write it here. [default: stdout]")
def schema(ctx: click.Context) -> Exit:
    """Print the JSON Schema of configurations, for editors."""
    from strainopt.cli.config_work import run_schema

    return run_schema(ctx)
