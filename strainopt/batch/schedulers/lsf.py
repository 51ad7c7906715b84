"""IBM Spectrum LSF: `bsub`, arrays as lists of ranges in the job's name."""

from __future__ import annotations

from collections.abc import Iterator

from strainopt.batch.schedulers.job import ArrayJob, script
from strainopt.batch.status import index_list
from strainopt.errors import InterruptedRunError

__all__ = ["render"]


def render(job: ArrayJob) -> str:
    """The job script. Times are whole minutes there; an index that exits with 75 is queued again if asked to."""
    return script(job, prefix="#BSUB", directives=_directives(job), call=job.call())


def _directives(job: ArrayJob) -> Iterator[str]:
    throttle = f"%{job.max_running}" if job.max_running is not None else ""
    yield f'-J "{job.job_name}[{index_list(job.by_file)}]{throttle}"'
    yield f"-n {job.cpus}"
    hosts = "span[hosts=1]"
    if job.memory is not None:
        yield f"-M {job.memory}MB"
        hosts += f" rusage[mem={job.memory}MB]"
    yield f'-R "{hosts}"'
    if job.time is not None:
        yield f"-W {-(-job.time // 60)}"
        if job.signal_before:
            yield f"-wa USR1 -wt {-(-job.signal_before // 60)}"
    if job.partition is not None:
        yield f"-q {job.partition}"
    if job.account is not None:
        yield f"-P {job.account}"
    yield f"-o {job.logs}/{job.job_name}-%J_%I.out"
    yield "-r"
    if job.requeue:
        yield f'-Q "{InterruptedRunError.exit_code}"'
