"""Local runs: isolation, resumption, faults. Whatever happens to a task, the others and finished results are safe."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from strainopt.batch import run as run_module
from strainopt.batch.cache import ModelChangedError, Models, prepare_models
from strainopt.batch.check import check_text
from strainopt.batch.collect import collect
from strainopt.batch.cpus import available_cpus
from strainopt.batch.expand import make_plan
from strainopt.batch.plan import CACHE, Plan, Task, write_plan
from strainopt.batch.run import RunSettings, run_tasks, tasks_to_do
from strainopt.batch.task import perform
from strainopt.batch.task_files import Folders, State, task_state
from strainopt.batch.worker import Report
from strainopt.io.models import packaged_models, read_model
from strainopt.report import files as report_files
from tests.batch.daemons import wait_until
from tests.batch.gates import Gates

ANAEROBIC = "bounds: {EX_o2_e: [0, ~]}"
QUICK = f"model: textbook, target: EX_succ_e, max_knockouts: 1, {ANAEROBIC}"
SLOW = f"model: textbook, target: EX_succ_e, max_knockouts: 4, engine: enumerate, {ANAEROBIC}"


def plan_of(folder: Path, *runs: str) -> Plan:
    lines = "".join(f"  - {{name: r{at}, {run}}}\n" for at, run in enumerate(runs, start=1))
    plan = make_plan(check_text(f"version: 1\nruns:\n{lines}", file="f.yaml", folder=folder))
    write_plan(plan)
    return plan


def states(plan: Plan) -> list[State]:
    folders = Folders(plan)
    return [task_state(folders.of(task), task).state for task in plan.tasks]


def test_what_fails_is_in_the_table_and_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "broken.xml").write_text("<sbml>")
    plan = plan_of(
        tmp_path,
        QUICK,
        QUICK.replace("EX_succ_e", "EX_suc_e"),
        QUICK.replace("EX_succ_e", "EX_lac__D_e"),
        "model: broken.xml, target: EX_succ_e",
        QUICK + ", min_growth: 2.0",
    )
    told: list[tuple[int, str]] = []

    def hear(task: Task, report: Report) -> None:
        told.append((task.number, report.status))

    ran = run_tasks(plan, tasks_to_do(plan, plan.tasks), RunSettings(workers=2), listener=hear)
    assert sorted(told) == [(1, "optimal"), (2, "error"), (3, "optimal"), (4, "failed"), (5, "error")]
    assert [task.number for task, _ in ran.failed] == [4]
    table = collect(plan).table
    rows = {row[0]: dict(zip(table.columns, row, strict=True)) for row in table.rows}
    assert "did you mean EX_succ_e" in rows["2"]["error"]
    assert rows["2"]["status"] == "error"
    assert rows["4"]["state"] == "failed"
    assert "broken.xml" in rows["4"]["error"]
    assert rows["1"]["interventions"]
    assert [task.number for task in tasks_to_do(plan, plan.tasks)] == [4]
    assert [task.number for task in tasks_to_do(plan, plan.tasks, retry_errors=True)] == [2, 4, 5]


def test_a_killed_worker_is_one_failed_task(tmp_path: Path) -> None:
    """As by the out-of-memory killer, or a solver that aborts: the next task gets a new worker."""
    plan = plan_of(tmp_path, SLOW, QUICK, QUICK.replace("EX_succ_e", "EX_for_e"))
    pool = run_module._Pool(plan, RunSettings(workers=1), None, run_module.deque(plan.tasks))
    began = time.monotonic()

    def stop() -> bool:
        if not pool.reports and time.monotonic() - began > 3.0:
            for worker in pool.workers:
                worker.process.kill()
        return False

    try:
        pool.serve(stop)
    finally:
        pool.close()
    assert [report.status for _, report in pool.reports] == ["failed", "optimal", "optimal"]
    assert "SIGKILL" in pool.reports[0][1].message
    assert states(plan) == [State.FAILED, State.DONE, State.DONE]


def test_a_task_far_over_its_limit_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A solver that does not look at the clock: stopped by force, and the run goes on."""
    monkeypatch.setattr(run_module, "OVERRUN", (0.0, 2.0))
    plan = plan_of(tmp_path, SLOW + ", time_limit: 1h", QUICK)
    ran = run_tasks(plan, plan.tasks, RunSettings(workers=1))
    assert [report.status for _, report in ran.reports] == ["failed", "optimal"]
    assert "time limit" in ran.failed[0][1].message


