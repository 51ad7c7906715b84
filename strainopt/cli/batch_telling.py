"""What a batch looks like: progress over tasks, the plan, where it stands, the results."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from types import TracebackType

from rich.console import Console
from rich.live import Live
from rich.text import Text

from strainopt.batch.plan import Task
from strainopt.batch.status import Standing, counts
from strainopt.batch.worker import Report
from strainopt.cli.console import number, show_table

__all__ = ["TaskProgress", "show_standings", "show_states"]

HEARTBEAT = 30.0
"""Seconds between lines where there is no terminal."""

MOST_ROWS = 60
"""Rows shown for human eyes; tables have them all."""


class TaskProgress:
    """Counts tasks as they end: a live line on a terminal, elsewhere one every half minute; failures at once."""

    def __init__(self, console: Console, *, total: int, done: int) -> None:
        self.console = console
        self.total = total
        self.skipped = done
        self.ended: Counter[str] = Counter()
        self.started = self.told = time.monotonic()
        self._live: Live | None = None

    def __enter__(self) -> TaskProgress:
        if self.console.is_terminal and not self.console.is_dumb_terminal:
            self._live = Live(self, console=self.console, refresh_per_second=4, transient=True)
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._live.stop()

    def __rich__(self) -> Text:
        return Text(self.line(), overflow="ellipsis", no_wrap=True)

    def line(self) -> str:
        """How far it is."""
        ended = sum(self.ended.values())
        parts = [f"tasks {self.skipped + ended} of {self.total}"]
        if self.skipped:
            parts.append(f"{self.skipped} done before")
        parts.extend(f"{count} {status}" for status, count in sorted(self.ended.items()))
        seconds = time.monotonic() - self.started
        parts.append(f"{seconds:.0f} s")
        left = self.total - self.skipped - ended
        if ended and left:
            parts.append(f"about {seconds / ended * left:.0f} s left")
        return "  ".join(parts)

    def hear(self, task: Task, report: Report) -> None:
        """Take note of a task that ended."""
        self.ended[report.status] += 1
        if report.status in ("failed", "error", "interrupted"):
            style = "yellow" if report.status == "interrupted" else "red"
            self.console.print(Text(f"task {task.number} {task.label}: {report.status}: {report.message}", style=style))
        if report.trace:
            self.console.print(Text(report.trace, style="dim"))

    def tick(self) -> None:
        """Say how far it is, from time to time, where no line is live."""
        if self._live is None and time.monotonic() - self.told > HEARTBEAT:
            self.told = time.monotonic()
            self.console.print(Text(self.line()))


def show_states(
    console: Console, found: Sequence[Standing], *, queue: Mapping[int, str] | None = None, parts: bool = False
) -> None:
    """Counts, then every task (with `parts`, part of a task) that is not done with the reason."""
    told = [f"{count} {state}" for state, count in counts(found).items() if count]
    console.print(f"{len(found)} tasks: {', '.join(told)}", markup=False)
    open_ones = [item for item in found if item.state.value != "done"]
    rows = [
        (
            str(item.task.number),
            item.task.label if parts else item.task.name,
            item.state.value,
            *([queue.get(item.task.number, "")] if queue is not None else []),
            item.found.reason.splitlines()[0] if item.found.reason else "",
        )
        for item in open_ones[:MOST_ROWS]
    ]
    if rows:
        columns = ("task", "name", "state", *(["queue"] if queue is not None else []), "reason")
        show_table(console, columns, rows)
    _more(console, len(open_ones))


def show_standings(console: Console, found: Sequence[Standing], *, parts: bool = False) -> None:
    """One row per task (with `parts`, part of a task): what was asked, and what came out."""
    show_table(
        console,
        ("task", "name", "target", "method", "k", "state", "status", "objective", "knockouts"),
        list(_rows(found[:MOST_ROWS], parts=parts)),
    )
    _more(console, len(found))


def _rows(found: Iterable[Standing], *, parts: bool) -> Iterable[tuple[str, ...]]:
    for item in found:
        options, document = item.task.options, item.found.document or {}
        designs = document.get("designs") or []
        objective = document.get("objective")
        yield (
            str(item.task.number),
            item.task.label if parts else item.task.name,
            options.target,
            options.method,
            str(options.max_knockouts),
            item.state.value,
            item.status,
            "" if objective is None else number(float(objective)),
            ", ".join(designs[0]["interventions"]) if designs else str(document.get("stop_reason") or ""),
        )


def _more(console: Console, count: int) -> None:
    if count > MOST_ROWS:
        console.print(f"and {count - MOST_ROWS} more", markup=False)
