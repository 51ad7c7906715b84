"""Arrays on a real Slurm, several nodes on this machine: whatever happens, the table is that of an undisturbed run.

The reference is `strainopt run` in one process tree; every scenario must give its results.tsv byte by byte. No test
depends on how fast the machine is: tasks are stopped (SIGSTOP) where a fault has to find them at work, waits are for
conditions, and progress is measured in processor time.
"""

from __future__ import annotations

import json
import os
import signal
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.batch.daemons import wait_until
from tests.batch.screen import Screen, numbers_of
from tests.batch.slurm.lab import OVER, Lab, missing_programs, running_lab

ABSENT = missing_programs()
pytestmark = [
    pytest.mark.slurm,
    # one worker for all clusters: they would be in each other's way
    pytest.mark.xdist_group("clusters"),
    pytest.mark.skipif("STRAINOPT_TEST_CLUSTERS" not in os.environ, reason="set STRAINOPT_TEST_CLUSTERS=1"),
    pytest.mark.skipif(
        bool(ABSENT), reason=f"no Slurm here: {', '.join(ABSENT)} missing (apt: slurmctld slurmd slurm-client munge)"
    ),
]

IN_SEARCH = 2.5
"""Processor seconds of a worker after which a long task is certainly in its search, and far from its end."""


