"""Plans: what the matrix gives, what hashes depend on, what is refused, and how long it takes."""

from __future__ import annotations

import itertools
import json
import shutil
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from strainopt.batch.check import check_text
from strainopt.batch.expand import make_plan
from strainopt.batch.layers import overrides
from strainopt.batch.plan import Plan, content_hash, read_plan, write_plan
from strainopt.batch.positions import ConfigError
from strainopt.design.options import DesignOptions
from strainopt.errors import InputError, UsageError
from strainopt.io.models import packaged_models
from strainopt.network.interventions import Intervention

HEAD = "version: 1\ndefaults: {model: textbook, target: EX_succ_e}\n"


def plan_of(text: str, folder: Path, *, given: tuple[str, ...] = (), seen: Mapping[str, str] | None = None) -> Plan:
    over = overrides(given, environment=seen or {})
    return make_plan(check_text(text, file="f.yaml", folder=folder), over=over)


def problems_of(text: str, folder: Path) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        plan_of(text, folder)
    return [str(one) for one in caught.value.problems]


def test_the_matrix_is_a_product_in_the_order_of_the_file(tmp_path: Path) -> None:
    plan = plan_of(HEAD + "matrix:\n  max_knockouts: [1, 2]\n  method: [strong, optknock, pfba]\n", tmp_path)
    asked = [(task.options.max_knockouts, task.options.method) for task in plan.tasks]
    assert asked == list(itertools.product([1, 2], ["strong", "optknock", "pfba"]))
    assert [task.number for task in plan.tasks] == [1, 2, 3, 4, 5, 6]
    assert [task.name for task in plan.tasks][:2] == ["1-strong", "1-optknock"]


def test_exclude_takes_what_has_all_its_values_and_include_adds(tmp_path: Path) -> None:
    text = HEAD + (
        "matrix:\n  method: [strong, optknock]\n  max_knockouts: [1, 2]\n"
        "  exclude: [{method: strong, max_knockouts: 2}]\n  include: [{method: pfba}]\nruns: [{name: mine, seed: 4}]\n"
    )
    asked = [(task.options.method, task.options.max_knockouts) for task in plan_of(text, tmp_path).tasks]
    assert asked == [("strong", 1), ("optknock", 1), ("optknock", 2), ("pfba", 3), ("robustknock", 3)]


def test_an_exclusion_without_effect_is_told(tmp_path: Path) -> None:
    text = HEAD + "matrix:\n  method: [strong]\n  exclude: [{method: optknock}]\n"
    told = "excludes nothing: no combination has these values"
    assert problems_of(text, tmp_path) == [f"f.yaml:5:13 matrix.exclude[0]: {told}"]


@pytest.mark.parametrize(
    ("where", "place"),
    [("defaults: {alpha: 0.5}\n", "defaults.alpha"), ("", ""), ("matrix: {alpha: [0.5, 0.7]}\n", "matrix.alpha")],
)
def test_options_without_effect_are_told(tmp_path: Path, where: str, place: str) -> None:
    text = "version: 1\n" + where + "runs: [{name: a, model: textbook, target: EX_succ_e, ties: optimistic}]\n"
    if "matrix" in where:
        text = text.replace("version: 1\n", HEAD)
    told = problems_of(text, tmp_path)
    assert any("runs[0].ties: has no effect here: it acts only with method: pfba" in line for line in told)
    assert not place or any(f"{place}: has no effect on any task" in line for line in told)


def test_an_option_that_acts_on_some_tasks_is_dropped_from_the_others(tmp_path: Path) -> None:
    text = HEAD.replace("EX_succ_e}", "EX_succ_e, alpha: 0.5}") + "matrix: {method: [optknock, pessimistic]}\n"
    first, second = plan_of(text, tmp_path).tasks
    assert (first.options.alpha, second.options.alpha) == (1.0, 0.5)
    plain = plan_of(HEAD + "matrix: {method: [optknock]}\n", tmp_path).tasks[0]
    assert first.hash == plain.hash


