"""strainopt evaluate."""

from __future__ import annotations

import click

from strainopt.cli import options
from strainopt.cli.exits import Exit
from strainopt.cli.options import option
from strainopt.cli.page import page
from strainopt.cli.params import MinGrowth, OneOf
from strainopt.design.options import SOLVERS


@page
@options.scenario_options
@options.knockouts_option(text="The design: reactions, or genes with --level gene.", required=True)
@options.candidates_file_option(
    text="What --knockouts names may be a knock-in or a narrowed flux of this table; other knock-ins are absent."
)
@options.target_option(required=True)
@options.method_options(default="robustknock")
@option(
    "--min-growth",
    type=MinGrowth(zero=True),
    default="0",
    show_default=True,
    help="Growth that the mutant must reach: 1/h, or percent of the wild type.",
)
@option("--solver", type=OneOf(SOLVERS), default="glpk", show_default=True, help="Who solves.")
@options.threads_option
@options.folder_options
def command(ctx: click.Context) -> Exit:
    """Say what a set of knockouts does to MODEL: any design, also one from a paper.

    Growth, least and most product at that growth, the parsimonious product, yields and the coupling class, by plain
    linear programs, confirmed by a second solver. Exit code 8 if they are not confirmed, the mutant has no steady
    state, or it grows slower than asked.
    """
    from strainopt.cli.evaluating import run

    return run(ctx)