def test_time_limits_are_results(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, SLOW + ", time_limit: 2s")
    started = time.monotonic()
    perform(plan.tasks[0], Folders(plan).of(plan.tasks[0]), models=Models(), stop=lambda: False)
    assert time.monotonic() - started < 60.0  # without the limit it takes hours
    document = task_state(Folders(plan).of(plan.tasks[0]), plan.tasks[0]).document
    assert document is not None
    assert (document["status"], document["proven"]) == ("time_limit", False)


def test_an_interruption_keeps_the_incumbent_and_the_rest_is_done_later(tmp_path: Path, gates: Gates) -> None:
    plan = plan_of(tmp_path, QUICK, SLOW.replace("max_knockouts: 4", "max_knockouts: 2"), QUICK + ", seed: 5")
    gates.shut(2)
    ran = run_tasks(plan, plan.tasks, RunSettings(workers=1), stop=lambda: bool(gates.held(2)))
    assert ran.stopped
    assert [task.number for task in ran.left] == [3]
    assert states(plan) == [State.DONE, State.INTERRUPTED, State.MISSING]
    folder = Folders(plan).of(plan.tasks[1])
    assert not (folder / "result.json").exists()
    assert not list(folder.glob("running.*"))
    partial = json.loads((folder / "partial.json").read_text())
    assert (partial["status"], partial["proven"]) == ("interrupted", False)
    assert partial["designs"]
    before = (Folders(plan).of(plan.tasks[0]) / "result.json").read_bytes()
    todo = tasks_to_do(plan, plan.tasks)
    assert [task.number for task in todo] == [2, 3]
    run_tasks(plan, todo, RunSettings(workers=1))
    assert states(plan) == [State.DONE] * 3
    assert (Folders(plan).of(plan.tasks[0]) / "result.json").read_bytes() == before
    assert not (folder / "partial.json").exists()
    result = json.loads((folder / "result.json").read_text())
    assert result["objective"] >= partial["objective"]


