"""Every file in configs/ runs, and its numbers are confirmed from outside.

The value of each design: cobra with GLPK, plain LPs on the whole model. That nothing is better: enumeration of every
set, an engine without any pruning but by growth.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from strainopt.batch.cache import Models
from strainopt.batch.check import load_config
from strainopt.batch.collect import collect
from strainopt.batch.expand import make_plan
from strainopt.batch.plan import Plan, write_plan
from strainopt.batch.task import perform
from strainopt.batch.task_files import Folders, State, task_state
from strainopt.design.request import answer, prepare
from tests.batch.referee import value

FOLDER = Path(__file__).resolve().parents[2] / "configs"
FILES = sorted(FOLDER.glob("*.yaml"))
MODELS = Models()


def performed(path: Path, folder: Path) -> Plan:
    plan = make_plan(load_config(path), folder=folder)
    write_plan(plan)
    folders = Folders(plan)
    for task in plan.tasks:
        perform(task, folders.of(task), models=MODELS, stop=lambda: False)
    return plan


def test_there_is_one_for_each_method_and_purpose() -> None:
    wanted = {"optknock", "robustknock", "pessimistic", "pfba", "strong", "optcouple", "screen", "genes", "cluster"}
    wanted |= {"interventions"}
    assert wanted <= {path.stem for path in FILES}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_it_runs_and_plain_programs_confirm_every_design(path: Path, tmp_path: Path) -> None:
    plan = performed(path, tmp_path)
    folders = Folders(plan)
    designs = 0
    for task in plan.tasks:
        found = task_state(folders.of(task), task)
        assert found.state is State.DONE
        assert found.document is not None
        assert found.document["status"] in ("optimal", "infeasible")
        for design in found.document["designs"]:
            growth, objective = value(task.options.to_json(), design["interventions"])
            assert design["growth"] == pytest.approx(growth, rel=1e-6)
            assert design["objective"] == pytest.approx(objective, rel=1e-5, abs=1e-5)
            designs += 1
        if task.fluxes:
            assert (folders.of(task) / "fluxes.tsv").is_file()
    assert designs
    assert collect(plan).complete


@pytest.mark.parametrize("name", ["optknock", "pessimistic", "pfba", "strong", "optcouple", "genes", "interventions"])
def test_no_set_of_deletions_is_better(name: str) -> None:
    task = make_plan(load_config(FOLDER / f"{name}.yaml")).tasks[0]
    network = MODELS.get(task).network
    options = replace(task.options, designs=1, within=0.0)
    found = answer(prepare(network, options))
    every = answer(prepare(network, replace(options, engine="enumerate")))
    assert every.engine == "enumerate"
    assert found.objective == pytest.approx(every.objective, rel=1e-6)
    assert found.proven
    assert every.proven


def test_robustknock_finds_what_unsafe_constants_lose(tmp_path: Path) -> None:
    """{PGI, CO2t, PFL} guarantees 10.41, by cobra's LPs; constants of 1000 on duals are known to stop at 9.67."""
    plan = performed(FOLDER / "robustknock.yaml", tmp_path)
    (task,) = plan.tasks
    document = task_state(Folders(plan).of(task), task).document
    assert document is not None
    _, guaranteed = value(task.options.to_json(), ["PGI", "CO2t", "PFL"])
    assert guaranteed == pytest.approx(10.41, abs=0.005)
    assert document["objective"] == pytest.approx(guaranteed, rel=1e-6)


def test_a_table_closes_what_it_does_not_list() -> None:
    task = make_plan(load_config(FOLDER / "screen.yaml")).tasks[-1]
    assert task.medium_name == "from-table"
    lines = (FOLDER / "media" / "glucose.tsv").read_text().splitlines()[1:]
    assert task.options.medium == {name: float(rate) for name, rate in (line.split("\t") for line in lines)}
