"""How many processors this process may use: scheduler, affinity and container limits, in that order."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

__all__ = ["available_cpus"]

_GRANTED: Final = ("SLURM_CPUS_PER_TASK", "NSLOTS", "NCPUS", "PBS_NCPUS", "LSB_DJOB_NUMPROC", "OAR_NB_CPUS")
"""Set by schedulers; the first only where --cpus-per-task was given."""

_IN_A_JOB: Final = ("SLURM_JOB_ID", "JOB_ID", "PBS_JOBID", "LSB_JOBID", "OAR_JOB_ID")


def available_cpus(environment: Mapping[str, str] | None = None, *, cgroup: Path = Path("/sys/fs/cgroup")) -> int:
    """Processors for this process, at least one.

    Inside a job that does not say how many were granted, one: taking all of a shared node harms others.

    Parameters
    ----------
    environment : mapping, optional
        Instead of the process's own.
    cgroup : Path
        Where control groups are mounted.
    """
    seen = os.environ if environment is None else environment
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    allowed = min(allowed, _quota(cgroup))
    for name in _GRANTED:
        text = seen.get(name, "")
        if text.isdigit() and int(text) > 0:
            return max(1, min(int(text), allowed))
    if any(name in seen for name in _IN_A_JOB):
        return 1
    return max(1, allowed)


def _quota(cgroup: Path) -> int:
    """Whole processors of the control group's quota; no limit is a large number."""
    no_limit = 2**16
    try:
        quota, period = (cgroup / "cpu.max").read_text(encoding="ascii").split()
        return no_limit if quota == "max" else max(1, math.floor(int(quota) / int(period)))
    except (OSError, ValueError):
        pass
    try:
        quota = (cgroup / "cpu" / "cpu.cfs_quota_us").read_text(encoding="ascii")
        period = (cgroup / "cpu" / "cpu.cfs_period_us").read_text(encoding="ascii")
        return no_limit if int(quota) <= 0 else max(1, math.floor(int(quota) / int(period)))
    except (OSError, ValueError):
        return no_limit
