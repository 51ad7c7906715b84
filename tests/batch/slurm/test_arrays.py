"""Arrays on a real Slurm, several nodes on this machine: whatever happens, the table is that of an undisturbed run.

The reference is `strainopt run` in one process tree; every scenario must give its results.tsv byte by byte.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.batch.slurm.lab import Lab, missing_programs, running_lab, wait_until

ABSENT = missing_programs()
pytestmark = [
    pytest.mark.slurm,
    # The waits are too short for a machine with other work; until they are not, the suite runs where it is asked for.
    pytest.mark.skipif("STRAINOPT_TEST_SLURM" not in os.environ, reason="set STRAINOPT_TEST_SLURM=1 to start a Slurm"),
    pytest.mark.skipif(
        bool(ABSENT), reason=f"no Slurm here: {', '.join(ABSENT)} missing (apt: slurmctld slurmd munge)"
    ),
]

SLOW = 6
"""The last tasks enumerate every set of three, for several seconds each: long enough to be hit."""

SCREEN = """\
version: 1
defaults: {{min_growth: 10%, max_knockouts: 2}}
models: {{core: textbook, genome: iJO1366}}
media:
  anaerobic: {{bounds: {{EX_o2_e: [0, null]}}}}
  aerobic: {{bounds: {{EX_o2_e: [-20, null]}}}}
matrix:
  model: [core]
  medium: [anaerobic, aerobic]
  method: [optknock, robustknock, pessimistic, pfba, strong]
  max_knockouts: [1, 2]
  target: [EX_succ_e]
runs:
  - {{name: genome, model: genome, medium: anaerobic, target: EX_succ_e, candidates: [FUM, LDH_D, PFL, PPC, TPI]}}
  - {{name: slow-1, model: core, medium: anaerobic, target: EX_succ_e, engine: enumerate, max_knockouts: 3}}
  - {{name: slow-2, model: core, medium: anaerobic, target: EX_lac__D_e, engine: enumerate, max_knockouts: 3}}
  - {{name: slow-3, model: core, medium: anaerobic, target: EX_for_e, engine: enumerate, max_knockouts: 3}}
  - {{name: slow-4, model: core, medium: anaerobic, target: EX_ac_e, engine: enumerate, max_knockouts: 3}}
  - {{name: slow-5, model: core, medium: anaerobic, target: EX_etoh_e, engine: enumerate, max_knockouts: 3}}
  - {{name: slow-6, model: core, medium: anaerobic, target: EX_pyr_e, engine: enumerate, max_knockouts: 3}}
cluster:
  scheduler: slurm
  time: 20m
  memory: 500M
  requeue: true
  chunk: {chunk}
  signal_before: {signal_before}
  command: {command}
  prologue: ["export OMP_NUM_THREADS=1"]
  extra: ["--comment=strainopt"]
