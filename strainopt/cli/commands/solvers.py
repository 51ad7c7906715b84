"""strainopt solvers."""

from __future__ import annotations

import click

from strainopt.cli.exits import Exit
from strainopt.cli.options import option
from strainopt.cli.page import page


@page
@option("--json", is_flag=True, help="Print a document on stdout.")
def command(ctx: click.Context) -> Exit:
    """Say which solvers are installed and really work: each one solves a tiny program.

    Exit code 7 if GLPK or HiGHS, which everything rests on, does not work.
    """
    from strainopt.cli.listing import run_solvers

    return run_solvers(ctx)
