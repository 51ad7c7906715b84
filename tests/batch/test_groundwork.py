"""Reduced scenarios in the cache: the same table byte by byte, whatever is in the folder and whoever wrote there."""

from __future__ import annotations

import json
import logging
import time
from dataclasses import replace
from pathlib import Path

import pytest

from strainopt.batch.cache import Models
from strainopt.batch.check import check_text
from strainopt.batch.collect import collect
from strainopt.batch.expand import make_plan
from strainopt.batch.groundwork import prepare_scenarios, prepared_task
from strainopt.batch.plan import CACHE, Plan, write_plan
from strainopt.batch.task import perform
from strainopt.batch.task_files import Folders
from strainopt.design import question

SCREEN = """\
version: 1
defaults: {model: textbook, bounds: {EX_o2_e: [0, null]}}
matrix:
  target: [EX_succ_e, EX_lac__D_e]
  method: [robustknock, strong, optknock]
  max_knockouts: [1, 2]
runs: [{name: genes, target: EX_succ_e, level: gene, max_knockouts: 1}]
outputs: {fluxes: true}
"""


def plan_of(folder: Path, text: str = SCREEN) -> Plan:
    plan = make_plan(check_text(text, file="f.yaml", folder=folder))
    write_plan(plan)
    return plan


def done(plan: Plan, models: Models) -> Plan:
    for task in plan.tasks:
        perform(task, Folders(plan).of(task), models=models, stop=lambda: False)
    return plan


def files_of(plan: Plan) -> dict[str, str]:
    """All that the tasks wrote, but for times."""
    told = {"table": collect(plan).table.to_text()}
    for path in sorted(plan.tasks_folder.glob("*/*")):
        text = path.read_text()
        if path.name == "result.json":
            document = json.loads(text)
            del document["seconds"], document["provenance"]
            text = json.dumps(document)
        told[f"{path.parent.name}/{path.name}"] = text
    return told


def scenarios(plan: Plan) -> list[Path]:
    return sorted((plan.folder / CACHE).glob("*.scenario"))


@pytest.fixture(scope="module")
def without(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What the tasks give when nothing is kept."""
    return files_of(done(plan_of(tmp_path_factory.mktemp("without")), Models()))


def nothing_may_be_computed(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("the scenario was to be read, not computed")

    monkeypatch.setattr(question, "_lay", refuse)


def test_tasks_on_one_scenario_share_it_and_give_the_same_bytes(
    tmp_path: Path, without: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = plan_of(tmp_path)
    models = Models(plan.folder / CACHE)
    assert files_of(done(plan, models)) == without
    # two targets of reactions, one of genes; not one for each of thirteen tasks
    assert len(scenarios(plan)) == 3
    again = plan_of(tmp_path / "again")
    (again.folder / CACHE).mkdir()
    for path in scenarios(plan):
        (again.folder / CACHE / path.name).write_bytes(path.read_bytes())
    nothing_may_be_computed(monkeypatch)
    assert files_of(done(again, Models(again.folder / CACHE))) == without


def test_preparing_leaves_what_several_tasks_need(
    tmp_path: Path, without: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = plan_of(tmp_path)
    models = Models(plan.folder / CACHE)
    made = list(prepare_scenarios(plan, models))
    # that of the genes is for one task only, which makes it itself
    assert sorted(made) == scenarios(plan)
    assert len(made) == 2
    nothing_may_be_computed(monkeypatch)
    assert list(prepare_scenarios(plan, models)) == made
    for task in plan.tasks[:-1]:
        perform(task, Folders(plan).of(task), models=models, stop=lambda: False)
    assert list(prepare_scenarios(plan, models)) == []
    mine = files_of(plan)
    assert mine.items() - {("table", mine["table"])} <= without.items()


@pytest.mark.parametrize("damage", ["empty", "cut", "flipped", "stranger"])
def test_a_damaged_entry_is_computed_again_and_replaced(
    tmp_path: Path, without: dict[str, str], caplog: pytest.LogCaptureFixture, damage: str
) -> None:
    plan = plan_of(tmp_path)
    models = Models(plan.folder / CACHE)
    first, second = prepare_scenarios(plan, models)
    whole = first.read_bytes()
    middle = len(whole) // 2
    first.write_bytes({
        "empty": b"",
        "cut": whole[:middle],
        "flipped": whole[:middle] + bytes([whole[middle] ^ 4]) + whole[middle + 1 :],
        "stranger": second.read_bytes(),
    }[damage])  # fmt: skip
    with caplog.at_level(logging.WARNING):
        done(plan, models)
    told = [record.getMessage() for record in caplog.records if "is computed again" in record.getMessage()]
    assert len(told) == 1
    assert str(first) in told[0]
    assert first.read_bytes() == whole
    assert files_of(plan) == without


def test_a_folder_that_takes_no_files_costs_only_time(
    tmp_path: Path, without: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    """A file in the place of the folder: refused whoever asks, unlike permissions, which do not bind root."""
    plan = plan_of(tmp_path)
    (plan.folder / CACHE).write_text("in the way")
    with caplog.at_level(logging.WARNING):
        done(plan, Models(plan.folder / CACHE))
    assert any("is not kept" in record.getMessage() for record in caplog.records)
    assert files_of(plan) == without


def test_what_a_time_limit_cut_short_is_not_kept(tmp_path: Path) -> None:
    plan = plan_of(tmp_path)
    task, models = plan.tasks[0], Models(plan.folder / CACHE)
    loaded = models.get(task)
    prepared_task(task, loaded, folder=models.folder, deadline=time.monotonic())
    assert scenarios(plan) == []
    prepared_task(task, loaded, folder=models.folder, deadline=time.monotonic() + 600.0)
    assert len(scenarios(plan)) == 1


def test_a_question_without_meaning_leaves_nothing(tmp_path: Path) -> None:
    text = SCREEN.replace("target: [EX_succ_e, EX_lac__D_e]", "target: [EX_succ_e]\n  min_growth: [5]")
    plan = plan_of(tmp_path, text)
    assert list(prepare_scenarios(plan, Models(plan.folder / CACHE))) == []
    task = replace(plan.tasks[0])
    ended = perform(task, Folders(plan).of(task), models=Models(plan.folder / CACHE), stop=lambda: False)
    assert ended.status == "error"
    assert scenarios(plan) == []
