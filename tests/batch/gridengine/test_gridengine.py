"""An array on a real Grid Engine: the table of a local run, an index put back into the queue, one that is killed."""

from __future__ import annotations

import json
import os
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.batch.daemons import kill, processor_seconds, wait_until
from tests.batch.gridengine.lab import GridEngine, missing_programs, running_grid_engine
from tests.batch.screen import Screen, numbers_of

ABSENT = missing_programs()
pytestmark = [
    pytest.mark.slurm,
    # one worker for all clusters: they would be in each other's way
    pytest.mark.xdist_group("clusters"),
    pytest.mark.skipif("STRAINOPT_TEST_CLUSTERS" not in os.environ, reason="set STRAINOPT_TEST_CLUSTERS=1"),
    pytest.mark.skipif(
        bool(ABSENT), reason=f"no Grid Engine: {', '.join(ABSENT)} missing (apt: gridengine-master gridengine-exec)"
    ),
]

IN_SEARCH = 2.5
"""Processor seconds of a worker after which a long task is certainly in its search, and far from its end."""


@pytest.fixture(scope="module")
def engine() -> Iterator[GridEngine]:
    with tempfile.TemporaryDirectory(prefix="sge-") as place:
        Path(place).chmod(0o755)
        with running_grid_engine(Path(place)) as made:
            yield made


def screen_in(folder: Path, engine: GridEngine | None = None) -> Screen:
    made = Screen(folder, scheduler="sge", media="[anaerobic]")
    if engine is not None:
        made.environment = engine.environment
    made.write()
    return made


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    screen = screen_in(tmp_path_factory.mktemp("here"))
    screen.call("run", "screen.yaml", "--workers", "2")
    return (screen.results / "results.tsv").read_bytes()


@pytest.fixture(scope="module")
def screen(engine: GridEngine, tmp_path_factory: pytest.TempPathFactory) -> Screen:
    made = screen_in(tmp_path_factory.mktemp("cluster"), engine)
    job = made.submit()
    wait_until(lambda: not engine.waiting_or_running(job), what="the array", step=0.2)
    return made


def test_an_undisturbed_array_gives_the_table_of_a_local_run(screen: Screen, reference: bytes) -> None:
    assert screen.missing() == ""
    assert screen.table() == reference


def test_a_warning_keeps_the_incumbent_and_code_99_puts_the_index_back(
    screen: Screen, engine: GridEngine, reference: bytes
) -> None:
    number = numbers_of(reference, b"long")[0]
    screen.forget(number)
    job = screen.submit()
    screen.await_start(number)
    busiest = lambda: max(map(processor_seconds, engine.job_pids(job, number)), default=0.0)  # noqa: E731
    wait_until(lambda: busiest() > IN_SEARCH, what="the search", step=0.02)
    for pid in engine.job_pids(job, number):
        kill(pid, signal.SIGUSR1)  # as at s_rt, and by -notify
    partial = screen.task_folder(number) / "partial.json"
    wait_until(partial.exists, what="the incumbent", step=0.02)
    assert json.loads(partial.read_text())["designs"]
    wait_until(lambda: not engine.waiting_or_running(job), what="the array", step=0.2)
    assert not partial.exists()
    assert screen.table() == reference


def test_a_killed_task_is_reported_and_resubmitted(screen: Screen, engine: GridEngine, reference: bytes) -> None:
    number = numbers_of(reference, b"short")[0]
    screen.forget(number)
    job = screen.submit()
    screen.await_start(number)
    for pid in engine.job_pids(job, number):
        kill(pid, signal.SIGKILL)
    wait_until(lambda: not engine.waiting_or_running(job), what="the array", step=0.2)
    assert screen.states()[number] == "failed"
    assert screen.missing() == f"{number}\n"
    again = screen.submit()
    wait_until(lambda: not engine.waiting_or_running(again), what="the array", step=0.2)
    assert screen.table() == reference