outputs: {{formats: [tsv]}}
"""

PROGRAM = [sys.executable, "-c", "from strainopt.cli.main import main; main()"]


@dataclass
class Screen:
    """A configuration, its results folder, and the program."""

    folder: Path
    lab: Lab | None = None

    @property
    def config(self) -> Path:
        return self.folder / "screen.yaml"

    @property
    def results(self) -> Path:
        return self.folder / "results"

    def write(self, *, chunk: int = 1, signal_before: int = 60, time_limit: str = "20m") -> None:
        text = SCREEN.format(chunk=chunk, signal_before=signal_before, command=json.dumps(shlex.join(PROGRAM)))
        self.config.write_text(text.replace("time: 20m", f"time: {time_limit}"))

    def call(self, *words: str) -> subprocess.CompletedProcess[str]:
        environment = dict(os.environ) if self.lab is None else self.lab.environment
        done = subprocess.run(
            [*PROGRAM, *words], cwd=self.folder, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done

    def submit(self) -> str:
        answer = self.call("batch", "submit", "screen.yaml", "--submit", "--json")
        return str(json.loads(answer.stdout)["id"])

    def states(self) -> dict[int, str]:
        told = json.loads(self.call("batch", "status", "results", "--json").stdout)
        return {task["task"]: task["state"] for task in told["tasks"]}

    def table(self) -> bytes:
        self.call("batch", "collect", "screen.yaml")
        return (self.results / "results.tsv").read_bytes()

    def task_folder(self, number: int) -> Path:
        return next((self.results / "tasks").glob(f"{number:04d}-*"), self.results / "nowhere")

    def forget(self, *numbers: int) -> None:
        """Take the results of some tasks away, so that the next submission is for them."""
        for number in numbers:
            shutil.rmtree(self.task_folder(number), ignore_errors=True)

    def at_work(self, number: int) -> list[Path]:
        return list(self.task_folder(number).glob("running.*"))

    def await_start(self, number: int) -> None:
        wait_until(lambda: self.at_work(number), seconds=60, what=f"task {number} at work")
        time.sleep(2.5)  # past the imports, into the search

    def await_end(self, job: str, *, seconds: float = 150) -> dict[int, str]:
        assert self.lab is not None
        lab = self.lab
        over = {"COMPLETED", "FAILED", "TIMEOUT", "CANCELLED", "NODE_FAIL"}

        def ended() -> bool:
            states = lab.states(job)
            return bool(states) and set(states.values()) <= over

        wait_until(ended, seconds=seconds, what=f"job {job} at its end", step=0.3)
        return lab.states(job)


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
    assert table.count(b"\tdone\t") >= 20 + SLOW
    return table


@pytest.fixture(scope="module")
def screen(lab: Lab, reference: bytes, tmp_path_factory: pytest.TempPathFactory) -> Screen:
    """The same screen, run as an array without disturbance."""
    made = Screen(tmp_path_factory.mktemp("cluster"), lab)
    made.write()
    job = made.submit()
    states = made.await_end(job, seconds=240)
    assert len(states) >= 24
    assert set(states.values()) == {"COMPLETED"}
    return made


def slow(reference: bytes) -> list[int]:
    """Numbers of the slow tasks."""
    rows = [line.split(b"\t") for line in reference.splitlines()[1:]]
    return sorted({int(row[0]) for row in rows if row[1].startswith(b"slow")})


def test_an_undisturbed_array_gives_the_table_of_a_local_run(screen: Screen, reference: bytes) -> None:
    assert screen.table() == reference
    assert screen.call("batch", "collect", "results", "--missing").stdout == ""


def test_a_killed_task_is_reported_and_resubmitted(screen: Screen, lab: Lab, reference: bytes) -> None:
    number = slow(reference)[0]
    screen.forget(number)
    job = screen.submit()
    screen.await_start(number)
    assert lab.signal_job(lab.job_id(job, number), signal.SIGKILL) >= 1
    assert screen.await_end(job) == {number: "FAILED"}
    assert screen.states()[number] == "failed"
    assert screen.table() != reference
    assert screen.call("batch", "collect", "results", "--missing").stdout == f"{number}\n"
    again = screen.submit()
    assert screen.await_end(again) == {number: "COMPLETED"}
    assert screen.table() == reference


def test_a_signal_keeps_the_incumbent_and_the_index_requeues_itself(screen: Screen, lab: Lab, reference: bytes) -> None:
    number, other = slow(reference)[1:3]
    screen.forget(number, other)
    job = screen.submit()
    screen.await_start(number)
    lab.run("scancel", "--batch", "--signal=USR1", f"{job}_{number}")
    partial = screen.task_folder(number) / "partial.json"
    wait_until(partial.exists, seconds=30, what="the incumbent")
    document = json.loads(partial.read_text())
    assert document["status"] == "interrupted"
    assert document["proven"] is False
    screen.await_start(other)
    lab.run("scontrol", "requeue", f"{job}_{other}")
    wait_until(lambda: lab.states(job)[other] != "RUNNING", seconds=30, what="the requeue")
    assert screen.await_end(job) == {number: "COMPLETED", other: "COMPLETED"}
    restarts = lab.run("scontrol", "show", "job", f"{job}_{number}")
    assert "Restarts=1" in restarts
    assert not partial.exists()
    assert screen.table() == reference


def test_a_lost_node_and_a_restarted_controller_cost_nothing(screen: Screen, lab: Lab, reference: bytes) -> None:
    number, other = slow(reference)[3:5]
    screen.forget(number, other)
    job = screen.submit()
    screen.await_start(number)
    node = lab.node_of(job, number)
    lab.power_loss(node)
    lab.kill_controller()
    time.sleep(1.0)
    lab.start_controller()
    wait_until(lambda: lab.states(job).get(number) != "RUNNING", seconds=60, what="the loss is noticed")
    assert screen.await_end(job) == {number: "COMPLETED", other: "COMPLETED"}
    assert lab.node_of(job, number) != node
    lab.start_node(node)
    assert screen.table() == reference


def test_two_live_copies_of_a_task_leave_one_result(screen: Screen, lab: Lab, reference: bytes) -> None:
    number = slow(reference)[5]
    screen.forget(number)
    first = screen.submit()
    screen.await_start(number)
    # The same script again, as Slurm itself does where a node that lives is taken for dead.
    second = lab.run("sbatch", "--parsable", str(screen.results / "jobs" / "submit-1.sh")).strip()
    wait_until(lambda: len(screen.at_work(number)) == 2, seconds=30, what="two copies at work")
    raw = lab.job_id(first, number)
    lab.signal_job(raw, signal.SIGSTOP)
    try:
        assert screen.await_end(second) == {number: "COMPLETED"}
        before = (screen.task_folder(number) / "result.json").read_bytes()
    finally:
        lab.signal_job(raw, signal.SIGCONT)
    assert screen.await_end(first) == {number: "COMPLETED"}
    assert (screen.task_folder(number) / "result.json").read_bytes() == before
    assert screen.table() == reference


def test_time_limits_pass_while_chunks_go_on(screen: Screen, lab: Lab, reference: bytes) -> None:
    """A limit of one minute, a warning 55 s ahead: Slurm looks every 30 s, so each start has 5 to 35 s."""
    numbers = slow(reference)
    screen.forget(*numbers)
    screen.write(chunk=len(numbers), signal_before=55, time_limit="1m")
    # All slow tasks are in one or two indices.
    job = screen.submit()
    states = screen.await_end(job, seconds=280)
    told = [lab.run("scontrol", "show", "job", f"{job}_{index}") for index in states]
    assert set(states.values()) == {"COMPLETED"}
    assert any("Restarts=0" not in text for text in told)
    screen.write()
    screen.call("batch", "plan", "screen.yaml")
    assert screen.table() == reference
