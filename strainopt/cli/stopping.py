"""Ctrl-C and SIGTERM: while a search runs, the first one asks it to end with what it has; the second ends at once."""

from __future__ import annotations

import signal
from types import FrameType, TracebackType
from typing import Any

from strainopt.cli.exits import Exit
from strainopt.errors import InterruptedRunError

__all__ = ["Stopper"]


class Stopper:
    """Catches both signals inside a `with` block.

    Attributes
    ----------
    asked : Exit or None
        Which exit code the signal asks for, once there was one.
    keeping : bool
        Whether there is a search that can be asked to end with its best design; otherwise a signal ends the run.
    """

    def __init__(self) -> None:
        self.asked: Exit | None = None
        self.keeping = False
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Stopper:
        for number in (signal.SIGINT, signal.SIGTERM):
            self._before[number] = signal.signal(number, self._caught)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def __call__(self) -> bool:
        """Whether an end was asked for."""
        return self.asked is not None

    def _caught(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002 - the form that signal wants
        first = self.asked is None
        self.asked = Exit.CTRL_C if number == signal.SIGINT else Exit.STOPPED
        if self.keeping and first:
            return
        if number == signal.SIGINT:
            raise KeyboardInterrupt
        raise InterruptedRunError("stopped by SIGTERM before there was anything to keep", hint="start it again")
