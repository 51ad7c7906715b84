"""From what stands on the command line (a configuration, a plan, a results folder) to a plan."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from strainopt.batch.plan import PLAN, Plan, read_plan, write_plan
from strainopt.batch.status import standings
from strainopt.batch.task_files import State
from strainopt.errors import UsageError

if TYPE_CHECKING:
    from strainopt.batch.check import Checked

__all__ = ["Opened", "open_config", "open_plan", "plan_anew"]


@dataclass(frozen=True, eq=False)
class Opened:
    """A plan, and the configuration behind it where one was given."""

    plan: Plan
    checked: Checked | None
    stale: bool


def open_config(path: Path) -> Checked:
    """Read and check a configuration."""
    from strainopt.batch.check import load_config

    return load_config(path)


def open_plan(source: Path, *, out: Path | None = None) -> Opened:
    """The plan that a configuration, a plan file or a results folder stands for.

    Raises
    ------
    UsageError
        The configuration has no plan yet.
    InputError
        The plan is damaged.
    """
    if source.is_dir() or source.suffix == ".jsonl":
        return Opened(read_plan(source), None, stale=False)
    checked = open_config(source)
    folder = checked.path(checked.config.outputs.dir) if out is None else out
    if not (folder / PLAN).is_file():
        raise UsageError(
            f"{source} has no plan in {folder} yet", where=str(source), hint=f"strainopt batch plan {source}"
        )
    plan = read_plan(folder)
    digest = hashlib.sha256(checked.document.text.encode("utf-8")).hexdigest()
    return Opened(plan, checked, stale=any(task.config_sha256 != digest for task in plan.tasks))


def plan_anew(
    checked: Checked, given: Sequence[str], *, out: Path | None, force: bool = False, write: bool = True
) -> Plan:
    """Make the plan of a configuration and write it.

    Raises
    ------
    ConfigError
        What is wrong with the configuration.
    UsageError
        Tasks of an earlier, different plan are running: its numbers must not change under them.
    """
    from strainopt.batch.expand import make_plan
    from strainopt.batch.layers import overrides

    plan = make_plan(checked, over=overrides(given), folder=out)
    if not force and plan.file.is_file():
        before = read_plan(plan.file)
        same = [task.hash for task in before.tasks] == [task.hash for task in plan.tasks]
        if not same and any(item.state is State.RUNNING for item in standings(before)):
            raise UsageError(
                "tasks of the earlier plan are running, and the new one would number them otherwise",
                where=str(plan.file),
                hint="wait for them, plan elsewhere (--out), or give --force if none of them is from an array",
            )
    if write:
        write_plan(plan)
    return plan
