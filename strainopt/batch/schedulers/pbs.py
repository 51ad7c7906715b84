"""PBS Professional and OpenPBS: `qsub`, an array is one range of at least two."""

from __future__ import annotations

from collections.abc import Iterator

from strainopt.batch.schedulers.job import ArrayJob, clock, script

__all__ = ["render"]


def render(job: ArrayJob) -> str:
    """The job script. PBS sends TERM at the limit and kills a little later; it has no way to ask for an earlier one.

    A single index is no array there, so that its number is written into the program's line.
    """
    if len(job.indices) > 1:
        return script(job, prefix="#PBS", directives=_directives(job), call=job.call())
    alone = str(job.indices[0])
    return script(job, prefix="#PBS", directives=_directives(job), call=job.call(task=f"index:{alone}"))


def _directives(job: ArrayJob) -> Iterator[str]:
    seen = job.by_file
    yield f"-N {job.job_name}"
    if len(job.indices) > 1:
        throttle = f"%{job.max_running}" if job.max_running is not None else ""
        yield f"-J {seen[0]}-{seen[-1]}{throttle}"
    memory = f":mem={job.memory}mb" if job.memory is not None else ""
    yield f"-l select=1:ncpus={job.cpus}{memory}"
    if job.time is not None:
        yield f"-l walltime={clock(job.time)}"
    if job.partition is not None:
        yield f"-q {job.partition}"
    if job.account is not None:
        yield f"-A {job.account}"
    yield "-j oe"
    yield f"-o {job.logs}/"
    yield "-r y"
