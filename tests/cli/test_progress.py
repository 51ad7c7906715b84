"""Progress lines say what is known, and come at intervals where there is no terminal."""

from __future__ import annotations

import io
import math
import time

from rich.console import Console

from strainopt.cli import progress
from strainopt.cli.progress import Progress, describe
from strainopt.search.outcome import SearchProgress


def test_everything_known_is_in_the_line() -> None:
    moment = SearchProgress("search", 8.0, 10.0, 12, 345, 1.0, proven_up_to=2)
    line = describe(moment, seconds=61.2, left=30.4)
    for part in (
        "search",
        "incumbent 8",
        "bound 10",
        "gap 25%",
        "proven up to 2",
        "rounds 12",
        "LPs 345",
        "61 s",
        "30 s left",
    ):
        assert part in line


def test_nothing_unknown_is_in_the_line() -> None:
    line = describe(SearchProgress("reading", math.nan, math.inf, 0, 0, 0.0), seconds=1.0, left=math.inf)
    assert line == "reading  no design yet  1 s"


def test_lines_come_while_nothing_is_heard(monkeypatch) -> None:
    monkeypatch.setattr(progress, "HEARTBEAT", 0.05)
    stream = io.StringIO()
    with Progress(Console(file=stream, width=120), started=time.monotonic()) as shown:
        shown(SearchProgress("search", 1.0, 2.0, 3, 4, 0.0))
        time.sleep(0.3)
    lines = stream.getvalue().splitlines()
    assert len(lines) >= 2
    assert all(line.startswith("search  incumbent 1  bound 2  gap 100%") for line in lines)


def test_a_short_run_says_nothing(monkeypatch) -> None:
    stream = io.StringIO()
    with Progress(Console(file=stream, width=120), started=time.monotonic()):
        pass
    assert stream.getvalue() == ""
