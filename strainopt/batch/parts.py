"""One question as several tasks: which questions can be, and the row of the table that their files make."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any, Final

from strainopt.batch.status import Standing
from strainopt.batch.task_files import State, TaskState
from strainopt.design.options import DesignOptions

__all__ = ["LONG_SEARCH", "divides", "rows_of", "whole_because"]

LONG_SEARCH: Final = 3
"""Knockouts from which the search's state is worth keeping, and sharing; smaller searches are over before."""

_URGENT: Final = (State.RUNNING, State.CORRUPT, State.FAILED, State.INTERRUPTED, State.MISSING, State.DONE)
"""What a row without a result says of itself: that somebody works on it, else the worst of its parts."""


def whole_because(options: DesignOptions) -> str:
    """Why a question cannot be split; empty where it can."""
    if options.engine not in ("auto", "benders"):
        return f"engine {options.engine} shares nothing; leave `engine` out, or say benders"
    if options.engine == "auto" and options.solver not in (None, "glpk"):
        return f"with solver {options.solver} the engine is milp, which shares nothing; say `engine: benders`"
    if options.max_knockouts < LONG_SEARCH:
        return f"a search of fewer than {LONG_SEARCH} knockouts is over before it could be shared"
    return ""


def divides(options: DesignOptions) -> bool:
    """Whether several processes can share the search for this question's answer."""
    return not whole_because(options)


def rows_of(standings: Iterable[Standing]) -> tuple[Standing, ...]:
    """One standing per row: as they are, those of a split question's parts joined."""
    rows = []
    for _, parts in groupby(standings, key=lambda item: item.task.row):
        mine = tuple(parts)
        rows.append(mine[0] if len(mine) == 1 else Standing(mine[0].task, _joined(mine)))
    return tuple(rows)


def _joined(parts: Sequence[Standing]) -> TaskState:
    """The result that all parts have in common; without one, the best design of any part, and what is wrong."""
    first = parts[0]
    if all(item.state is State.DONE for item in parts):
        return first.found
    worst = min(parts, key=lambda item: _URGENT.index(item.state))
    told = [f"part {item.task.part}: {item.found.reason}" for item in parts if item.found.reason]
    count = sum(item.state is worst.state for item in parts)
    reason = "; ".join([f"{count} of {len(parts)} parts {worst.state.value}", *told])
    return TaskState(worst.state, _best([item.found.document for item in parts]), reason)


def _best(documents: Iterable[Mapping[str, Any] | None]) -> Mapping[str, Any] | None:
    """The one with the best design."""
    known = [document for document in documents if document is not None]
    return max(known, key=_objective, default=None)


def _objective(document: Mapping[str, Any]) -> float:
    value = document.get("objective")
    return float(value) if isinstance(value, (int, float)) else float("-inf")
