"""Arrays on a real Slurm, several nodes on this machine: whatever happens, the table is that of an undisturbed run.

The reference is `strainopt run` in one process tree; every scenario must give its results.tsv byte by byte. Each has a
copy of the undisturbed results of its own and does one task again. No test depends on how fast the machine is: a task
that a disturbance has to find at work is held in the middle of its search by a gate, and waits are for conditions.
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

from tests.batch.daemons import PATIENCE, wait_until
from tests.batch.screen import Screen
from tests.batch.slurm.lab import OVER, Lab, missing_programs, running_lab
from tests.batch.test_readme_cluster import PROGRAM, ROOT, check_end, lines_of, run_line

ABSENT = missing_programs()
pytestmark = [
    pytest.mark.slurm,
    pytest.mark.skipif(os.environ.get("STRAINOPT_TEST_CLUSTERS") == "0", reason="STRAINOPT_TEST_CLUSTERS=0"),
    pytest.mark.skipif(
        bool(ABSENT), reason=f"no Slurm here: {', '.join(ABSENT)} missing (apt: slurmctld slurmd slurm-client munge)"
    ),
]


@dataclass
class Cluster(Screen):
    """The screen on the private Slurm."""

    lab: Lab | None = None

    @property
    def slurm(self) -> Lab:
        assert self.lab is not None
        return self.lab

    def told(self, job: str) -> str:
        return f"{self.slurm.happenings(job)}\n{self.happenings()}"

    def await_end(self, job: str, *, seconds: float = PATIENCE) -> dict[int, str]:
        found: dict[int, str] = {}

        def ended() -> bool:
            found.update(self.slurm.states(job))
            return bool(found) and set(found.values()) <= OVER

        what = f"job {job} at its end"
        wait_until(ended, what=what, step=0.25, seconds=seconds, vain=self.slurm.dead, told=lambda: self.told(job))
        return found

    def await_held(self, job: str, number: int, *, besides: str = "") -> str:
        """Wait until a task, or a second copy of it, is in the middle of its search; its raw id."""

        def over() -> str:
            state = self.slurm.states(job).get(number, "")
            return self.slurm.dead() or (f"the task is {state}" if state in OVER else "")

        def held() -> set[str]:
            return set(self.gates.held(number)) - {besides}

        what = f"task {number} of job {job} in the middle of its search"
        wait_until(held, what=what, step=0.25, vain=over, told=lambda: self.told(job))
        (raw,) = held()
        return raw

    def restarts(self, job: str, number: int) -> int:
        told = self.slurm.run("scontrol", "show", "job", f"{job}_{number}")
        return int(told.partition("Restarts=")[2].split()[0])


@dataclass
class Scene:
    """One task that is done again, held in the middle."""

    screen: Cluster
    number: int
    job: str
    raw: str


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    # Not under pytest's own folder: the path of munge's socket must be short.
    with tempfile.TemporaryDirectory(prefix="slurm-") as place:
        Path(place).chmod(0o755)
        with running_lab(Path(place), nodes=5, cpus=1) as made:
            yield made


@pytest.fixture(scope="module")
def undisturbed(lab: Lab, local_table: bytes, tmp_path_factory: pytest.TempPathFactory) -> Cluster:
    """The screen of 30 tasks as an array, without disturbance."""
    made = Cluster(tmp_path_factory.mktemp("cluster") / "undisturbed", environment=lab.environment, lab=lab)
    made.folder.mkdir()
    made.write(chunk=3)
    states = made.await_end(made.submit(), seconds=2 * PATIENCE)
    assert states == dict.fromkeys(range(1, 11), "COMPLETED")
    return made


def begin(undisturbed: Cluster, name: str, *, time: str = "60m", signal_before: int = 60) -> Scene:
    """Submit one task again, and wait until it is in the middle of its search."""
    screen = undisturbed.copy_to(undisturbed.folder.parent / name)
    screen.write(time=time, signal_before=signal_before)
    number = screen.number_of(name)
    screen.forget(number)
    screen.gates.shut(number)
    job = screen.submit()
    return Scene(screen, number, job, screen.await_held(job, number))


@pytest.fixture(scope="module")
def limited(undisturbed: Cluster) -> Scene:
    """Two minutes, a warning 50 s ahead; Slurm looks every 30 s for what is due in 30, so it comes after 40 to 70 s."""
    return begin(undisturbed, "held-1", time="2m", signal_before=50)


@pytest.fixture(scope="module")
def bereft(undisturbed: Cluster, lab: Lab) -> tuple[Scene, str]:
    """A task whose node lost its power, and the node."""
    scene = begin(undisturbed, "held-2")
    node = scene.screen.gates.held(scene.number)[scene.raw]
    lab.power_loss(node)
    scene.screen.gates.open(scene.number)
    return scene, node


def test_an_undisturbed_array_gives_the_table_of_a_local_run(undisturbed: Cluster, local_table: bytes) -> None:
    assert undisturbed.table() == local_table
    assert undisturbed.missing() == ""


@pytest.mark.usefixtures("limited", "bereft")  # their waits pass while other tests are at work
def test_a_killed_task_is_reported_and_resubmitted(undisturbed: Cluster, lab: Lab, local_table: bytes) -> None:
    scene = begin(undisturbed, "held-3")
    screen, number = scene.screen, scene.number
    assert screen.states()[number] == "running"
    assert lab.signal_job(scene.raw, signal.SIGKILL) >= 2
    assert screen.await_end(scene.job) == {number: "FAILED"}
    assert screen.states()[number] == "failed"
    assert screen.table() != local_table
    assert screen.missing() == f"{number}\n"
    screen.gates.open(number)
    again = screen.submit()
    assert screen.await_end(again) == {number: "COMPLETED"}
    assert screen.table() == local_table


def test_a_signal_keeps_the_incumbent_and_the_index_requeues_itself(
    undisturbed: Cluster, lab: Lab, local_table: bytes
) -> None:
    scene = begin(undisturbed, "held-4")
    screen, number = scene.screen, scene.number
    assert lab.succeeds("scancel", "--batch", "--signal=USR1", f"{scene.job}_{number}")
    partial = screen.task_folder(number) / "partial.json"
    wait_until(partial.exists, what="the incumbent", step=0.02, told=lambda: screen.told(scene.job))
    document = json.loads(partial.read_text())
    assert (document["status"], document["proven"]) == ("interrupted", False)
    assert document["designs"]
    assert screen.await_end(scene.job) == {number: "COMPLETED"}
    assert screen.restarts(scene.job, number) == 1
    assert not partial.exists()
    assert screen.table() == local_table


def test_a_requeue_from_outside(undisturbed: Cluster, lab: Lab, local_table: bytes) -> None:
    scene = begin(undisturbed, "held-5")
    screen, number = scene.screen, scene.number
    assert lab.succeeds("scontrol", "requeue", f"{scene.job}_{number}")
    assert screen.await_end(scene.job) == {number: "COMPLETED"}
    assert screen.restarts(scene.job, number) >= 1
    assert screen.table() == local_table


def test_two_live_copies_of_a_task_leave_one_result(undisturbed: Cluster, lab: Lab, local_table: bytes) -> None:
    scene = begin(undisturbed, "held-6")
    screen, number = scene.screen, scene.number
    # The same script again, as Slurm itself does where a node that lives is taken for dead.
    second = lab.run("sbatch", "--parsable", str(screen.results / "jobs" / "submit-1.sh")).strip()
    screen.await_held(second, number, besides=scene.raw)
    assert len(list(screen.task_folder(number).glob("running.*"))) == 2
    screen.gates.open(number, job=scene.raw)
    assert screen.await_end(scene.job) == {number: "COMPLETED"}
    before = (screen.task_folder(number) / "result.json").read_bytes()
    assert lab.states(second) == {number: "RUNNING"}
    screen.gates.open(number)
    assert screen.await_end(second) == {number: "COMPLETED"}
    assert (screen.task_folder(number) / "result.json").read_bytes() == before
    assert screen.table() == local_table


def test_a_lost_node_costs_nothing(bereft: tuple[Scene, str], lab: Lab, local_table: bytes) -> None:
    (scene, node) = bereft
    screen, number = scene.screen, scene.number
    assert screen.await_end(scene.job) == {number: "COMPLETED"}
    assert screen.restarts(scene.job, number) >= 1
    assert lab.node_of(scene.job, number) != node
    lab.start_node(node)
    assert screen.table() == local_table


def test_a_warning_before_the_time_limit_puts_the_index_back(limited: Scene, local_table: bytes) -> None:
    screen, number = limited.screen, limited.number
    assert screen.await_end(limited.job) == {number: "COMPLETED"}
    assert screen.restarts(limited.job, number) >= 1
    assert screen.table() == local_table


def test_a_restarted_controller_costs_nothing(undisturbed: Cluster, lab: Lab, local_table: bytes) -> None:
    scene = begin(undisturbed, "held-7")
    screen, number = scene.screen, scene.number
    lab.kill_controller(scene.raw)
    screen.gates.open(number)
    # It ends while there is nobody to tell.
    wait_until((screen.task_folder(number) / "result.json").exists, what="the result", told=screen.happenings)
    lab.start_controller()
    assert screen.await_end(scene.job) == {number: "COMPLETED"}
    assert screen.table() == local_table


@pytest.mark.skipif(not PROGRAM.exists(), reason="strainopt is not installed beside this Python")
def test_the_five_lines_of_the_readme(lab: Lab, tmp_path: Path) -> None:
    """As they stand; only a person would wait for the end between submitting and asking."""
    screen = Cluster(tmp_path, environment=lab.environment, lab=lab)
    told = []
    for line in lines_of(ROOT / "README.md", "## On a cluster"):
        told.append(run_line(line, tmp_path, lab.environment))
        if "--submit" in line:
            (job,) = [json.loads(path.read_text())["id"] for path in (screen.results / "jobs").glob("*.json")]
            assert screen.await_end(job) == dict.fromkeys(range(1, 6), "COMPLETED")
    check_end(told, tmp_path)
