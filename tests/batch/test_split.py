"""One question as several tasks: one row, the value of the undivided search, whatever happens to the parts."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace
from pathlib import Path

import pytest

from strainopt.batch import run as run_module
from strainopt.batch import task as task_module
from strainopt.batch.cache import Models
from strainopt.batch.check import check_text
from strainopt.batch.collect import collect, write_collected
from strainopt.batch.expand import make_plan
from strainopt.batch.layers import overrides
from strainopt.batch.parts import divides
from strainopt.batch.plan import Plan, read_plan, write_plan
from strainopt.batch.positions import ConfigError
from strainopt.batch.run import RunSettings, run_tasks, tasks_to_do
from strainopt.batch.status import standings, to_do
from strainopt.batch.task import perform
from strainopt.batch.task_files import Folders, State, task_state
from strainopt.cli.main import cli
from strainopt.design.engines import choose_engine
from strainopt.design.options import ENGINES, SOLVERS, DesignOptions
from strainopt.design.problem import DesignProblem, DesignSet, Engine
from strainopt.design.request import answer
from strainopt.errors import InputError
from tests.batch.gates import Gates
from tests.batch.referee import value

QUESTION = "model: textbook, target: EX_succ_e, max_knockouts: 4, min_growth: 0.05, bounds: {EX_o2_e: [0, ~]}"
LONGER = QUESTION.replace("max_knockouts: 4, min_growth: 0.05", "max_knockouts: 6, min_growth: 0.02")
"""Asks 670 times whether to end: what is left when one part is held has the other come to its gate as well."""

OTHER = QUESTION.replace("max_knockouts: 4", "max_knockouts: 1").replace("EX_succ_e,", "EX_lac__D_e,")
NAMES = ("task", "name", "state", "status", "proven", "task_objective", "growth", "verified", "error")


def plan_of(folder: Path, *runs: str, extra: str = "") -> Plan:
    lines = "".join(f"  - {{name: r{at}, {run}}}\n" for at, run in enumerate(runs, start=1))
    plan = make_plan(check_text(f"version: 1\n{extra}runs:\n{lines}", file="f.yaml", folder=folder))
    write_plan(plan)
    return plan


def states(plan: Plan) -> list[State]:
    return [item.state for item in standings(plan)]


def rows(plan: Plan) -> list[dict[str, str]]:
    table = collect(plan).table
    return [dict(zip(table.columns, row, strict=True)) for row in table.rows]


def do(plan: Plan, part: int, *, questions: int | None = None) -> str:
    """Do a part as an array index does it; asked that often whether to end, it is told so."""
    task = plan.tasks[part - 1]
    asked = itertools.count(1)
    stop = (lambda: False) if questions is None else (lambda: next(asked) > questions)
    return perform(task, Folders(plan).of(task), models=Models(), stop=stop).status


@pytest.fixture(scope="module")
def undivided(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    plan = plan_of(tmp_path_factory.mktemp("undivided"), QUESTION, OTHER)
    run_tasks(plan, plan.tasks, RunSettings(workers=1))
    return plan


def same_row(plan: Plan, undivided: Plan) -> None:
    """Value, proof and state of the undivided row; a design of that value by cobra's LPs on the whole model."""
    (row,) = (row for row in rows(plan) if row["name"] == "r1")
    wanted = rows(undivided)[0]
    assert list(row) == list(wanted)
    for name in ("hash", "state", "status", "proven", "theoretical_max", "verified", "error"):
        assert row[name] == wanted[name], name
    assert (row["status"], row["proven"]) == ("optimal", "true")
    assert float(row["task_objective"]) == pytest.approx(float(wanted["task_objective"]), rel=1e-4)
    _, guaranteed = value(plan.tasks[0].options.to_json(), row["interventions"].split(";"))
    assert float(row["task_objective"]) == pytest.approx(guaranteed, rel=1e-5)


