"""strainopt inspect."""

from __future__ import annotations

import click

from strainopt.cli import options
from strainopt.cli.exits import Exit
from strainopt.cli.page import page


@page
@options.scenario_options
@options.knockouts_option(text="Deleted beforehand (reactions, or genes with --level gene).")
@options.target_option(required=False)
@options.candidate_options
@options.linear_solver_option
@options.folder_options
def command(ctx: click.Context) -> Exit:
    """Look at MODEL in its scenario: sizes, objective, medium, growth, candidates for deletion, findings.

    With --target also how much of it can be made. Exit code 3 if a finding is an error.
    """
    from strainopt.cli.inspecting import run

    return run(ctx)
