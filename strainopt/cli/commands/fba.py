"""strainopt fba."""

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
    """One flux state of maximal growth of MODEL, with reduced costs.

    The growth is unique, the fluxes are one choice of many; see pfba and fva.
    """
    from strainopt.cli.fluxes import run_fba

    return run_fba(ctx)
