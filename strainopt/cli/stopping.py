"""Ctrl-C and SIGTERM: while a search runs, the first one asks it to end with what it has; the second ends at once."""

from __future__ import annotations

import signal
from abc import ABC, abstractmethod
from collections.abc import Iterable
from types import FrameType, TracebackType
from typing import Any, TypeVar

from strainopt.cli.exits import Exit
from strainopt.errors import InterruptedRunError

__all__ = ["Catcher", "Stopper"]

_C = TypeVar("_C", bound="Catcher")


class Catcher(ABC):
    """Catches signals inside a `with` block, after which they do again what they did before.

    Parameters
    ----------
    numbers : iterable of int
        Which ones.
    """

    def __init__(self, numbers: Iterable[int]) -> None:
        self._numbers = tuple(numbers)
        self._before: dict[int, Any] = {}

    def __enter__(self: _C) -> _C:
        for number in self._numbers:
            self._before[number] = signal.signal(number, self._caught)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    @abstractmethod
    def __call__(self) -> bool:
        """Whether an end was asked for."""

    @abstractmethod
    def caught(self, number: int) -> None:
        """What a signal does: nothing but take note of it, or raise."""

    def _caught(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002 - the form that signal wants
        self.caught(number)


class Stopper(Catcher):
    """Catches both.

    Attributes
    ----------
    asked : Exit or None
        Which exit code the signal asks for, once there was one.
    keeping : bool
        Whether there is a search that can be asked to end with its best design; otherwise a signal ends the run.
    """

    def __init__(self) -> None:
        super().__init__((signal.SIGINT, signal.SIGTERM))
        self.asked: Exit | None = None
        self.keeping = False

    def __call__(self) -> bool:
        """Whether an end was asked for."""
        return self.asked is not None

    def caught(self, number: int) -> None:
        """Ask the search to end, or end the run: where there is no search, or it was asked already.

        Raises
        ------
        KeyboardInterrupt, InterruptedRunError
            To end the run.
        """
        first = self.asked is None
        self.asked = Exit.CTRL_C if number == signal.SIGINT else Exit.STOPPED
        if self.keeping and first:
            return
        if number == signal.SIGINT:
            raise KeyboardInterrupt
        raise InterruptedRunError("stopped by SIGTERM before there was anything to keep", hint="start it again")