def test_a_yield_needs_a_substrate_as_on_the_command_line(tmp_path: Path) -> None:
    told = problems_of(HEAD + "runs: [{name: a, objective: yield}]\n", tmp_path)
    assert told == [
        "f.yaml:3:29 runs[0].objective: a yield needs a substrate; name its exchange reaction: substrate: EX_glc__D_e"
    ]
    text = HEAD + "runs: [{name: a, objective: yield, substrate: EX_glc__D_e}]\n"
    assert plan_of(text, tmp_path).tasks[0].options.substrate == "EX_glc__D_e"


def test_combinations_that_ask_the_same_are_taken_once(tmp_path: Path) -> None:
    text = HEAD + "matrix: {method: [optknock, pessimistic], alpha: [0.5, 0.7]}\n"
    asked = [(task.options.method, task.options.alpha) for task in plan_of(text, tmp_path).tasks]
    assert asked == [("optknock", 1.0), ("pessimistic", 0.5), ("pessimistic", 0.7)]


def test_layers_and_bounds_join(tmp_path: Path) -> None:
    text = (
        "version: 1\ndefaults: {target: EX_succ_e, bounds: {PFK: [0, 1], PGI: [-1, 1]}, seed: 1}\n"
        "models: {core: {file: textbook, bounds: {PGI: [~, 2]}}}\n"
        "media: {an: {bounds: {EX_o2_e: [0, ~]}}}\n"
        "runs: [{name: a, model: core, medium: an, bounds: {PFK: [0.5, ~]}, seed: 2}]\n"
    )
    options = plan_of(text, tmp_path).tasks[0].options
    assert options.bounds == {"PFK": (0.5, 1.0), "PGI": (-1.0, 2.0), "EX_o2_e": (0.0, None)}
    assert options.seed == 2


def test_flags_win_over_variables_and_variables_over_the_file(tmp_path: Path) -> None:
    text = HEAD + "matrix: {max_knockouts: [1, 2], seed: [5, 6]}\n"
    seen = {"STRAINOPT_MAX_KNOCKOUTS": "4", "STRAINOPT_SEED": "7"}
    only = plan_of(text, tmp_path, given=("max-knockouts=3",), seen=seen).tasks
    assert [(task.options.max_knockouts, task.options.seed) for task in only] == [(3, 7)]


@pytest.mark.parametrize("given", ["max_knockout=2", "max_knockouts=two", "max_knockouts", "method=optnock"])
def test_wrong_flags_are_refused(given: str) -> None:
    with pytest.raises(UsageError):
        overrides((given,), environment={})


def test_hashes_follow_what_bears_on_results_and_nothing_else(tmp_path: Path) -> None:
    shutil.copy(packaged_models()["textbook"], tmp_path / "a.xml.gz")
    (tmp_path / "m.tsv").write_text("exchange\tmax_uptake\nEX_glc__D_e\t10\n")
    run = "runs: [{name: x, model: MODEL, target: EX_succ_e, medium: m.tsv, max_knockouts: 2}]\n"
    text = "version: 1\n" + run.replace("MODEL", "a.xml.gz")
    base = plan_of(text, tmp_path).tasks[0].hash
    assert plan_of(text, tmp_path).tasks[0].hash == base
    assert plan_of(text.replace("name: x", "name: y"), tmp_path).tasks[0].hash == base
    assert plan_of("version: 1\n" + run.replace("MODEL", "textbook"), tmp_path).tasks[0].hash == base
    assert plan_of(text.replace("max_knockouts: 2", "max_knockouts: 3"), tmp_path).tasks[0].hash != base
    (tmp_path / "m.tsv").write_text("exchange\tmax_uptake\nEX_glc__D_e\t10.0\n# a comment\n")
    assert plan_of(text, tmp_path).tasks[0].hash == base
    (tmp_path / "m.tsv").write_text("exchange\tmax_uptake\nEX_glc__D_e\t9\n")
    assert plan_of(text, tmp_path).tasks[0].hash != base
    (tmp_path / "m.tsv").write_text("exchange\tmax_uptake\nEX_glc__D_e\t10\n")
    with (tmp_path / "a.xml.gz").open("ab") as stream:
        stream.write(b"\0")
    assert plan_of(text, tmp_path).tasks[0].hash != base