@dataclass
class Cluster(Screen):
    """The screen on the private Slurm."""

    lab: Lab | None = None

    @property
    def slurm(self) -> Lab:
        assert self.lab is not None
        return self.lab

    def await_end(self, job: str) -> dict[int, str]:
        def ended() -> bool:
            states = self.slurm.states(job)
            return bool(states) and set(states.values()) <= OVER

        wait_until(ended, what=f"job {job} at its end", step=0.2)
        return self.slurm.states(job)

    def hold(self, job: str, number: int) -> str:
        """Stop a task that has begun; its raw id."""
        self.await_start(number)
        raw = self.slurm.job_id(job, number)
        assert self.slurm.signal_job(raw, signal.SIGSTOP) >= 1
        assert self.at_work(number), "the task ended before it could be stopped"
        return raw

    def await_search(self, job: str, number: int) -> str:
        """Wait until a long task is in its search; its raw id."""
        self.await_start(number)
        raw = self.slurm.job_id(job, number)
        wait_until(lambda: self.slurm.processor_seconds(raw) > IN_SEARCH, what="the search", step=0.02)
        assert self.at_work(number), "the task ended too soon"
        return raw

    def restarts(self, job: str, number: int) -> int:
        told = self.slurm.run("scontrol", "show", "job", f"{job}_{number}")
        return int(told.partition("Restarts=")[2].split()[0])


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    # Not under pytest's own folder: the path of munge's socket must be short.
    with tempfile.TemporaryDirectory(prefix="slurm-") as place:
        Path(place).chmod(0o755)
        with running_lab(Path(place), nodes=4, cpus=1) as made:
            yield made


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The table of `strainopt run`, without any cluster."""
    screen = Screen(tmp_path_factory.mktemp("here"))
    screen.write()
    screen.call("run", "screen.yaml", "--workers", "2")
    table = (screen.results / "results.tsv").read_bytes()
    assert numbers_of(table, b"") == list(range(1, 29))
    assert all(line.split(b"\t")[10] == b"done" for line in table.splitlines()[1:])
    return table


@pytest.fixture(scope="module")
def screen(lab: Lab, reference: bytes, tmp_path_factory: pytest.TempPathFactory) -> Cluster:
    """The same screen, run as an array without disturbance."""
    made = Cluster(tmp_path_factory.mktemp("cluster"), environment=lab.environment, lab=lab)
    made.write(chunk=3)
    states = made.await_end(made.submit())
    assert states == dict.fromkeys(range(1, 11), "COMPLETED")
    made.write()
    made.call("batch", "plan", "screen.yaml")
    return made


def test_an_undisturbed_array_gives_the_table_of_a_local_run(screen: Cluster, reference: bytes) -> None:
    assert screen.table() == reference
    assert screen.missing() == ""


def test_a_killed_task_is_reported_and_resubmitted(screen: Cluster, lab: Lab, reference: bytes) -> None:
    number = numbers_of(reference, b"short")[0]
    screen.forget(number)
    job = screen.submit()
    raw = screen.hold(job, number)
    lab.signal_job(raw, signal.SIGKILL)
    assert screen.await_end(job) == {number: "FAILED"}
    assert screen.states()[number] == "failed"
    assert screen.table() != reference
    assert screen.missing() == f"{number}\n"
    again = screen.submit()
    assert screen.await_end(again) == {number: "COMPLETED"}
    assert screen.table() == reference


def test_a_signal_keeps_the_incumbent_and_the_index_requeues_itself(
    screen: Cluster, lab: Lab, reference: bytes
) -> None:
    number = numbers_of(reference, b"long")[0]
    screen.forget(number)
    job = screen.submit()
    screen.await_search(job, number)
    lab.run("scancel", "--batch", "--signal=USR1", f"{job}_{number}")
    partial = screen.task_folder(number) / "partial.json"
    wait_until(partial.exists, what="the incumbent", step=0.02)
    document = json.loads(partial.read_text())
    assert (document["status"], document["proven"]) == ("interrupted", False)
    assert document["designs"]
    assert screen.await_end(job) == {number: "COMPLETED"}
    assert screen.restarts(job, number) == 1
    assert not partial.exists()
    assert screen.table() == reference


def test_a_requeue_from_outside(screen: Cluster, lab: Lab, reference: bytes) -> None:
    number = numbers_of(reference, b"long")[1]
    screen.forget(number)
    job = screen.submit()
    screen.await_search(job, number)
    lab.run("scontrol", "requeue", f"{job}_{number}")
    assert screen.await_end(job) == {number: "COMPLETED"}
    assert screen.restarts(job, number) >= 1
    assert screen.table() == reference


def test_a_lost_node_costs_nothing(screen: Cluster, lab: Lab, reference: bytes) -> None:
    number = numbers_of(reference, b"short")[1]
    screen.forget(number)
    job = screen.submit()
    screen.hold(job, number)
    node = lab.node_of(job, number)
    lab.power_loss(node)
    assert screen.await_end(job) == {number: "COMPLETED"}
    assert screen.restarts(job, number) == 1
    assert lab.node_of(job, number) != node
    lab.start_node(node)
    assert screen.table() == reference


def test_a_restarted_controller_costs_nothing(screen: Cluster, lab: Lab, reference: bytes) -> None:
    number = numbers_of(reference, b"short")[2]
    screen.forget(number)
    job = screen.submit()
    raw = screen.hold(job, number)
    lab.kill_controller()
    lab.signal_job(raw, signal.SIGCONT)
    # It ends while there is nobody to tell.
    wait_until((screen.task_folder(number) / "result.json").exists, what="the result")
    lab.start_controller()
    assert screen.await_end(job) == {number: "COMPLETED"}
    assert screen.table() == reference


def test_two_live_copies_of_a_task_leave_one_result(screen: Cluster, lab: Lab, reference: bytes) -> None:
    number = numbers_of(reference, b"short")[3]
    screen.forget(number)
    first = screen.submit()
    one = screen.hold(first, number)
    # The same script again, as Slurm itself does where a node that lives is taken for dead.
    second = lab.run("sbatch", "--parsable", str(screen.results / "jobs" / "submit-1.sh")).strip()
    screen.await_start(number, copies=2)
    two = lab.job_id(second, number)
    lab.signal_job(two, signal.SIGSTOP)
    assert len(screen.at_work(number)) == 2
    lab.signal_job(one, signal.SIGCONT)
    assert screen.await_end(first) == {number: "COMPLETED"}
    before = (screen.task_folder(number) / "result.json").read_bytes()
    lab.signal_job(two, signal.SIGCONT)
    assert screen.await_end(second) == {number: "COMPLETED"}
    assert (screen.task_folder(number) / "result.json").read_bytes() == before
    assert screen.table() == reference


def test_a_warning_before_the_time_limit_puts_the_index_back(screen: Cluster, lab: Lab, reference: bytes) -> None:
    """Two minutes, a warning 100 s ahead; Slurm looks every 30 s, so it comes 20 to 50 s after the start."""
    number = numbers_of(reference, b"short")[4]
    screen.forget(number)
    screen.write(time="2m", signal_before=100)
    job = screen.submit()
    raw = screen.hold(job, number)
    # Some versions wake what they signal: then the index is back in the queue before the signal is seen waiting.
    wait_until(
        lambda: lab.awaits(raw, signal.SIGUSR1) or screen.restarts(job, number) >= 1, what="Slurm's warning", step=0.2
    )
    lab.signal_job(raw, signal.SIGCONT)
    assert screen.await_end(job) == {number: "COMPLETED"}
    assert screen.restarts(job, number) >= 1
    screen.write()
    screen.call("batch", "plan", "screen.yaml")
    assert screen.table() == reference
