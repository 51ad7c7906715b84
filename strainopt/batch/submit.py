"""From a plan and the cluster settings to array jobs, and their submission."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from strainopt.batch.plan import Plan
from strainopt.batch.schedulers import lsf, pbs, sge, slurm
from strainopt.batch.schedulers.job import ArrayJob
from strainopt.errors import UsageError
from strainopt.report.files import write_text

if TYPE_CHECKING:
    from strainopt.batch.schema import Cluster

__all__ = ["RENDERERS", "Submitted", "array_jobs", "render", "submit"]

RENDERERS: Final[Mapping[str, Callable[[ArrayJob], str]]] = {
    "lsf": lsf.render,
    "pbs": pbs.render,
    "sge": sge.render,
    "slurm": slurm.render,
}
_ONE_RANGE: Final = frozenset({"sge", "pbs"})
"""Schedulers whose arrays are one range."""

_PROGRAMS: Final = {"slurm": "sbatch", "sge": "qsub", "pbs": "qsub", "lsf": "bsub"}
JOBS: Final = "jobs"
PATIENCE: Final = 300.0
"""Seconds for a scheduler's answer to a submission."""


@dataclass(frozen=True)
class Submitted:
    """A job that a scheduler took: its id as the scheduler calls it."""

    scheduler: str
    id: str
    script: Path


def array_jobs(plan: Plan, cluster: Cluster, *, numbers: Sequence[int]) -> tuple[ArrayJob, ...]:
    """The jobs that cover some tasks of a plan; more than one where an array may only have so many indices.

    Parameters
    ----------
    plan : Plan
        Its folder must be visible on the nodes under the same path.
    cluster : Cluster
        What is asked of the scheduler.
    numbers : sequence of int
        Of the tasks.

    Raises
    ------
    UsageError
        There is nothing to submit.
    """
    indices = sorted({(number - 1) // cluster.chunk + 1 for number in numbers})
    if not indices:
        raise UsageError("every task is done", where="batch submit", hint="collect: strainopt batch collect CONFIG")
    size = cluster.array_size or len(indices)
    folder = plan.folder.resolve()
    threads = max(task.options.threads for task in plan.tasks)
    jobs = []
    for part, start in enumerate(range(0, len(indices), size)):
        mine = tuple(indices[start : start + size])
        offset = mine[0] - 1 if cluster.array_size is not None and mine[-1] > cluster.array_size else 0
        seen = tuple(index - offset for index in mine)
        listed = cluster.scheduler in _ONE_RANGE and len(seen) != seen[-1] - seen[0] + 1
        listed = listed or (cluster.array_size is not None and seen[-1] > cluster.array_size)
        jobs.append(
            ArrayJob(
                plan=folder / plan.file.name,
                logs=folder / "logs",
                indices=mine if listed else seen,
                chunk=cluster.chunk,
                offset=0 if listed else offset,
                index_file=folder / JOBS / f"indices-{part + 1}.txt" if listed else None,
                time=cluster.time,
                memory=cluster.memory,
                cpus=cluster.cpus,
                workers=max(1, cluster.cpus // threads),
                max_running=cluster.max_running,
                partition=cluster.partition,
                account=cluster.account,
                job_name=cluster.job_name,
                parallel_environment=cluster.parallel_environment,
                signal_before=cluster.signal_before,
                requeue=cluster.requeue,
                command=cluster.command,
                prologue=cluster.prologue,
                extra=cluster.extra,
                skip=cluster.skip,
            )
        )
    return tuple(jobs)


def render(job: ArrayJob, *, scheduler: str) -> str:
    """The script of a job; the same for the same job."""
    return RENDERERS[scheduler](job)


def submit(job: ArrayJob, *, scheduler: str, part: int = 1) -> Submitted:
    """Write the script beside the plan and hand it to the scheduler.

    Raises
    ------
    UsageError
        The scheduler is not installed here, refused the script (what it said is in the message), or gave no answer.
    """
    program = _PROGRAMS[scheduler]
    if shutil.which(program) is None:
        raise UsageError(
            f"{program} is not found here", where="--submit", hint="submit on a login node, or print the script"
        )
    folder = job.plan.parent / JOBS
    for needed in (folder, job.logs):
        needed.mkdir(parents=True, exist_ok=True)
    if job.index_file is not None:
        write_text(job.index_file, "".join(f"{index}\n" for index in job.indices))
    path = folder / f"submit-{part}.sh"
    text = render(job, scheduler=scheduler)
    write_text(path, text)
    words = [program, "--parsable", str(path)] if scheduler == "slurm" else [program]
    words = [program, "-terse", str(path)] if scheduler == "sge" else words
    words = [program, str(path)] if scheduler == "pbs" else words
    given = text if scheduler == "lsf" else None
    try:
        answer = subprocess.run(  # noqa: S603 - the scheduler's own program, with our script
            words, input=given, capture_output=True, text=True, check=False, timeout=PATIENCE
        )
    except subprocess.TimeoutExpired as late:
        raise UsageError(
            f"{program} gave no answer within {PATIENCE:g} s", where=str(path),
            why="the scheduler may be down or busy; whether it took the job is not known",
            hint="look at your jobs before submitting again",
        ) from late  # fmt: skip
    if answer.returncode != 0:
        raise UsageError(
            f"{program} refused the job", where=str(path), why=answer.stderr.strip() or answer.stdout.strip(),
            hint="see cluster.extra and cluster.skip for what this site wants",
        )  # fmt: skip
    made = Submitted(scheduler, _job_id(answer.stdout, scheduler), path)
    told = {"scheduler": scheduler, "id": made.id, "tasks": job.tasks_by_index()}
    write_text(folder / f"{re.sub(r'[^0-9A-Za-z.]', '_', made.id)}.json", json.dumps(told) + "\n")
    return made


def _job_id(text: str, scheduler: str) -> str:
    if scheduler == "slurm":
        return text.strip().partition(";")[0]
    if scheduler == "sge":
        return text.strip().partition(".")[0]
    if scheduler == "lsf":
        found = re.search(r"<(\d+)>", text)
        return found[1] if found else text.strip()
    return text.strip()
