"""strainopt batch: plan, run, submit, status, collect, prepare."""

from __future__ import annotations

from pathlib import Path

import click

from strainopt.cli.batch_options import (
    ConfigPage,
    config_argument,
    place_options,
    run_options,
    set_option,
    source_argument,
)  # fmt: skip
from strainopt.cli.exits import Exit
from strainopt.cli.options import option
from strainopt.cli.params import Count, OneOf


@click.group(name="batch")
def command() -> None:
    """Many designs from one YAML file: as an array job on a cluster, or piece by piece.

    CONFIG is a YAML file; `run`, `status`, `collect` and `prepare` also take its plan.jsonl or its results folder.
    """


@command.command(name="plan", cls=ConfigPage)
@config_argument
@set_option
@place_options
@option("--force", is_flag=True, help="Plan again although tasks of an earlier plan are running.")
@option("--json", is_flag=True, help="Print a document on stdout.")
def plan(ctx: click.Context) -> Exit:
    """Freeze CONFIG into plan.jsonl: numbered tasks with all effective options; show them and what is done already."""
    from strainopt.cli.batch_work import run_plan

    return run_plan(ctx)


@command.command(name="run", cls=ConfigPage)
@source_argument
@place_options
@option(
    "--task",
    metavar="auto|all|LIST",
    default="all",
    show_default=True,
    help="auto: the array index of the scheduler; or numbers: 3,7-9.",
)
@option("--chunk", type=Count(), default=1, show_default=True, help="Tasks per array index.")
@click.option("--task-offset", type=int, default=0, show_default=True, help="Added to the array index.")
@click.option("--index-file", type=click.Path(path_type=Path), help="Line i holds the index that i stands for.")
@run_options
@click.option(
    "--requeue",
    type=OneOf(("slurm", "sge")),
    help="Put an interrupted index back into the queue: by scontrol, or by exit code 99.",
)
def run(ctx: click.Context) -> Exit:
    """Run tasks of a plan, as an array index does.

    SIGTERM, SIGUSR1, SIGUSR2, SIGXCPU and Ctrl-C: the best designs so far are written, and the exit code is 75; the
    same command does the rest later. Exit code 0 once every task has a result, whatever its status.
    """
    from strainopt.cli.batch_running import run_batch_tasks

    return run_batch_tasks(ctx)


@command.command(name="submit", cls=ConfigPage)
@config_argument
@set_option
@place_options
@option("--scheduler", type=OneOf(("slurm", "sge", "pbs", "lsf")), help="Instead of cluster.scheduler.")
@click.option("--print/--submit", "print_", default=True, help="Print the script (default), or hand it in.")
@option("--force", is_flag=True, help="Plan again although tasks of an earlier plan are running.")
@option("--json", is_flag=True, help="Print the job's id on stdout.")
def submit(ctx: click.Context) -> Exit:
    """Write the array job for every task that is not done yet, and with --submit hand it to the scheduler."""
    from strainopt.cli.batch_work import run_submit

    return run_submit(ctx)


@command.command(name="status", cls=ConfigPage)
@source_argument
@place_options
@option("--json", is_flag=True, help="Print a document on stdout.")
def status(ctx: click.Context) -> Exit:
    """Say which tasks are done, running, interrupted, failed, corrupt or missing, and why; from their files."""
    from strainopt.cli.batch_work import run_status

    return run_status(ctx)


@command.command(name="collect", cls=ConfigPage)
@source_argument
@place_options
@option("--missing", is_flag=True, help="Only print the array indices to submit again.")
@option("--chunk", type=Count(), default=1, show_default=True, help="Tasks per array index, for --missing.")
@click.option("--formats", metavar="LIST", help="From tsv, csv, json, parquet. [default: outputs.formats]")
@option("--json", is_flag=True, help="Print the summary on stdout.")
def collect(ctx: click.Context) -> Exit:
    """Join all results into results.tsv (or .csv, .json, .parquet) and summary.json; as often as you like."""
    from strainopt.cli.batch_work import run_collect

    return run_collect(ctx)


@command.command(name="prepare", cls=ConfigPage)
@source_argument
@place_options
def prepare(ctx: click.Context) -> Exit:
    """Read every model once and leave it parsed for all tasks, as `submit --submit` does; reduce each scenario that
    several tasks ask about, which else the first of them does.
    """
    from strainopt.cli.batch_work import run_prepare

    return run_prepare(ctx)
