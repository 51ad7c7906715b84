"""The work behind `batch plan`, `submit`, `status`, `collect` and `prepare`."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from strainopt.batch.cache import Models, prepare_models
from strainopt.batch.collect import collect, write_collected
from strainopt.batch.groundwork import prepare_scenarios
from strainopt.batch.plan import CACHE, Plan
from strainopt.batch.status import Standing, counts, index_list, standings, to_do
from strainopt.batch.submit import array_jobs, render, submit
from strainopt.cli.batch_opening import Opened, open_config, open_plan, plan_anew
from strainopt.cli.batch_telling import show_standings, show_states
from strainopt.cli.console import stderr
from strainopt.cli.exits import Exit
from strainopt.errors import UsageError

__all__ = ["run_collect", "run_plan", "run_prepare", "run_status", "run_submit"]


def run_plan(ctx: click.Context) -> Exit:
    """Run `batch plan`."""
    checked = open_config(ctx.params["config"])
    if ctx.params["print_config"]:
        from strainopt.cli.config_printing import print_config

        print_config(checked, ctx.params["set_"], as_json=ctx.params["json"])
        return Exit.DONE
    plan = plan_anew(checked, ctx.params["set_"], out=ctx.params["out"], force=ctx.params["force"])
    found = standings(plan)
    console = stderr()
    show_standings(console, found, parts=True)
    console.print(f"{plan.file}: {_counted(found)}", markup=False)
    if ctx.params["json"]:
        _write_json(_standings_json(plan, found))
    return Exit.DONE


def run_submit(ctx: click.Context) -> Exit:
    """Run `batch submit`: print the scripts, or hand them to the scheduler."""
    path = ctx.params["config"]
    checked = open_config(path)
    plan = plan_anew(checked, ctx.params["set_"], out=ctx.params["out"], force=ctx.params["force"])
    cluster = checked.config.cluster
    if ctx.params["scheduler"] is not None:
        cluster = cluster.model_copy(update={"scheduler": ctx.params["scheduler"]})
    jobs = array_jobs(plan, cluster, numbers=to_do(standings(plan)))
    console = stderr()
    if ctx.params["print_"]:
        for job in jobs:
            sys.stdout.write(render(job, scheduler=cluster.scheduler))
        sys.stdout.flush()
        tasks = sum(len(job.indices) for job in jobs) * cluster.chunk
        console.print(f"{len(jobs)} array of at most {tasks} tasks; --submit hands it in", markup=False)
        return Exit.DONE
    prepare_models(plan)
    for part, job in enumerate(jobs, start=1):
        made = submit(job, scheduler=cluster.scheduler, part=part)
        console.print(f"submitted {made.id} ({len(job.indices)} indices): {made.script}", markup=False)
        if ctx.params["json"]:
            _write_json({"scheduler": made.scheduler, "id": made.id, "script": str(made.script)})
    return Exit.DONE


def run_status(ctx: click.Context) -> Exit:
    """Run `batch status`."""
    opened = _opened(ctx)
    found = standings(opened.plan)
    queue = _queue(opened.plan)
    show_states(stderr(), found, queue=queue, parts=True)
    if ctx.params["json"]:
        _write_json(_standings_json(opened.plan, found))
    return Exit.DONE


def run_collect(ctx: click.Context) -> Exit:
    """Run `batch collect`."""
    opened = _opened(ctx)
    if ctx.params["missing"]:
        numbers = to_do(standings(opened.plan))
        sys.stdout.write(index_list(numbers, chunk=ctx.params["chunk"]) + "\n" if numbers else "")
        return Exit.DONE
    collected = collect(opened.plan)
    formats = ctx.params["formats"].split(",") if ctx.params["formats"] else None
    written = write_collected(collected, formats=formats)
    console = stderr()
    show_states(console, collected.standings)
    console.print(f"written: {', '.join(map(str, written))}", markup=False)
    if ctx.params["json"]:
        _write_json(collected.summary())
    return Exit.DONE


def run_prepare(ctx: click.Context) -> Exit:
    """Run `batch prepare`."""
    opened = _opened(ctx)
    console = stderr()
    for path in prepare_models(opened.plan):
        console.print(f"ready: {path}", markup=False, soft_wrap=True)
    for path in prepare_scenarios(opened.plan, Models(opened.plan.folder / CACHE)):
        console.print(f"ready: {path}", markup=False, soft_wrap=True)
    return Exit.DONE


def _opened(ctx: click.Context) -> Opened:
    opened = open_plan(ctx.params["source"], out=ctx.params["out"])
    if opened.stale:
        stderr().print(
            f"the plan {opened.plan.file} is not of this configuration as it is now; it stays until you plan again",
            markup=False,
        )
    return opened


def _counted(found: Sequence[Standing]) -> str:
    return f"{len(found)} tasks, " + ", ".join(f"{count} {state}" for state, count in counts(found).items() if count)


def _standings_json(plan: Plan, found: Sequence[Standing]) -> Mapping[str, object]:
    return {
        "plan": str(plan.file),
        "states": counts(found),
        "missing": index_list(to_do(found)),
        "tasks": [
            {
                "task": item.task.number,
                "name": item.task.name,
                "part": item.task.part,
                "parts": item.task.parts,
                "hash": item.task.hash,
                "state": item.state.value,
                "status": item.status,
                "reason": item.found.reason,
            }
            for item in found
        ],
    }


def _queue(plan: Plan) -> Mapping[int, str] | None:
    """What Slurm says of the tasks of jobs that were submitted from here; None where it does not answer."""
    if shutil.which("squeue") is None:
        return None
    told: dict[int, str] = {}
    answered = False
    for record in _jobs(plan.folder / "jobs"):
        words = ["squeue", "-h", "-r", "-t", "all", "-j", str(record["id"]), "-o", "%K %T"]
        try:
            answer = subprocess.run(words, capture_output=True, text=True, check=False, timeout=10.0)  # noqa: S603
        except (OSError, subprocess.TimeoutExpired):
            continue
        answered = answered or answer.returncode == 0
        for line in answer.stdout.splitlines():
            index, _, state = line.partition(" ")
            first, last = record["tasks"].get(index, (1, 0))
            told.update(dict.fromkeys(range(first, last + 1), state.strip()))
    return told if answered else None


def _jobs(folder: Path) -> Iterable[Mapping[str, Any]]:
    for path in sorted(folder.glob("*.json")) if folder.is_dir() else ():
        try:
            record = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise UsageError("the note of a submitted job cannot be read", where=str(path), why=str(error)) from error
        if record.get("scheduler") == "slurm":
            yield record


def _write_json(document: Mapping[str, object]) -> None:
    sys.stdout.write(json.dumps(document, indent=2, ensure_ascii=False) + "\n")
