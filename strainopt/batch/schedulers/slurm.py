"""Slurm: `sbatch`, arrays as lists of ranges."""

from __future__ import annotations

from collections.abc import Iterator

from strainopt.batch.schedulers.job import ArrayJob, clock, script
from strainopt.batch.status import index_list

__all__ = ["render"]


def render(job: ArrayJob) -> str:
    """The batch script.

    `B:` sends the warning to the batch shell only, which `exec` has replaced by the program; without `exec` a trap
    would wait until the program ends. `--requeue` lets Slurm start an index again after its node is lost.
    """
    more = ("--requeue", "slurm") if job.requeue else ()
    return script(job, prefix="#SBATCH", directives=_directives(job), call=job.call(more=more))


def _directives(job: ArrayJob) -> Iterator[str]:
    throttle = f"%{job.max_running}" if job.max_running is not None else ""
    yield f"--job-name={job.job_name}"
    yield f"--array={index_list(job.by_file)}{throttle}"
    if job.time is not None:
        yield f"--time={clock(job.time)}"
    if job.memory is not None:
        yield f"--mem={job.memory}M"
    yield f"--cpus-per-task={job.cpus}"
    if job.partition is not None:
        yield f"--partition={job.partition}"
    if job.account is not None:
        yield f"--account={job.account}"
    yield f"--output={job.logs}/%x-%A_%a.out"
    yield "--open-mode=append"
    yield "--requeue"
    if job.signal_before:
        yield f"--signal=B:USR1@{job.signal_before}"
