"""Collecting: from files only, idempotent, quick; what is missing is a list of indices."""

from __future__ import annotations

import csv
import json
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from strainopt.batch.cache import Models
from strainopt.batch.check import check_text
from strainopt.batch.collect import COLUMNS, collect, write_collected
from strainopt.batch.expand import make_plan
from strainopt.batch.plan import Plan, content_hash, read_plan, write_plan
from strainopt.batch.status import counts, standings, to_do
from strainopt.batch.task import perform
from strainopt.batch.task_files import Folders
from strainopt.errors import UsageError


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    """Two finished tasks of the core model; the second has several designs."""
    folder = tmp_path_factory.mktemp("done")
    text = (
        "version: 1\ndefaults: {model: textbook, bounds: {EX_o2_e: [0, ~]}, max_knockouts: 1}\nruns:\n"
        "  - {name: one, target: EX_succ_e}\n  - {name: many, target: EX_lac__D_e, designs: 3, within: 1}\n"
        "  - {name: none, target: EX_pyr_e, method: strong}\n"
    )
    plan = make_plan(check_text(text, file="f", folder=folder))
    write_plan(plan)
    for task in plan.tasks:
        perform(task, Folders(plan).of(task), models=Models(), stop=lambda: False)
    return plan


def many(done: Plan, folder: Path, count: int, change: Callable[[int, dict[str, Any]], str | None]) -> Plan:
    """A plan of so many tasks, each with a copy of the first result that `change` may spoil."""
    first = done.tasks[0]
    document = json.loads((Folders(done).of(first) / "result.json").read_text())
    tasks = []
    for number in range(1, count + 1):
        options = replace(first.options, seed=number)
        digest = content_hash(options, model_sha256=first.model_sha256)
        task = replace(first, number=number, name=f"t{number}", hash=digest, options=options)
        tasks.append(task)
        text = change(number, {**document, "task": {**document["task"], "hash": digest}})
        if text is not None:
            where = folder / "tasks" / task.folder_name
            where.mkdir(parents=True)
            (where / "result.json").write_text(text)
    plan = Plan(folder, tuple(tasks))
    write_plan(plan)
    return plan


def test_noise_of_solvers_is_not_in_the_table(done: Plan, tmp_path: Path) -> None:
    """Objectives are known to nine digits; their relative difference to the bound so has nine decimals."""

    def change(number: int, document: dict[str, Any]) -> str:
        assert document["gap"] > 1e-6  # digits beyond the ninth decimal would show
        noisy = {name: document[name] * (1.0 + 1e-12 * number) for name in ("objective", "bound")}
        return json.dumps({**document, **noisy, "gap": document["gap"] + 1e-12 * number})

    one, other = collect(many(done, tmp_path, 2, change)).table.rows
    assert one[3:] == other[3:]


def test_one_row_per_design_and_one_for_a_task_without(done: Plan) -> None:
    table = collect(done).table
    assert table.columns == COLUMNS
    rows = [dict(zip(table.columns, row, strict=True)) for row in table.rows]
    by_name: dict[str, list[dict[str, str]]] = {}
    for row in rows:
        by_name.setdefault(row["name"], []).append(row)
    assert list(by_name) == ["one", "many", "none"]
    assert [row["rank"] for row in by_name["many"]] == ["1", "2"]
    for task in done.tasks:
        document = json.loads((Folders(done).of(task) / "result.json").read_text())
        told = [row["interventions"] for row in by_name[task.name]]
        wanted = [";".join(design["interventions"]) for design in document["designs"]] or [""]
        assert told == wanted
        assert {row["status"] for row in by_name[task.name]} == {document["status"]}


