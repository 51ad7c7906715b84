"""Where every task of a plan stands, read from its files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from strainopt.batch.plan import Plan, Task
from strainopt.batch.task_files import Folders, State, TaskState, task_state

__all__ = ["Standing", "counts", "index_list", "standings", "to_do"]


@dataclass(frozen=True, eq=False)
class Standing:
    """A task and where it stands."""

    task: Task
    found: TaskState

    @property
    def state(self) -> State:
        """Done, running, and so on."""
        return self.found.state

    @property
    def status(self) -> str:
        """The status of the result, or of the best design so far; empty without either."""
        return "" if self.found.document is None else str(self.found.document["status"])


def standings(plan: Plan) -> tuple[Standing, ...]:
    """One per task, in the order of the plan; tasks that ask the same share their files."""
    folders = Folders(plan)
    known: dict[tuple[str, int], TaskState] = {}
    for task in plan.tasks:
        if task.key not in known:
            known[task.key] = task_state(folders.of(task), task)
    return tuple(Standing(task, known[task.key]) for task in plan.tasks)


def counts(found: Iterable[Standing]) -> dict[str, int]:
    """How many tasks are in each state; all states, in their order."""
    counted = Counter(item.state for item in found)
    return {state.value: counted[state] for state in State}


def to_do(found: Iterable[Standing]) -> tuple[int, ...]:
    """Numbers of the tasks that a resubmission should have."""
    return tuple(item.task.number for item in found if item.state.to_do)


def index_list(numbers: Sequence[int], *, chunk: int = 1, offset: int = 0) -> str:
    """Array indices of some tasks as schedulers take them: `3,7-9`.

    Parameters
    ----------
    numbers : sequence of int
        Of tasks, from 1.
    chunk : int
        Tasks per index.
    offset : int
        Taken from every index.
    """
    indices = sorted({(number - 1) // chunk + 1 - offset for number in numbers})
    parts: list[str] = []
    start = 0
    for at, index in enumerate(indices):
        if at + 1 == len(indices) or indices[at + 1] != index + 1:
            first = indices[start]
            parts.append(str(first) if first == index else f"{first}-{index}")
            start = at + 1
    return ",".join(parts)
