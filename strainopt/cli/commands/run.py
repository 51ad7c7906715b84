"""strainopt run."""

from __future__ import annotations

import click

from strainopt.cli.batch_options import config_argument, config_page, place_options, run_options, set_option
from strainopt.cli.exits import Exit
from strainopt.cli.options import option


@config_page
@config_argument
@set_option
@place_options
@run_options
@option("--dry-run", is_flag=True, help="Show the tasks; run nothing, write nothing.")
@option("--force", is_flag=True, help="Plan again although tasks of an earlier plan are running.")
@option("--json", is_flag=True, help="Print the summary on stdout.")
def command(ctx: click.Context) -> Exit:
    """Plan, run and collect everything that CONFIG (YAML) asks for, on this machine.

    Finished tasks are skipped, so that the same command goes on where it was stopped. A task that fails never stops
    the others. Results: results.tsv and its like, summary.json, and a folder for each task.

    Exit codes: 0 every task has a result that is no error (whatever its status), else the code of the first failure;
    2 configuration, 75 and 130 stopped and resumable.
    """
    from strainopt.cli.batch_running import run_everything

    return run_everything(ctx)
