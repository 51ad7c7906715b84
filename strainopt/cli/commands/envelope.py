"""strainopt envelope."""

from __future__ import annotations

import click

from strainopt.cli import options
from strainopt.cli.exits import Exit
from strainopt.cli.page import page


@page
@options.scenario_options
@options.knockouts_option(text="Deleted (reactions, or genes with --level gene).")
@options.target_option(required=True)
@options.linear_solver_option
@options.file_options
def command(ctx: click.Context) -> Exit:
    """Production envelope of MODEL: least and most product at every growth rate, exact at every vertex.

    Columns of the table: growth, product_min, product_max; between two rows both are straight lines.
    """
    from strainopt.cli.fluxes import run_envelope

    return run_envelope(ctx)
