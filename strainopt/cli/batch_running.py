"""The work behind `run` and `batch run`: which tasks, the workers, the tables at the end, the exit code."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence

import click

from strainopt.batch.collect import Collected, collect, write_collected
from strainopt.batch.cpus import available_cpus
from strainopt.batch.parts import rows_of
from strainopt.batch.plan import Plan, Task
from strainopt.batch.run import Ran, RunSettings, run_tasks, tasks_to_do
from strainopt.batch.schedulers.index import chosen_tasks
from strainopt.batch.status import standings
from strainopt.batch.task_files import State
from strainopt.cli.batch_opening import open_config, open_plan, plan_anew
from strainopt.cli.batch_signals import EndRequest
from strainopt.cli.batch_telling import TaskProgress, show_standings
from strainopt.cli.console import stderr
from strainopt.cli.exits import Exit
from strainopt.errors import UsageError

__all__ = ["run_batch_tasks", "run_everything"]

MOST_REQUEUES = 20
"""How often an index puts itself back into the queue: a task that never fits its time must end some day."""


def run_everything(ctx: click.Context) -> Exit:
    """Run `strainopt run`."""
    checked = open_config(ctx.params["config"])
    if ctx.params["print_config"]:
        from strainopt.cli.config_printing import print_config

        print_config(checked, ctx.params["set_"], as_json=ctx.params["json"])
        return Exit.DONE
    dry = bool(ctx.params["dry_run"])
    plan = plan_anew(checked, ctx.params["set_"], out=ctx.params["out"], force=ctx.params["force"], write=not dry)
    console = stderr()
    if dry:
        show_standings(console, rows_of(standings(plan)))
        return Exit.DONE
    with EndRequest() as end:
        ran = _run(plan, plan.tasks, ctx, end)
        collected = collect(plan)
        written = write_collected(collected)
    show_standings(console, collected.standings)
    console.print(f"written: {', '.join(map(str, written))}", markup=False)
    if ctx.params["json"]:
        sys.stdout.write(json.dumps(collected.summary(), indent=2, ensure_ascii=False) + "\n")
    if ran.stopped:
        return Exit.CTRL_C if end.by_hand else Exit.STOPPED
    return _worst(ran, collected)


def run_batch_tasks(ctx: click.Context) -> Exit:
    """Run `strainopt batch run`: some tasks of a plan, as an array index or by hand."""
    opened = open_plan(ctx.params["source"], out=ctx.params["out"])
    if opened.stale:
        raise UsageError(
            "the plan is not of this configuration as it is now",
            where=str(opened.plan.file),
            hint=f"strainopt batch plan {ctx.params['source']}",
        )
    tasks = chosen_tasks(
        opened.plan,
        ctx.params["task"],
        chunk=ctx.params["chunk"],
        offset=ctx.params["task_offset"],
        index_file=ctx.params["index_file"],
    )
    with EndRequest() as end:
        ran = _run(opened.plan, tasks, ctx, end)
    if ran.stopped:
        return _stopped(ctx.params["requeue"])
    return _failure_code(ran)


def _run(plan: Plan, tasks: Sequence[Task], ctx: click.Context, end: EndRequest) -> Ran:
    todo = tasks_to_do(plan, tasks, retry_errors=ctx.params["retry_errors"])
    done = len({task.key for task in tasks}) - len(todo)
    with TaskProgress(stderr(), total=done + len(todo), done=done) as progress:

        def stop() -> bool:
            progress.tick()
            return end()

        settings = RunSettings(workers=_workers(ctx.params["workers"], todo), grace=ctx.params["grace"])
        ran = run_tasks(plan, todo, settings, stop=stop, listener=progress.hear)
    stderr().print(progress.line(), markup=False)
    return ran


def _workers(asked: int | None, tasks: Sequence[Task]) -> int:
    """What was asked for; else as many as the processors allow, at the threads that a task uses."""
    if asked is not None:
        return asked
    threads = max((task.options.threads for task in tasks), default=1)
    return max(1, min(available_cpus() // threads, len(tasks)))


def _worst(ran: Ran, collected: Collected) -> Exit:
    """0 if every task has a result that is no error; else the code of the first that has none, or is one."""
    whole = {item.task.hash for item in collected.standings if item.state is State.DONE}
    # a part that failed is no matter once the others have the result
    failed = [report for task, report in ran.failed if task.hash not in whole]
    if failed:
        return Exit(failed[0].exit_code or Exit.OUR_FAULT)
    for item in collected.standings:
        error = (item.found.document or {}).get("error")
        if isinstance(error, dict):
            return Exit(int(error.get("exit_code", Exit.OUR_FAULT)))
    return Exit.DONE if collected.complete else Exit.OUR_FAULT


def _failure_code(ran: Ran) -> Exit:
    return Exit(ran.failed[0][1].exit_code or Exit.OUR_FAULT) if ran.failed else Exit.DONE


def _stopped(requeue: str | None) -> Exit:
    """Exit code of an index that was told to end; with `requeue` it goes back into the queue."""
    if requeue == "slurm":
        _requeue_slurm()
    return Exit.RESCHEDULE if requeue == "sge" else Exit.STOPPED


def _requeue_slurm() -> None:
    """Ask for this index only: the job's id alone would mean every index of the array."""
    job, index = os.environ.get("SLURM_ARRAY_JOB_ID"), os.environ.get("SLURM_ARRAY_TASK_ID")
    name = f"{job}_{index}" if job and index else os.environ.get("SLURM_JOB_ID")
    console = stderr()
    if name is None:
        console.print("not in a Slurm job: nothing is put back into the queue", markup=False)
        return
    restarts = os.environ.get("SLURM_RESTART_COUNT", "0")
    if restarts.isdigit() and int(restarts) >= MOST_REQUEUES:
        console.print(f"{name} was started {restarts} times again; it stays out of the queue", markup=False)
        return
    words = ["scontrol", "requeue", name]
    try:
        answer = subprocess.run(words, capture_output=True, text=True, check=False, timeout=60.0)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired) as error:
        console.print(f"scontrol requeue {name}: {error}", markup=False)
        return
    if answer.returncode != 0:
        console.print(f"scontrol requeue {name}: {answer.stderr.strip()}", markup=False)