def test_parts_are_lines_of_the_plan_with_one_hash_and_one_folder(tmp_path: Path, undivided: Plan) -> None:
    plan = plan_of(tmp_path, OTHER, f"{QUESTION}, split: 3", OTHER + ", seed: 2")
    assert [(task.number, task.part, task.parts) for task in plan.tasks] == [
        (1, 1, 1), (2, 1, 3), (3, 2, 3), (4, 3, 3), (5, 1, 1),
    ]  # fmt: skip
    assert {task.hash for task in plan.tasks[1:4]} == {undivided.tasks[0].hash}
    assert {task.folder_name for task in plan.tasks[1:4]} == {f"0002-{undivided.tasks[0].hash[:12]}"}
    assert [task.label for task in plan.tasks] == ["r1", "r2 1/3", "r2 2/3", "r2 3/3", "r3"]
    assert read_plan(plan.folder) == plan
    text = plan.file.read_text()
    plan.file.write_text(text.replace('"part": 2', '"part": 4'))
    with pytest.raises(InputError, match=r"plan.jsonl:3[\s\S]*part 4 of 3"):
        read_plan(plan.folder)


def test_a_pool_shares_the_question_and_gives_the_row_of_one_task(tmp_path: Path, undivided: Plan) -> None:
    plan = plan_of(tmp_path, f"{QUESTION}, split: 3", OTHER)
    ran = run_tasks(plan, tasks_to_do(plan, plan.tasks), RunSettings(workers=2))
    assert not ran.failed
    assert states(plan) == [State.DONE] * 4
    same_row(plan, undivided)
    assert rows(plan)[1]["interventions"] == rows(undivided)[1]["interventions"]
    folder = Folders(plan).of(plan.tasks[0])
    assert sorted(path.name for path in folder.iterdir()) == ["designs.tsv", "result.json"]
    first = [path.read_bytes() for path in write_collected(collect(plan))]
    assert tasks_to_do(plan, plan.tasks) == ()
    assert [path.read_bytes() for path in write_collected(collect(plan))] == first
    summary = json.loads((plan.folder / "summary.json").read_text())
    assert (summary["tasks"], summary["states"]["done"]) == (2, 2)
    assert [entry["name"] for entry in json.loads((plan.folder / "results.json").read_text())] == ["r1", "r2"]


def test_a_part_that_comes_late_ends_at_once_with_the_common_result(tmp_path: Path, undivided: Plan) -> None:
    plan = plan_of(tmp_path, f"{QUESTION}, split: 2")
    assert do(plan, 2) == "optimal"
    before = (Folders(plan).of(plan.tasks[0]) / "result.json").read_bytes()
    # it does not even read the model
    ended = perform(
        replace(plan.tasks[0], model_sha256="0" * 64),
        Folders(plan).of(plan.tasks[0]),
        models=Models(),
        stop=lambda: False,
    )
    assert (ended.status, "another part" in ended.message) == ("optimal", True)
    assert (Folders(plan).of(plan.tasks[0]) / "result.json").read_bytes() == before
    same_row(plan, undivided)


