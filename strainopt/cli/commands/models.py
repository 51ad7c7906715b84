"""strainopt models list, strainopt models export."""

from __future__ import annotations

import click

from strainopt.cli.exits import Exit
from strainopt.cli.options import option
from strainopt.cli.page import Page


@click.group(name="models")
def command() -> None:
    """List or export the packaged models."""


@command.command(name="list", cls=Page)
@option("--json", is_flag=True, help="Print a document on stdout.")
def list_models(ctx: click.Context) -> Exit:
    """List the packaged models: name, who ships it, format, size."""
    from strainopt.cli.listing import run_models

    return run_models(ctx)


@command.command(name="export", cls=Page)
@click.argument("name", metavar="NAME")
@option("-o", "--output", metavar="FILE", help="Where to; - is stdout. [default: the file's own name, here]")
@option("--overwrite", is_flag=True, help="Replace an existing file.")
def export_model(ctx: click.Context) -> Exit:
    """Copy the file of a packaged model, as it is."""
    from strainopt.cli.listing import run_export

    return run_export(ctx)
