"""strainopt pfba."""

from __future__ import annotations

import click

from strainopt.cli import options
from strainopt.cli.exits import Exit
from strainopt.cli.page import page


@page
@options.scenario_options
@options.knockouts_option(text="Deleted (reactions, or genes with --level gene).")
@options.linear_solver_option
@options.file_options
def command(ctx: click.Context) -> Exit:
    """The state of maximal growth of MODEL with the least sum of absolute fluxes.

    Columns of the table: reaction, flux, lower, upper (mmol/gDW/h).
    """
    from strainopt.cli.fluxes import run_pfba

    return run_pfba(ctx)
