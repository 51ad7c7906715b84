"""Grid Engine (SGE, UGE, OGE): `qsub`, an array is one range from 1."""

from __future__ import annotations

from collections.abc import Iterator

from strainopt.batch.schedulers.job import ArrayJob, clock, script

__all__ = ["render"]


def render(job: ArrayJob) -> str:
    """The job script.

    `s_rt` sends USR1 before `h_rt` kills; memory is asked per slot; a job that exits with 99 is queued again.
    """
    more = ("--requeue", "sge") if job.requeue else ()
    return script(job, prefix="#$", directives=_directives(job), call=job.call(more=more))


def _directives(job: ArrayJob) -> Iterator[str]:
    seen = job.by_file
    yield "-S /bin/bash"
    yield f"-N {job.job_name}"
    yield f"-t {seen[0]}-{seen[-1]}"
    if job.max_running is not None:
        yield f"-tc {job.max_running}"
    if job.time is not None:
        yield f"-l h_rt={clock(job.time)}"
        if 0 < job.signal_before < job.time:
            yield f"-l s_rt={clock(job.time - job.signal_before)}"
    if job.memory is not None:
        yield f"-l h_vmem={-(-job.memory // job.cpus)}M"
    if job.cpus > 1:
        yield f"-pe {job.parallel_environment} {job.cpus}"
    if job.partition is not None:
        yield f"-q {job.partition}"
    if job.account is not None:
        yield f"-P {job.account}"
    yield "-j y"
    yield f"-o {job.logs}"
    yield "-r y"
    if job.signal_before:
        yield "-notify"