@pytest.mark.parametrize("damage", [b"", b"{", b"\0" * 400, b"[]", b'{"status": "optimal"}', b"half"])
def test_damaged_results_are_told_and_done_again(tmp_path: Path, damage: bytes) -> None:
    plan = plan_of(tmp_path, QUICK)
    (task,) = plan.tasks
    folder = Folders(plan).of(task)
    perform(task, folder, models=Models(), stop=lambda: False)
    whole = (folder / "result.json").read_bytes()
    (folder / "result.json").write_bytes(whole[: len(whole) // 2] if damage == b"half" else damage)
    found = task_state(folder, task)
    assert found.state is State.CORRUPT
    assert "result.json" in found.reason
    (row,) = collect(plan).table.rows
    assert "corrupt" in row
    assert tasks_to_do(plan, plan.tasks) == (task,)
    perform(task, folder, models=Models(), stop=lambda: False)
    assert states(plan) == [State.DONE]


def test_an_interrupted_search_goes_on_from_what_it_knew(tmp_path: Path) -> None:
    long = f"model: textbook, target: EX_succ_e, max_knockouts: 4, {ANAEROBIC}"
    (undisturbed,) = (plan := plan_of(tmp_path / "undisturbed", long)).tasks
    run_tasks(plan, plan.tasks, RunSettings(workers=1))
    alone = json.loads((Folders(plan).of(undisturbed) / "result.json").read_text())
    plan = plan_of(tmp_path / "disturbed", long)
    folder, models = Folders(plan).of(plan.tasks[0]), Models(plan.folder / CACHE)
    ended, tries = None, 0
    while ended is None or ended.status == "interrupted":
        assert tries < 100
        questions = iter(range(150))
        ended = perform(plan.tasks[0], folder, models=models, stop=lambda asked=questions: next(asked, None) is None)
        tries += 1
        kept = any(path.stat().st_size for path in folder.glob("search/*/facts-*"))
        assert kept == (ended.status == "interrupted")
    assert tries > 1
    result = json.loads((folder / "result.json").read_text())
    assert result["proven"]
    assert result["objective"] == pytest.approx(alone["objective"], rel=1e-4)
    # the last try did not begin anew
    assert result["engine"]["lps"] < alone["engine"]["lps"] + 150
    assert sorted(path.name for path in folder.iterdir()) == ["designs.tsv", "result.json"]


def test_a_result_of_another_task_is_not_taken(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, QUICK, QUICK + ", seed: 3")
    first, second = (Folders(plan).of(task) for task in plan.tasks)
    perform(plan.tasks[0], first, models=Models(), stop=lambda: False)
    second.mkdir()
    (second / "result.json").write_bytes((first / "result.json").read_bytes())
    assert states(plan) == [State.DONE, State.CORRUPT]


def test_a_full_disk_loses_nothing_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = plan_of(tmp_path, QUICK)
    folder = Folders(plan).of(plan.tasks[0])
    written = report_files._written

    def full(where: Path, name: str, text: str) -> Path:
        if name == "result.json":
            raise OSError(errno.ENOSPC, "No space left on device", str(where / name))
        return written(where, name, text)

    monkeypatch.setattr(report_files, "_written", full)
    with pytest.raises(OSError, match="No space left"):
        perform(plan.tasks[0], folder, models=Models(), stop=lambda: False)
    assert os.listdir(folder) == []
    assert states(plan) == [State.MISSING]


def test_a_folder_that_cannot_be_written_fails_the_task_with_its_name(tmp_path: Path) -> None:
    """A file in the place of the folder: refused whoever asks, unlike permissions, which do not bind root."""
    plan = plan_of(tmp_path, QUICK)
    plan.tasks_folder.write_text("in the way")
    ran = run_tasks(plan, plan.tasks, RunSettings(workers=1))
    assert [report.status for _, report in ran.reports] == ["failed"]
    assert "tasks" in ran.failed[0][1].message


def test_the_first_of_two_copies_wins(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, QUICK)
    (task,) = plan.tasks
    folder = Folders(plan).of(task)
    perform(task, folder, models=Models(), stop=lambda: False)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    ended = perform(task, folder, models=Models(), stop=lambda: False)
    assert "another copy" in ended.message
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_results_are_found_after_the_plan_was_renumbered(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, QUICK)
    perform(plan.tasks[0], Folders(plan).of(plan.tasks[0]), models=Models(), stop=lambda: False)
    longer = plan_of(tmp_path, QUICK + ", seed: 9", QUICK)
    assert states(longer) == [State.MISSING, State.DONE]


def test_signs_of_life(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, QUICK)
    (task,) = plan.tasks
    folder = Folders(plan).of(task)
    sign = run_module._sign_of_life(folder, task)
    assert task_state(folder, task).state is State.RUNNING
    told = json.loads(sign.read_text())
    sign.write_text(json.dumps({**told, "host": "elsewhere"}))
    assert task_state(folder, task).state is State.RUNNING
    os.utime(sign, (time.time() - 3600, time.time() - 3600))
    assert task_state(folder, task).state is State.FAILED
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    sign.write_text(json.dumps({**told, "pid": gone.pid}))
    assert task_state(folder, task).state is State.FAILED


def test_the_model_is_parsed_once_and_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = tmp_path / "m.xml.gz"
    model.write_bytes(packaged_models()["textbook"].read_bytes())
    plan = plan_of(tmp_path, QUICK.replace("textbook", "m.xml.gz"), QUICK.replace("textbook", "m.xml.gz") + ", seed: 2")
    (kept,) = prepare_models(plan)
    assert kept.parent == plan.folder / CACHE
    model.unlink()
    loaded = Models(plan.folder / CACHE).get(plan.tasks[1])
    original = read_model("textbook").network
    network = loaded.network
    assert network.reaction_ids == original.reaction_ids
    assert network.rules == original.rules
    assert (network.stoichiometry != original.stoichiometry).nnz == 0
    assert (network.lower == original.lower).all()
    assert (network.upper == original.upper).all()
    assert (network.objective == original.objective).all()


def test_a_damaged_cache_and_a_changed_model_are_noticed(tmp_path: Path) -> None:
    model = tmp_path / "m.xml.gz"
    model.write_bytes(packaged_models()["textbook"].read_bytes())
    plan = plan_of(tmp_path, QUICK.replace("textbook", "m.xml.gz"))
    (kept,) = prepare_models(plan)
    kept.write_bytes(kept.read_bytes()[:1000])
    assert Models(plan.folder / CACHE).get(plan.tasks[0]).path == model
    kept.unlink()
    with model.open("ab") as stream:
        stream.write(b"\0")
    with pytest.raises(ModelChangedError):
        Models(plan.folder / CACHE).get(plan.tasks[0])


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGUSR1, signal.SIGINT, signal.SIGXCPU])
def test_signals_end_a_task_with_its_incumbent(tmp_path: Path, gates: Gates, number: signal.Signals) -> None:
    plan = plan_of(tmp_path, SLOW)
    gates.shut(1)
    words = [sys.executable, "-c", "from strainopt.cli.main import main; main()", "batch", "run", str(plan.file)]
    process = subprocess.Popen([*words, "--task", "1"], stderr=subprocess.PIPE, text=True)
    folder = Folders(plan).of(plan.tasks[0])
    ended = lambda: "" if process.poll() is None else f"it ended with {process.returncode}"  # noqa: E731
    wait_until(lambda: gates.held(1), what="the middle of the search", vain=ended)
    process.send_signal(number)
    _, told = process.communicate(timeout=120)
    assert process.returncode == 75, told
    assert json.loads((folder / "partial.json").read_text())["designs"]
    assert states(plan) == [State.INTERRUPTED]


