"""Faults of the machine, as they are: a disk without room, a folder that is read-only, a solver that takes its process
with it. What was finished stays as it was, the reason is told, and a later run completes the table.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from strainopt.batch.check import check_text
from strainopt.batch.collect import collect
from strainopt.batch.expand import make_plan
from strainopt.batch.plan import Plan, write_plan
from strainopt.batch.task_files import Folders, State, task_state
from tests.batch.gates import python_path

PROGRAM = [sys.executable, "-c", "from strainopt.cli.main import main; main()"]
QUOTA = """\
import os, resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]),) * 2)
os.execv(sys.argv[2], sys.argv[2:])
"""
RUNS = """\
version: 1
defaults: {model: textbook, max_knockouts: 1, bounds: {EX_o2_e: [0, ~]}}
runs:
  - {name: one, target: EX_succ_e}
  - {name: two, target: EX_lac__D_e}
  - {name: three, target: EX_for_e}
"""


def plan_in(folder: Path) -> Plan:
    plan = make_plan(check_text(RUNS, file="f.yaml", folder=folder))
    write_plan(plan)
    return plan


def run(
    plan: Plan, tasks: str, *, largest_file: int | None = None, path: Path | None = None
) -> subprocess.CompletedProcess[str]:
    # Python would leave a cut-off .pyc of a module that it compiles under a quota: short writes are no error to it.
    environment = {**os.environ, "COLUMNS": "400", "PYTHONDONTWRITEBYTECODE": "1"}
    environment |= {} if path is None else {"PYTHONPATH": python_path(path)}
    words = [*PROGRAM, "batch", "run", str(plan.file), "--task", tasks, "--workers", "1"]
    if largest_file is not None:
        words = [sys.executable, "-c", QUOTA, str(largest_file), *words]
    return subprocess.run(
        words, env=environment, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, timeout=300
    )


def complete(plan: Plan) -> None:
    done = run(plan, "all")
    assert done.returncode == 0, done.stderr


def states(plan: Plan) -> list[State]:
    folders = Folders(plan)
    return [task_state(folders.of(task), task).state for task in plan.tasks]


def result_of(plan: Plan, number: int) -> bytes:
    return (Folders(plan).of(plan.tasks[number - 1]) / "result.json").read_bytes()


def temporary_files(plan: Plan) -> list[Path]:
    return [path for path in plan.folder.rglob("*") if path.suffix == ".tmp"]


def undisturbed(tmp_path: Path) -> tuple[tuple[str, ...], ...]:
    plan = plan_in(tmp_path / "undisturbed")
    complete(plan)
    return collect(plan).table.rows


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    place = tmp_path / "disk"
    place.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(place)]
    try:
        made = subprocess.run(words, capture_output=True, text=True, check=False)
    except OSError as error:
        pytest.skip(f"no disk of our own can be had here: {error}")
    if made.returncode != 0:
        pytest.skip(f"no disk of our own can be had here: {made.stderr.strip()}")
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


def test_a_full_disk(small_disk: Path, tmp_path: Path) -> None:
    plan = plan_in(small_disk)
    assert run(plan, "1").returncode == 0
    before = result_of(plan, 1)
    ballast = small_disk / "ballast"
    with ballast.open("wb", buffering=0) as stream:
        try:
            while True:
                stream.write(b"\0" * 4096)
        except OSError:
            pass
    done = run(plan, "all")
    assert done.returncode == 1
    assert "No space left on device" in done.stderr
    assert states(plan)[0] is State.DONE
    assert all(state.to_do for state in states(plan)[1:])
    assert temporary_files(plan) == []
    ballast.unlink()
    complete(plan)
    assert states(plan) == [State.DONE] * 3
    assert result_of(plan, 1) == before
    assert collect(plan).table.rows == undisturbed(tmp_path)


def test_a_quota_that_results_do_not_fit_in(tmp_path: Path) -> None:
    """Short files can be written and results cannot: the reason is noted beside them."""
    plan = plan_in(tmp_path)
    assert run(plan, "1").returncode == 0
    before = result_of(plan, 1)
    assert len(before) > 2000
    done = run(plan, "all", largest_file=2000)
    assert done.returncode == 1
    assert states(plan) == [State.DONE, State.FAILED, State.FAILED]
    reason = task_state(Folders(plan).of(plan.tasks[1]), plan.tasks[1]).reason
    assert "File too large" in reason
    assert reason in {row[-1] for row in collect(plan).table.rows}
    assert temporary_files(plan) == []
    complete(plan)
    assert result_of(plan, 1) == before
    assert collect(plan).table.rows == undisturbed(tmp_path)


def test_a_read_only_disk(small_disk: Path, tmp_path: Path) -> None:
    """Not by permissions, which do not bind root."""
    plan = plan_in(small_disk)
    assert run(plan, "1").returncode == 0
    before = result_of(plan, 1)
    for mode in ("ro", "rw"):
        subprocess.run(["mount", "-o", f"remount,{mode}", str(small_disk)], check=True)
        done = run(plan, "all")
        if mode == "ro":
            assert done.returncode == 1
            assert "Read-only file system" in done.stderr
            assert str(plan.tasks_folder) in done.stderr
            assert states(plan) == [State.DONE, State.MISSING, State.MISSING]
    assert states(plan) == [State.DONE] * 3
    assert result_of(plan, 1) == before
    assert collect(plan).table.rows == undisturbed(tmp_path)


@pytest.mark.parametrize(
    ("call", "name"), [("os.abort()", signal.SIGABRT.name), ("os.kill(os.getpid(), 11)", signal.SIGSEGV.name)]
)
def test_a_solver_that_takes_its_process_with_it(tmp_path: Path, call: str, name: str) -> None:
    """The second task's search ends its worker, as an assertion or a wild pointer in compiled code does."""
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text(
        "import os, sys\n"
        "if 'multiprocessing' in ' '.join(sys.orig_argv):\n"
        "    import strainopt.batch.task as task\n"
        "    before = task.answer\n"
        "    def answer(prepared, **more):\n"
        f"        if prepared.options.target == 'EX_lac__D_e': {call}\n"
        "        return before(prepared, **more)\n"
        "    task.answer = answer\n"
    )
    plan = plan_in(tmp_path)
    done = run(plan, "all", path=tmp_path / "site")
    assert done.returncode == 1
    assert name in done.stderr
    assert states(plan) == [State.DONE, State.FAILED, State.DONE]
    assert name in task_state(Folders(plan).of(plan.tasks[1]), plan.tasks[1]).reason
    kept = result_of(plan, 1), result_of(plan, 3)
    complete(plan)
    assert (result_of(plan, 1), result_of(plan, 3)) == kept
    assert collect(plan).table.rows == undisturbed(tmp_path)
