"""strainopt cutsets."""

from __future__ import annotations

import click

from strainopt.cli import options
from strainopt.cli.exits import Exit
from strainopt.cli.options import option
from strainopt.cli.page import page
from strainopt.cli.params import Count, Duration, SomeOf

STATIC_FILTERS = ("exchange", "transport", "no-gpr", "spontaneous")


@page
@options.scenario_options
@options.knockouts_option(text="Deleted beforehand (reactions, or genes with --level gene).")
@option(
    "--suppress",
    multiple=True,
    required=True,
    metavar='"A >= 1, B >= 1"',
    help="A region of flux space that must become impossible; repeat for more regions.",
)
@option(
    "--protect",
    multiple=True,
    metavar='"C >= 0.1"',
    help="A region that must stay possible; repeat for more regions.",
)
@option("-k", "--max-knockouts", type=Count(), default=3, show_default=True, help="Largest size of a cut set.")
@option("--candidates", metavar="LIST|@file", help="Ids or globs that may be deleted; without it, all.")
@option("--exclude", metavar="LIST|@file", help="Ids or globs that must stay.")
@option(
    "--filters",
    type=SomeOf(STATIC_FILTERS),
    help=f"What leaves the candidates; from {', '.join(STATIC_FILTERS)}; or none. "
    "[default: exchange,no-gpr,spontaneous; with --candidates: none]",
)
@options.linear_solver_option
@option("--seed", type=Count(least=0), default=0, show_default=True, help="Of the random weights.")
@option("--time-limit", type=Duration(), help="What was found until then is kept. [default: none]")
@options.file_options
def command(ctx: click.Context) -> Exit:
    """Find every minimal cut set of MODEL up to a size.

    A cut set is a set of deletions after which no suppressed region has any flux state left, while every protected
    region has. An inequality is a sum of reactions with optional coefficients, compared with a number:
    "2 A - B <= 0.5". The list is complete up to the size that the answer names.

    Exit codes: 0 complete, 4 there is none, 5 limit reached with some, 6 limit reached with none.
    """
    from strainopt.cli.cutting import run

    return run(ctx)