def test_every_option_changes_the_hash_where_it_acts() -> None:
    base = DesignOptions(model="m", target="t", method="pessimistic", designs=2, engine="milp")
    other: dict[str, object] = {
        "target": "u", "biomass": "b", "medium": {"e": 1.0}, "bounds": {"r": (0.0, None)}, "missing_bounds": "default",
        "gpr": "skip", "level": "gene", "knockouts": ("k",), "method": "strong", "alpha": 0.5, "objective": "yield",
        "substrate": "s", "certify": "exact", "min_growth": "0.1", "candidates": ("c",),
        "candidates_file": (Intervention("c", cost=2.0),), "exclude": ("x",),
        "filters": (), "max_knockouts": 1, "engine": "benders", "solver": "highs", "formulation": "kkt", "threads": 2,
        "seed": 1, "designs": 3, "within": 0.5, "time_limit": 1.0,
    }  # fmt: skip
    parsimonious = {"ties": "optimistic", "method": "pfba"}
    hashes = {content_hash(base, model_sha256="0")}
    for name, value in other.items():
        hashes.add(content_hash(DesignOptions(**{**vars(base), name: value}), model_sha256="0"))
    hashes.add(content_hash(DesignOptions(**{**vars(base), "method": "pfba"}), model_sha256="0"))
    hashes.add(content_hash(DesignOptions(**{**vars(base), **parsimonious}), model_sha256="0"))
    assert len(hashes) == len(other) + 3
    assert set(other) | {"model", "ties"} == set(vars(base))


def test_a_plan_comes_back_as_it_was_and_damage_is_told(tmp_path: Path) -> None:
    (tmp_path / "m.tsv").write_text("exchange\tmax_uptake\nEX_glc__D_e\tinf\n")
    text = (
        HEAD + "runs: [{name: a, medium: m.tsv, bounds: {PFK: [-inf, ~]}}, {name: b, exclude: [0010, NO, 2645.10]}]\n"
    )
    plan = plan_of(text, tmp_path)
    write_plan(plan)
    assert read_plan(plan.folder) == plan
    assert plan.tasks[1].options.exclude == ("0010", "NO", "2645.10")
    lines = plan.file.read_text().splitlines()
    for damaged in (lines[0][:-20], lines[1], lines[0].replace('"max_knockouts": 3', '"max_knockouts": 4')):
        plan.file.write_text("\n".join([damaged, lines[1]]) + "\n")
        with pytest.raises(InputError, match=r"plan.jsonl:1"):
            read_plan(plan.folder)
    assert json.loads(lines[0])["options"]["medium"] == {"EX_glc__D_e": "inf"}


def test_files_that_are_not_there_are_told_where_they_are_named(tmp_path: Path) -> None:
    text = (
        "version: 1\nmodels: {core: {file: textbok}}\nmedia: {m: {file: m.tsv}}\n"
        "runs:\n  - {name: a, model: core, target: T, medium: m}\n  - {name: b, model: iJO1367, target: T}\n"
        '  - {name: c, model: textbook, target: T, exclude: "@none.txt"}\n'
    )
    told = problems_of(text, tmp_path)
    named = ("textbok", "m.tsv", "iJO1367", '"@none')
    keys = ("models.core.file", "media.m.file", "runs[1].model", "runs[2].exclude")
    assert [line.split(": ")[0] for line in told] == [
        f"f.yaml:{_place(text, word)} {key}" for word, key in zip(named, keys, strict=True)
    ]
    assert "did you mean textbook?" in told[0]
    assert "did you mean iJO1366?" in told[2]


def _place(text: str, word: str) -> str:
    before = text[: text.index(word)]
    return f"{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}"


def test_a_thousand_tasks_are_planned_in_two_seconds(tmp_path: Path) -> None:
    targets = ", ".join(f"EX_{at}" for at in range(20))
    text = f"version: 1\nmatrix: {{model: textbook, target: [{targets}], max_knockouts: [1, 2, 3, 4, 5], seed: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]}}\n"  # noqa: E501
    started = time.process_time()
    plan = plan_of(text, tmp_path)
    write_plan(plan)
    assert len(plan.tasks) == len({task.hash for task in plan.tasks}) == 1000
    assert time.process_time() - started < 2.0