def test_processors(tmp_path: Path) -> None:
    here = len(os.sched_getaffinity(0))
    (tmp_path / "cpu.max").write_text("max 100000")
    assert available_cpus({}, cgroup=tmp_path) == here
    assert available_cpus({"SLURM_CPUS_PER_TASK": "1"}, cgroup=tmp_path) == 1
    assert available_cpus({"SLURM_JOB_ID": "5"}, cgroup=tmp_path) == 1
    assert available_cpus({"NSLOTS": "1000"}, cgroup=tmp_path) == here
    (tmp_path / "cpu.max").write_text("100000 100000")
    assert available_cpus({}, cgroup=tmp_path) == 1
    assert available_cpus({"NSLOTS": "2"}, cgroup=tmp_path) == 1


def test_the_same_question_twice_is_searched_once(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, QUICK, QUICK)
    assert len(tasks_to_do(plan, plan.tasks)) == 1
    perform(plan.tasks[0], Folders(plan).of(plan.tasks[0]), models=Models(), stop=lambda: False)
    rows = collect(plan).table.rows
    assert [row[:2] for row in rows] == [("1", "r1"), ("2", "r2")]
    assert rows[0][2:] == rows[1][2:]


def test_flux_tables_come_where_they_are_wanted(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, QUICK)
    (task,) = plan.tasks
    folder = Folders(plan).of(task)
    perform(task, folder, models=Models(), stop=lambda: False)
    assert not (folder / "fluxes.tsv").exists()
    wanted = replace(plan, tasks=(replace(task, fluxes=True),))
    assert states(wanted) == [State.MISSING]
    perform(wanted.tasks[0], folder, models=Models(), stop=lambda: False)
    assert states(wanted) == [State.DONE]
    assert (folder / "fluxes.tsv").exists()
    assert (folder / "funnel.tsv").exists()