def test_collecting_twice_gives_the_same_bytes_in_every_form(done: Plan) -> None:
    first = {path: path.read_bytes() for path in write_collected(collect(done), formats=("tsv", "csv", "json"))}
    second = {path: path.read_bytes() for path in write_collected(collect(done), formats=("tsv", "csv", "json"))}
    assert first == second
    assert {path.name for path in first} == {"results.tsv", "results.csv", "results.json", "summary.json"}
    with (done.folder / "results.csv").open(newline="") as stream:
        from_csv = list(csv.reader(stream))
    from_tsv = [line.split("\t") for line in (done.folder / "results.tsv").read_text().splitlines()]
    assert from_csv == from_tsv
    from_json = json.loads((done.folder / "results.json").read_text())
    assert [item["name"] for item in from_json] == ["one", "many", "none"]


def test_the_table_does_not_depend_on_when_and_where(done: Plan, tmp_path: Path) -> None:
    plan = make_plan(
        check_text(
            "version: 1\nruns: [{name: one, model: textbook, target: EX_succ_e, max_knockouts: 1, bounds: {EX_o2_e: [0, ~]}}]\n",  # noqa: E501
            file="f",
            folder=tmp_path,
        )
    )
    (task,) = plan.tasks
    folder = Folders(plan).of(task)
    perform(task, folder, models=Models(), stop=lambda: False)
    again = collect(plan).table.rows
    document = json.loads((folder / "result.json").read_text())
    document["seconds"] = 1e6
    document["provenance"]["platform"] = "another"
    document["designs"][0]["residual"] = 0.5
    (folder / "result.json").write_text(json.dumps(document))
    assert collect(plan).table.rows == again
    assert again[0][2:] == collect(done).table.rows[0][2:]


def test_what_is_missing_or_spoilt_is_listed(done: Plan, tmp_path: Path) -> None:
    def spoil(number: int, document: dict[str, Any]) -> str | None:
        text = json.dumps(document)
        return {3: None, 7: text[:-40], 8: "", 9: text.replace('"optimal"', '"running"')}.get(number, text)

    plan = many(done, tmp_path, 12, spoil)
    found = standings(plan)
    assert counts(found) == {"done": 8, "running": 0, "interrupted": 0, "failed": 0, "corrupt": 3, "missing": 1}
    assert to_do(found) == (3, 7, 8, 9)
    summary = collect(plan).summary()
    assert [one["task"] for one in summary["not_done"]] == [3, 7, 8, 9]  # type: ignore[index,union-attr,call-overload]
    assert not collect(plan).complete


def test_a_thousand_results_in_five_seconds(done: Plan, tmp_path: Path) -> None:
    plan = many(done, tmp_path, 1000, lambda number, document: json.dumps(document, indent=2))
    started = time.process_time()
    collected = collect(read_plan(plan.folder))
    write_collected(collected)
    assert time.process_time() - started < 5.0
    assert collected.complete
    assert len(collected.table.rows) == 1000


def test_parquet_holds_the_same_table(done: Plan) -> None:
    parquet = pytest.importorskip("pyarrow.parquet", reason="pyarrow is not installed (it comes with [test])")
    collected = collect(done)
    path = write_collected(collected, formats=("parquet",))[0]
    read = parquet.read_table(path).to_pydict()
    assert list(read) == list(COLUMNS)
    (written,) = (path for path in write_collected(collected, formats=("tsv",)) if path.suffix == ".tsv")
    with written.open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream, delimiter="\t"))
    assert len(rows) == len(collected.table.rows) > 3
    for name in COLUMNS:
        texts = [row[name] for row in rows]
        if name in {"task", "growth", "product_min", "product_max", "bound", "task_objective", "max_knockouts"}:
            assert read[name] == [float(text) if text else None for text in texts], name
            assert all(value is None or isinstance(value, float) for value in read[name]), name
        else:
            told = [value if isinstance(value, str) else "" if value is None else float(value) for value in read[name]]
            same = zip(told, texts, strict=True)
            assert all(value == (text if isinstance(value, str) else float(text)) for value, text in same), name
    assert {type(value) for value in read["hash"]} == {str}


def test_parquet_without_pyarrow_is_explained(done: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    with pytest.raises(UsageError, match="pyarrow"):
        write_collected(collect(done), formats=("parquet",))
