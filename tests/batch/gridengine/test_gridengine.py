"""An array on a real Grid Engine: the table of a local run, an index put back into the queue, one that is killed."""

from __future__ import annotations

import json
import os
import signal
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.batch.daemons import PATIENCE, kill, wait_until
from tests.batch.gridengine.lab import GridEngine, missing_programs, running_grid_engine
from tests.batch.screen import Screen

ABSENT = missing_programs()
pytestmark = [
    pytest.mark.slurm,
    pytest.mark.skipif(os.environ.get("STRAINOPT_TEST_CLUSTERS") == "0", reason="STRAINOPT_TEST_CLUSTERS=0"),
    pytest.mark.skipif(
        bool(ABSENT), reason=f"no Grid Engine: {', '.join(ABSENT)} missing (apt: gridengine-master gridengine-exec)"
    ),
]


@dataclass
class Cluster(Screen):
    """The screen on the private Grid Engine."""

    lab: GridEngine | None = None

    @property
    def engine(self) -> GridEngine:
        assert self.lab is not None
        return self.lab

    def told(self) -> str:
        return f"{self.engine.happenings()}\n{self.happenings()}"

    def await_end(self, job: str, *, seconds: float = PATIENCE) -> None:
        wait_until(
            lambda: not self.engine.waiting_or_running(job),
            what=f"job {job} at its end",
            step=0.25,
            seconds=seconds,
            vain=self.engine.dead,
            told=self.told,
        )

    def await_held(self, job: str, number: int) -> None:
        """Wait until a task is in the middle of its search."""

        def over() -> str:
            return self.engine.dead() or ("" if self.engine.waiting_or_running(job) else "the job has ended")

        what = f"task {number} of job {job} in the middle of its search"
        wait_until(lambda: self.gates.held(number), what=what, step=0.25, vain=over, told=self.told)

    def signal(self, job: str, number: int, sent: signal.Signals) -> None:
        """Signal all processes of an index."""
        pids = self.engine.job_pids(job, number)
        assert len(pids) >= 2
        for pid in pids:
            kill(pid, sent)


@pytest.fixture(scope="module")
def engine() -> Iterator[GridEngine]:
    with tempfile.TemporaryDirectory(prefix="sge-") as place:
        Path(place).chmod(0o755)
        with running_grid_engine(Path(place)) as made:
            yield made


@pytest.fixture(scope="module")
def undisturbed(engine: GridEngine, local_table: bytes, tmp_path_factory: pytest.TempPathFactory) -> Cluster:
    """The screen of 30 tasks as an array, without disturbance."""
    folder = tmp_path_factory.mktemp("cluster") / "undisturbed"
    folder.mkdir()
    made = Cluster(folder, scheduler="sge", environment=engine.environment, lab=engine)
    made.write(chunk=3)
    made.await_end(made.submit(), seconds=2 * PATIENCE)
    return made


def begin(undisturbed: Cluster, name: str) -> tuple[Cluster, int, str]:
    """Submit one task again, and wait until it is in the middle of its search."""
    screen = undisturbed.copy_to(undisturbed.folder.parent / name)
    screen.write()
    number = screen.number_of(name)
    screen.forget(number)
    screen.gates.shut(number)
    job = screen.submit()
    screen.await_held(job, number)
    return screen, number, job


def test_an_undisturbed_array_gives_the_table_of_a_local_run(undisturbed: Cluster, local_table: bytes) -> None:
    assert undisturbed.missing() == ""
    assert undisturbed.table() == local_table


def test_a_warning_keeps_the_incumbent_and_code_99_puts_the_index_back(
    undisturbed: Cluster, local_table: bytes
) -> None:
    screen, number, job = begin(undisturbed, "held-4")
    screen.signal(job, number, signal.SIGUSR1)  # as at s_rt, and by -notify
    partial = screen.task_folder(number) / "partial.json"
    wait_until(partial.exists, what="the incumbent", step=0.02, told=screen.told)
    assert json.loads(partial.read_text())["designs"]
    screen.await_end(job)
    assert not partial.exists()
    assert screen.table() == local_table


def test_a_killed_task_is_reported_and_resubmitted(undisturbed: Cluster, local_table: bytes) -> None:
    screen, number, job = begin(undisturbed, "held-3")
    screen.signal(job, number, signal.SIGKILL)
    screen.await_end(job)
    assert screen.states()[number] == "failed"
    assert screen.missing() == f"{number}\n"
    screen.gates.open(number)
    screen.await_end(screen.submit())
    assert screen.table() == local_table
