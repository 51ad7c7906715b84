"""Overheads of batches: planning and collecting 1,000 tasks, and what a local task costs beside its search.

python benchmarks/batch.py [--write]     # --write: benchmarks/results/batch.md
"""

from __future__ import annotations

import argparse
import itertools
import json
import statistics
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from strainopt.batch.check import check_text
from strainopt.batch.collect import collect, write_collected
from strainopt.batch.expand import make_plan
from strainopt.batch.plan import Plan, content_hash, read_plan, write_plan
from strainopt.batch.run import RunSettings, run_tasks
from strainopt.batch.task_files import Folders

SMALL = 40
COUNT = 1000


def planned(folder: Path) -> tuple[float, float]:
    targets = ", ".join(f"EX_{at}" for at in range(20))
    seeds = ", ".join(map(str, range(10)))
    axes = f"  target: [{targets}]\n  max_knockouts: [1, 2, 3, 4, 5]\n  seed: [{seeds}]\n"
    text = f"version: 1\nmatrix:\n  model: textbook\n{axes}"
    started = time.perf_counter()
    plan = make_plan(check_text(text, file="f", folder=folder))
    write_plan(plan)
    from_matrix = time.perf_counter() - started
    assert len(plan.tasks) == COUNT
    runs = "".join(f"  - {{name: r{at}, model: textbook, target: EX_{at}, seed: {at}}}\n" for at in range(COUNT))
    started = time.perf_counter()
    write_plan(make_plan(check_text(f"version: 1\nruns:\n{runs}", file="f", folder=folder / "b")))
    return from_matrix, time.perf_counter() - started


def small_tasks(folder: Path) -> Plan:
    seeds = ", ".join(map(str, range(SMALL)))
    text = (
        "version: 1\ndefaults: {model: textbook, target: EX_succ_e, max_knockouts: 1, bounds: {EX_o2_e: [0, ~]}}\n"
        f"matrix: {{seed: [{seeds}]}}\n"
    )
    plan = make_plan(check_text(text, file="f", folder=folder / "small"))
    write_plan(plan)
    return plan


def ran(plan: Plan) -> tuple[float, float, float]:
    """Per task, beside the search: in the worker, and between tasks; and the first one's start."""
    inside: list[float] = []
    searching: list[float] = []
    ends: list[float] = []
    started = time.perf_counter()

    def hear(_: object, report: object) -> None:
        ends.append(time.perf_counter())
        inside.append(report.overhead)  # type: ignore[attr-defined]
        searching.append(report.seconds - report.overhead)  # type: ignore[attr-defined]

    run_tasks(plan, plan.tasks, RunSettings(workers=1), listener=hear)
    walls = [after - before for before, after in itertools.pairwise(ends)]
    beside = [wall - search for wall, search in zip(walls, searching[1:], strict=True)]
    return statistics.median(inside[1:]), statistics.median(beside), ends[0] - started


def collected(plan: Plan, folder: Path) -> float:
    first = plan.tasks[0]
    document = json.loads((Folders(plan).of(first) / "result.json").read_text())
    tasks = []
    for number in range(1, COUNT + 1):
        options = replace(first.options, seed=number)
        digest = content_hash(options, model_sha256=first.model_sha256)
        task = replace(first, number=number, name=f"t{number}", hash=digest, options=options)
        where = folder / "tasks" / task.folder_name
        where.mkdir(parents=True)
        told = {**document, "task": {**document["task"], "hash": digest}}
        (where / "result.json").write_text(json.dumps(told, indent=2))
        tasks.append(task)
    write_plan(Plan(folder, tuple(tasks)))
    started = time.perf_counter()
    write_collected(collect(read_plan(folder)))
    return time.perf_counter() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        from_matrix, from_runs = planned(folder)
        plan = small_tasks(folder)
        inside, beside, first = ran(plan)
        gathering = collected(plan, folder / "many")
    rows = [
        ("planning 1,000 tasks of a matrix", from_matrix, "2 s"),
        ("planning 1,000 named runs", from_runs, "2 s"),
        ("collecting 1,000 results (TSV, JSON, summary)", gathering, "5 s"),
        ("a local task beside its search, in the worker (files, hashes)", inside, ""),
        ("a local task beside its search, all in all (wall, median)", beside, "0.05 s"),
        ("start of a worker until its first task is done", first, ""),
    ]
    text = "| what | seconds | wanted below |\n|---|---|---|\n"
    text += "".join(f"| {what} | {seconds:.3f} | {wanted} |\n" for what, seconds, wanted in rows)
    print(text)
    if given.write:
        head = "# Overheads of batches\n\n`python benchmarks/batch.py --write`; two shared cores, Python 3.11.\n\n"
        (Path(__file__).parent / "results" / "batch.md").write_text(head + text)


if __name__ == "__main__":
    main()
