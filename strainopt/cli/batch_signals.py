"""Signals of a batch: the first asks the workers to write what they have, a second Ctrl-C ends at once."""

from __future__ import annotations

import signal

from strainopt.batch.worker import stop_signals
from strainopt.cli.stopping import Catcher

__all__ = ["EndRequest"]


class EndRequest(Catcher):
    """Catches Ctrl-C and what schedulers send; calling it says whether one came.

    Attributes
    ----------
    number : int or None
        The first signal.
    """

    def __init__(self) -> None:
        super().__init__((signal.SIGINT, *stop_signals()))
        self.number: int | None = None

    @property
    def by_hand(self) -> bool:
        """Whether it was Ctrl-C."""
        return self.number == signal.SIGINT

    def __call__(self) -> bool:
        """Whether an end was asked for."""
        return self.number is not None

    def caught(self, number: int) -> None:
        """Remember the first one.

        Raises
        ------
        KeyboardInterrupt
            It is Ctrl-C, and not the first signal.
        """
        if self.number is not None and number == signal.SIGINT:
            raise KeyboardInterrupt
        self.number = self.number or number