def test_a_part_at_work_ends_when_another_has_the_result(
    tmp_path: Path, undivided: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Though the state of the search goes with the result, nobody searches the rest alone."""
    plan = plan_of(tmp_path, f"{QUESTION}, split: 2")
    monkeypatch.setattr(task_module, "GLANCE", 0.0)
    task, asked = plan.tasks[0], itertools.count(1)

    def stop() -> bool:
        if next(asked) == 20:
            assert do(plan, 2) == "optimal"
        return False

    ended = perform(task, Folders(plan).of(task), models=Models(), stop=stop)
    assert "another part" in ended.message
    assert next(asked) < 40
    assert not (Folders(plan).of(task) / "search").exists()
    same_row(plan, undivided)


def test_interrupted_parts_take_turns_and_status_shows_each(tmp_path: Path, undivided: Plan) -> None:
    plan = plan_of(tmp_path, f"{QUESTION}, split: 3", OTHER)
    assert do(plan, 2, questions=60) == "interrupted"
    assert states(plan) == [State.MISSING, State.INTERRUPTED, State.MISSING, State.MISSING]
    row, _ = rows(plan)
    assert row["state"] == "interrupted"
    assert "1 of 3 parts interrupted; part 2: " in row["error"]
    assert to_do(standings(plan)) == (1, 2, 3, 4)
    for turn in itertools.count():
        assert turn < 60
        if do(plan, 1 + turn % 3, questions=60) == "optimal":
            break
    assert turn > 1
    assert states(plan) == [State.DONE] * 3 + [State.MISSING]
    assert to_do(standings(plan)) == (4,)
    same_row(plan, undivided)


def test_a_killed_part_costs_nothing_but_its_time(tmp_path: Path, gates: Gates) -> None:
    whole = plan_of(tmp_path / "whole", LONGER)
    run_tasks(whole, whole.tasks, RunSettings(workers=1))
    plan = plan_of(tmp_path, f"{LONGER}, split: 2")
    for number in (1, 2):
        gates.shut(number)
    pool = run_module._Pool(plan, RunSettings(workers=2), None, run_module.deque(plan.tasks))
    seen: list[list[State]] = []

    def stop() -> bool:
        assert seen or not pool.reports, "a part ended before both were held"
        if not seen and gates.held(1) and gates.held(2):
            seen.append(states(plan))
            next(worker for worker in pool.workers if worker.task is not None).process.kill()
            for number in (1, 2):
                gates.open(number)
        return False

    try:
        pool.serve(stop)
    finally:
        pool.close()
    assert seen == [[State.RUNNING, State.RUNNING]]
    assert sorted(report.status for _, report in pool.reports) == ["failed", "optimal"]
    assert states(plan) == [State.DONE, State.DONE]
    same_row(plan, whole)


@pytest.mark.parametrize("damage", [b"", b"\0" * 300, b'deadbeef ["s", 9, 0.0]\n', b"half"])
def test_damaged_files_of_a_part_are_no_facts(tmp_path: Path, undivided: Plan, damage: bytes) -> None:
    """The third says that nothing of up to nine is worth anything: with a wrong checksum, nobody believes it."""
    plan = plan_of(tmp_path, f"{QUESTION}, split: 2")
    assert do(plan, 1, questions=150) == "interrupted"
    folder = Folders(plan).of(plan.tasks[0])
    files = [*folder.glob("search/*/facts-*"), *folder.glob("search/*/frontier-*.json"), folder / "partial.part-1.json"]
    assert len(files) >= 2
    for path in files:
        whole = path.read_bytes()
        path.write_bytes(whole[: len(whole) // 2] if damage == b"half" else damage)
    assert states(plan) == [State.INTERRUPTED, State.MISSING]
    assert do(plan, 2) == "optimal"
    assert states(plan) == [State.DONE, State.DONE]
    same_row(plan, undivided)


def test_a_damaged_result_is_done_again_by_any_part(tmp_path: Path, undivided: Plan) -> None:
    plan = plan_of(tmp_path, f"{QUESTION}, split: 2")
    do(plan, 1)
    result = Folders(plan).of(plan.tasks[0]) / "result.json"
    result.write_bytes(result.read_bytes()[:200])
    assert states(plan) == [State.CORRUPT, State.CORRUPT]
    assert rows(plan)[0]["state"] == "corrupt"
    assert do(plan, 2) == "optimal"
    same_row(plan, undivided)


def test_time_limits_are_of_each_part_and_the_last_one_writes_the_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The clock is replaced by a count of questions once a design is known, so that it always stops in the middle."""

    def timed(*words: object, **options: object) -> DesignSet:
        known: list[float] = []
        asked = itertools.count(1)
        options["observer"] = lambda seen: known.append(seen.incumbent) if seen.incumbent > 1.0 else None
        options["stop"] = lambda: bool(known) and next(asked) > 20
        found = answer(*words, **options)  # type: ignore[arg-type]
        return replace(found, status="time_limit") if found.status == "interrupted" else found

    monkeypatch.setattr(task_module, "answer", timed)
    plan = plan_of(tmp_path, f"{QUESTION}, split: 2, time_limit: 1h")
    assert do(plan, 1) == "time_limit"
    folder = Folders(plan).of(plan.tasks[0])
    assert not (folder / "result.json").exists()
    assert states(plan) == [State.DONE, State.MISSING]
    assert rows(plan)[0]["state"] == "missing"
    first = json.loads((folder / "partial.part-1.json").read_text())
    assert to_do(standings(plan)) == (2,)
    assert do(plan, 2) == "time_limit"
    assert states(plan) == [State.DONE, State.DONE]
    assert sorted(path.name for path in folder.iterdir()) == ["designs.tsv", "result.json"]
    row = rows(plan)[0]
    assert (row["status"], row["proven"]) == ("time_limit", "false")
    assert float(row["task_objective"]) >= first["objective"] * (1 - 1e-6)
    # the second went on from where the first was
    assert float(row["bound"]) <= first["bound"] * (1 + 1e-6)


def test_parts_whose_time_is_over_without_a_row_are_to_do(tmp_path: Path) -> None:
    """Where two ended at the same moment and a slow file system hid each from the other."""
    plan = plan_of(tmp_path, f"{QUESTION}, split: 2, time_limit: 1h")
    do(plan, 1, questions=100)
    folder = Folders(plan).of(plan.tasks[0])
    document = json.loads((folder / "partial.part-1.json").read_text()) | {"status": "time_limit"}
    for part in (1, 2):
        (folder / f"partial.part-{part}.json").write_text(json.dumps(document))
    assert states(plan) == [State.INTERRUPTED, State.INTERRUPTED]
    assert do(plan, 1) == "optimal"
    assert states(plan) == [State.DONE, State.DONE]


def test_a_question_without_meaning_is_one_row_with_its_error(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, f"{QUESTION}, split: 2".replace("EX_succ_e", "EX_suc_e"))
    assert [do(plan, 1), do(plan, 2)] == ["error", "error"]
    (row,) = rows(plan)
    assert row["status"] == "error"
    assert "did you mean EX_succ_e" in row["error"]


def test_what_is_shared_splits_the_tasks_that_can_be(tmp_path: Path) -> None:
    runs = [QUESTION, OTHER, QUESTION.replace("4", "5") + ", split: 1", QUESTION + ", engine: enumerate"]
    plan = plan_of(tmp_path, *runs, extra="defaults: {split: 2}\n")
    assert [task.label for task in plan.tasks] == ["r1 1/2", "r1 2/2", "r2", "r3", "r4"]


def test_a_flag_splits_too(tmp_path: Path) -> None:
    text = f"version: 1\nruns: [{{name: a, {QUESTION}}}]\n"
    checked = check_text(text, file="f.yaml", folder=tmp_path)
    assert len(make_plan(checked, over=overrides(("split=4",), environment={})).tasks) == 4
    # of `strainopt design`, where it means part 1 of 4
    assert len(make_plan(checked, over=overrides((), environment={"STRAINOPT_SPLIT": "1/4"})).tasks) == 1
    with pytest.raises(ConfigError, match="flag --set split: no task can be split"):
        make_plan(checked, over=overrides(("split=4", "max_knockouts=2"), environment={}))


def test_what_can_be_split_is_what_the_sharing_engine_answers() -> None:
    """The rule is written out, so that checking a file needs no solver: here it is compared with the engine's own."""
    problem: DesignProblem = None  # type: ignore[assignment] - the rule looks at the solver only
    for engine, solver in itertools.product(ENGINES, (None, *SOLVERS)):
        options = DesignOptions(model="m", target="t", engine=engine, solver=solver)
        chosen = choose_engine(problem, solver=solver) if engine == "auto" else Engine(engine)
        assert divides(options) == (chosen is Engine.BENDERS), (engine, solver)


def test_commands_show_the_parts(tmp_path: Path, undivided: Plan, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "f.yaml").write_text(f"version: 1\nruns: [{{name: r1, {QUESTION}, split: 2}}]\n")
    config = str(tmp_path / "f.yaml")

    def call(*words: str) -> str:
        with pytest.raises(SystemExit) as ended:
            cli.main(args=list(words), prog_name="strainopt")
        told = capsys.readouterr()
        assert ended.value.code == 0, told.err
        return told.out + told.err

    assert "r1 2/2" in call("batch", "plan", config)
    assert "#SBATCH --array=1-2" in call("batch", "submit", config)
    plan = read_plan(tmp_path / "results")
    do(plan, 1, questions=60)
    status = call("batch", "status", config)
    assert "2 tasks: 1 interrupted, 1 missing" in status
    assert "r1 1/2" in status
    assert call("batch", "collect", config, "--missing") == "1-2\n"
    collected = call("batch", "collect", config)
    assert "1 tasks: 1 interrupted" in collected
    call("batch", "run", config, "--task", "2")
    call("run", config)
    assert call("batch", "collect", config, "--missing") == ""
    same_row(plan, undivided)
    assert task_state(Folders(plan).of(plan.tasks[0]), plan.tasks[0]).state is State.DONE
