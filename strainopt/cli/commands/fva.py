"""strainopt fva."""

from __future__ import annotations

import click

from strainopt.cli import options
from strainopt.cli.exits import Exit
from strainopt.cli.options import option
from strainopt.cli.page import page
from strainopt.cli.params import Share


@page
@options.scenario_options
@options.knockouts_option(text="Deleted (reactions, or genes with --level gene).")
@option("--fraction", type=Share(), default=1.0, show_default=True, help="Part of the maximal growth that is kept.")
@option("--reactions", metavar="LIST|@file", help="Ids or globs; without it, all reactions.")
@option("--loopless", is_flag=True, help="Leave out flux around internal cycles; slower.")
@options.linear_solver_option
@options.threads_option
@options.file_options
def command(ctx: click.Context) -> Exit:
    """Least and most flux of every reaction of MODEL, at maximal growth or a fraction of it.

    Columns of the table: reaction, fva_min, fva_max, lower, upper (mmol/gDW/h). Internal cycles are included without
    --loopless.
    """
    from strainopt.cli.fluxes import run_fva

    return run_fva(ctx)
