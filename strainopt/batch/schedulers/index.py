"""Which part of the plan a running job is for: the scheduler's array index, and the tasks that it stands for."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from strainopt.batch.plan import Plan, Task
from strainopt.errors import InputError, UsageError

__all__ = ["array_index", "chosen_tasks"]

_VARIABLES: Final = (
    "SLURM_ARRAY_TASK_ID",
    "PBS_ARRAY_INDEX",
    "PBS_ARRAYID",
    "MOAB_JOBARRAYINDEX",
    "SGE_TASK_ID",
    "LSB_JOBINDEX",
    "OAR_ARRAY_INDEX",
)


def array_index(environment: Mapping[str, str] | None = None) -> int:
    """The index that the scheduler gave this job.

    Grid Engine says "undefined", and LSF 0, in jobs that are no arrays.

    Raises
    ------
    UsageError
        There is none, it is no number, or two schedulers say different ones.
    """
    seen = os.environ if environment is None else environment
    found = {name: seen[name] for name in _VARIABLES if seen.get(name, "").strip() not in ("", "undefined")}
    if found.get("LSB_JOBINDEX") == "0":
        del found["LSB_JOBINDEX"]
    told = ", ".join(f"{name}={value}" for name, value in found.items())
    if not found:
        raise UsageError(
            "no array index is known here", where="--task auto", why=f"none of {', '.join(_VARIABLES)} is set",
            hint="run inside an array job, or say which: --task 7",
        )  # fmt: skip
    if len(set(found.values())) > 1:
        raise UsageError("two schedulers say different indices", where="--task auto", why=told, hint="give --task N")
    text = next(iter(found.values()))
    if not text.isascii() or not text.isdigit():
        raise UsageError("the array index is no number", where="--task auto", why=told, hint="give --task N")
    return int(text)


def chosen_tasks(
    plan: Plan,
    spec: str,
    *,
    chunk: int = 1,
    offset: int = 0,
    index_file: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> tuple[Task, ...]:
    """Tasks of the plan.

    Parameters
    ----------
    plan : Plan
        Tasks count from 1.
    spec : str
        `all`; numbers and ranges such as `3,7-9`; `auto` for the index of the scheduler, or `index:N` for a given one.
    chunk : int
        Tasks per index.
    offset : int
        Added to the scheduler's index.
    index_file : Path, optional
        Line i holds the index that the scheduler's i stands for.
    environment : mapping, optional
        Instead of the process's own.

    Raises
    ------
    UsageError
        Not of this form, or beyond the plan.
    """
    if spec == "all":
        return plan.tasks
    if spec == "auto" or spec.startswith("index:"):
        index = array_index(environment) if spec == "auto" else _number(spec.removeprefix("index:"))
        if index_file is not None and spec == "auto":
            index = _mapped(index_file, index)
        index += offset
        first = (index - 1) * chunk
        if index < 1 or first >= len(plan.tasks):
            last = -(-len(plan.tasks) // chunk)
            raise UsageError(
                f"index {index} is beyond the plan", where="--task", why=f"it has indices 1 to {last} of {chunk} tasks",
                hint="submit as many indices as the plan has; for an array from 0 give --task-offset 1",
            )  # fmt: skip
        return plan.tasks[first : first + chunk]
    numbers = [number for part in spec.split(",") for number in _range(part)]
    beyond = [number for number in numbers if not 1 <= number <= len(plan.tasks)]
    if beyond:
        raise UsageError(f"there is no task {beyond[0]}", where="--task", hint=f"the plan has 1 to {len(plan.tasks)}")
    return tuple(plan.tasks[number - 1] for number in dict.fromkeys(numbers))


def _range(text: str) -> Sequence[int]:
    first, dash, last = text.strip().partition("-")
    start = _number(first)
    return range(start, (_number(last) if dash else start) + 1)


def _number(text: str) -> int:
    if not text.strip().isascii() or not text.strip().isdigit():
        raise UsageError(f"'{text}' is no task number", where="--task", hint="auto, all, 7, or 3,7-9")
    return int(text)


def _mapped(path: Path, index: int) -> int:
    try:
        lines = path.read_text(encoding="ascii").split()
        return int(lines[index - 1])
    except (OSError, ValueError, IndexError) as error:
        raise InputError(
            f"the list of indices has no entry {index}", where=str(path), why=str(error), hint="submit again"
        ) from error
