"""Progress on stderr: a live line on a terminal, elsewhere one line every half minute."""

from __future__ import annotations

import math
import threading
import time
from types import TracebackType

from rich.console import Console
from rich.live import Live
from rich.text import Text

from strainopt.cli.console import number
from strainopt.search.outcome import SearchProgress

__all__ = ["Progress", "describe"]

HEARTBEAT = 30.0
"""Seconds between lines where there is no terminal."""


def describe(moment: SearchProgress, *, seconds: float, left: float) -> str:
    """One moment of a search as a line: phase, incumbent, bound, gap, rounds, programs, times."""
    parts = [moment.phase]
    known = math.isfinite(moment.incumbent)
    parts.append(f"incumbent {number(moment.incumbent)}" if known else "no design yet")
    if math.isfinite(moment.bound):
        parts.append(f"bound {number(moment.bound)}")
        if known:
            gap = (moment.bound - moment.incumbent) / max(abs(moment.incumbent), 1e-9)
            parts.append(f"gap {max(100.0 * gap, 0.0):.3g}%")
    if moment.proven_up_to:
        parts.append(f"proven up to {moment.proven_up_to}")
    if moment.rounds:
        parts.append(f"rounds {moment.rounds}")
    if moment.lps:
        parts.append(f"LPs {moment.lps}")
    parts.append(f"{seconds:.0f} s")
    if math.isfinite(left):
        parts.append(f"{max(left, 0.0):.0f} s left")
    return "  ".join(parts)


class Progress:
    """Shows the latest moment inside a `with` block; an instance is an observer of a search.

    Its own thread writes, so that a solver that says nothing for minutes does not look dead.
    """

    def __init__(self, console: Console, *, started: float, deadline: float = math.inf) -> None:
        self.console = console
        self.started = started
        self.deadline = deadline
        self.latest = SearchProgress("start", math.nan, math.inf, 0, 0, 0.0)
        self._end = threading.Event()
        self._thread: threading.Thread | None = None
        self._live: Live | None = None

    def __call__(self, moment: SearchProgress) -> None:
        """Take note of a moment."""
        self.latest = moment

    def phase(self, name: str) -> None:
        """Say what is done now, outside the search."""
        self.latest = SearchProgress(name, math.nan, math.inf, 0, 0, 0.0)

    def __rich__(self) -> Text:
        return Text(self.line(), overflow="ellipsis", no_wrap=True)

    def line(self) -> str:
        """The latest moment as text."""
        now = time.monotonic()
        return describe(self.latest, seconds=now - self.started, left=self.deadline - now)

    def __enter__(self) -> Progress:
        if self.console.is_terminal and not self.console.is_dumb_terminal:
            self._live = Live(self, console=self.console, refresh_per_second=4, transient=True)
            self._live.start()
        else:
            self._thread = threading.Thread(target=self._beat, daemon=True)
            self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end.set()
        if self._live is not None:
            self._live.stop()
        if self._thread is not None:
            self._thread.join()

    def _beat(self) -> None:
        while not self._end.wait(HEARTBEAT):
            self.console.print(Text(self.line()))
