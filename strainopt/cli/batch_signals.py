"""Signals of a batch: the first asks the workers to write what they have, a second Ctrl-C ends at once."""

from __future__ import annotations

import signal
from types import FrameType, TracebackType
from typing import Any

from strainopt.batch.worker import stop_signals

__all__ = ["EndRequest"]


class EndRequest:
    """Catches Ctrl-C and what schedulers send, inside a `with` block; calling it says whether one came.

    Attributes
    ----------
    number : int or None
        The first signal.
    """

    def __init__(self) -> None:
        self.number: int | None = None
        self._before: dict[int, Any] = {}

    @property
    def by_hand(self) -> bool:
        """Whether it was Ctrl-C."""
        return self.number == signal.SIGINT

    def __call__(self) -> bool:
        """Whether an end was asked for."""
        return self.number is not None

    def __enter__(self) -> EndRequest:
        for number in (signal.SIGINT, *stop_signals()):
            self._before[number] = signal.signal(number, self._caught)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _caught(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002 - the form that signal wants
        if self.number is not None and number == signal.SIGINT:
            raise KeyboardInterrupt
        self.number = self.number or number
