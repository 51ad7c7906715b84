"""Where further processes come from: a server that has imported what they need, so that each begins at once.

A solver's memory must not be shared by a plain fork. The server has only imported; it has solved nothing.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from multiprocessing.context import ForkServerContext, SpawnContext
    from multiprocessing.process import BaseProcess

__all__ = ["context", "get_ready", "join_or_kill"]

PATIENCE = 5.0
"""Seconds for a process to end after it was asked to."""


def context() -> ForkServerContext | SpawnContext:
    """A server that forks where there is one; elsewhere each process begins from nothing."""
    if "forkserver" in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("forkserver")
    return multiprocessing.get_context("spawn")


def get_ready(modules: Iterable[str]) -> None:
    """Start the server, which imports these modules while this process goes on."""
    serving = context()
    if serving.get_start_method() == "forkserver":
        from multiprocessing import forkserver

        serving.set_forkserver_preload(list(modules))
        forkserver.ensure_running()


def join_or_kill(process: BaseProcess) -> None:
    """Wait for a process that was asked to end; by force where it does not."""
    process.join(PATIENCE)
    if process.is_alive():
        process.kill()
        process.join()
