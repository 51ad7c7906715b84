"""strainopt merge."""

from __future__ import annotations

from pathlib import Path

import click

from strainopt.cli.exits import Exit
from strainopt.cli.options import option
from strainopt.cli.page import page


@page
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@option("--overwrite", is_flag=True, help="Replace an existing result.")
@option("--json", is_flag=True, help="Print the result document on stdout.")
def command(ctx: click.Context) -> Exit:
    """Join what `design --split` has searched in DIR into one proven result.

    Nothing of size is searched: every part must have been. The result files are written to DIR.

    Exit codes: as design; 75 where parts are missing, which any `design --split` or `--resume` on DIR goes on with.
    """
    from strainopt.cli.designing import join

    return join(ctx)
