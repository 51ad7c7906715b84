"""strainopt design."""

from __future__ import annotations

import click

from strainopt.cli import options
from strainopt.cli.exits import Exit
from strainopt.cli.options import option
from strainopt.cli.page import page
from strainopt.cli.params import Count, Duration, OneOf, Place, Share
from strainopt.design.options import ENGINES, FORMULATIONS, SOLVERS


@page
@options.scenario_options
@options.knockouts_option(text="Deleted beforehand, in the wild type as well (reactions, or genes with --level gene).")
@options.target_option(required=True)
@options.method_options(default="robustknock")
@option(
    "-k",
    "--max-knockouts",
    type=Count(),
    default=3,
    show_default=True,
    help="Most interventions, or their total cost where a candidates file gives costs.",
)
@options.candidate_options
@options.candidates_file_option(
    text="In place of --candidates: a table of what may be done, with kinds (knockout, knockin, bound), costs, bounds, "
    "and what is forced or forbidden; see docs/formulations.md."
)
@option(
    "--engine",
    type=OneOf(ENGINES),
    default="auto",
    show_default=True,
    help="Which search answers; see docs/formulations.md.",
)
@option("--solver", type=OneOf(SOLVERS), help="Solver of the engine. [default: the engine's own]")
@option(
    "--formulation",
    type=OneOf(FORMULATIONS),
    default="strong-duality",
    show_default=True,
    help="milp: how the cell's optimality is written.",
)
@options.threads_option
@option("--seed", type=Count(least=0), default=0, show_default=True, help="Same seed and input, same output.")
@option("--designs", type=Count(), default=1, show_default=True, help="How many designs.")
@option(
    "--within",
    type=Share(),
    default=0.0,
    show_default=True,
    help="How far, as a part of the best, others may be below.",
)
@option("--time-limit", type=Duration(), help="Covers everything, verification too. [default: none]")
@options.folder_options
@option("--resume", is_flag=True, help="Keep the state of the search in DIR/search, and go on from what is there.")
@option(
    "--split",
    metavar="I/N",
    help="This is process I of N on the same question and --out DIR; they share the work. Then: strainopt merge DIR.",
)
@option(
    "--proof",
    type=Place(),
    metavar="FILE",
    help="Write a proof that check-proof verifies without a solver (.gz: compressed); not for pfba and yields.",
)
@option("--dry-run", is_flag=True, help="Show the plan: candidates and sizes; search nothing, write nothing.")
def command(ctx: click.Context) -> Exit:
    """Find knockouts that make MODEL produce TARGET.

    MODEL is a file (.xml, .json, .mat, .yml, each also .gz) or a packaged model (textbook, iJO1366, salmonella, mini).
    Every design is checked by plain linear programs on the whole model; the answer says whether it is proven best.
    Without --out, --json nothing is written: the table of designs goes to the terminal.

    Exit codes: 0 proven, 4 no design exists, 5 limit reached with a design, 6 limit reached without one,
    8 verification refused a design; 2 options, 3 model, 7 solver, 75 and 130 stopped.
    """
    from strainopt.cli.designing import run

    return run(ctx)
