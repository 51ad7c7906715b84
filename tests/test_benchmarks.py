"""What benchmarks/growth.py and honesty.py keep, skip and tell; the figures themselves are not tested."""

from __future__ import annotations

import importlib
import math
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

BENCHMARKS = Path(__file__).resolve().parents[1] / "benchmarks"


@pytest.fixture
def growth(monkeypatch) -> ModuleType:
    monkeypatch.syspath_prepend(BENCHMARKS)
    return importlib.import_module("growth")


@pytest.fixture
def growth_plot(growth) -> ModuleType:
    return importlib.import_module("growth_plot")


@pytest.fixture
def row(growth):
    """A proven case; any field can be given."""
    given = growth.Row(
        model="textbook",
        product="acetate",
        oxygen="anaerobic",
        k=2,
        status="proven",
        value=9.25,
        bound=9.251,
        processor_s=2.5,
        wall_s=3.0,
        best_after_s=None,
        peak_mib=80.0,
        columns=54,
        candidates=26,
        lps=400,
        limit_s=60.0,
        version="abc",
        design="PFL+PYK",
    )
    return lambda **changed: replace(given, **changed)


def keyed(rows) -> dict:
    return {one.key: one for one in rows}


def test_rows_come_back_as_written_and_the_last_word_on_a_case_counts(growth, row, tmp_path) -> None:
    path = tmp_path / "new" / "growth.tsv"
    first = row(k=1, status="stopped", value=None, design="")
    for one in (first, row(), row(k=1, limit_s=600.0)):
        growth.append(path, one)
    assert growth.read(path) == keyed([row(k=1, limit_s=600.0), row()])
    assert path.read_text().count("model\t") == 1


@pytest.mark.parametrize("lost", [1, 3, 20, 60])
def test_a_line_cut_off_while_it_was_written_is_not_there_and_harms_no_other(growth, row, tmp_path, lost) -> None:
    path = tmp_path / "growth.tsv"
    growth.append(path, row(k=1))
    growth.append(path, row(k=2))
    path.write_bytes(path.read_bytes()[:-lost])
    assert growth.read(path) == keyed([row(k=1)])
    growth.append(path, row(k=3))
    assert growth.read(path) == keyed([row(k=1), row(k=3)])


def test_what_is_settled_is_skipped_and_what_failed_is_not(growth, row) -> None:
    case = growth.Case(growth.MODELS[0], "acetate", "anaerobic", 2)
    assert case.key == row().key
    assert growth.wanted(case, {}, limit=60.0)
    for how, again in (("proven", False), ("none", False), ("stopped", False), ("failed", True)):
        assert growth.wanted(case, keyed([row(status=how)]), limit=60.0) is again, how


def test_what_was_stopped_is_run_again_only_with_more_time_and_leaves_larger_sizes_out(growth, row) -> None:
    larger = growth.Case(growth.MODELS[0], "acetate", "anaerobic", 3)
    stopped = keyed([row(k=2, status="stopped", limit_s=60.0)])
    assert not growth.wanted(larger, stopped, limit=60.0)
    assert growth.wanted(larger, stopped, limit=61.0)
    assert growth.wanted(replace(larger, k=2), stopped, limit=61.0)
    assert growth.wanted(replace(larger, k=1), stopped, limit=60.0)
    assert growth.wanted(replace(larger, oxygen="aerobic"), stopped, limit=60.0)


@pytest.mark.parametrize(
    ("code", "proven", "designs", "expected"),
    [
        (0, True, [{}], "proven"),
        (4, True, [], "none"),
        (5, False, [{}], "stopped"),
        (6, False, [], "stopped"),
        (7, True, [{}], "failed"),
        (8, True, [{}], "failed"),
        (75, False, [{}], "failed"),
    ],
)
def test_status_follows_exit_code_and_proof(growth, code, proven, designs, expected) -> None:
    assert growth.status(code, {"proven": proven, "designs": designs}) == expected


def test_a_command_without_a_result_has_failed(growth) -> None:
    assert growth.status(0, None) == "failed"


def test_there_are_ten_cases_per_model_and_size_small_sizes_first(growth) -> None:
    every = list(growth.cases(growth.MODELS, sizes=[2, 1], oxygen=growth.OXYGEN))
    assert len({case.key for case in every}) == len(every) == 10 * 2 * len(growth.MODELS)
    assert [case.k for case in every] == sorted(case.k for case in every)


def test_a_real_case_says_what_it_took_and_when_the_best_was_found(growth, tmp_path) -> None:
    case = growth.Case(growth.MODELS[0], "succinate", "anaerobic", 1)
    row = growth.measure(case, folder=tmp_path, limit=300.0)
    assert row.key == case.key
    assert row.status == "proven"
    assert row.value <= row.bound
    # one deletion, and one process with an interpreter and a model in memory
    assert row.design
    assert "+" not in row.design
    assert row.processor_s > 0.1
    assert 20 < row.peak_mib < 2000
    assert 0 < row.best_after_s < row.wall_s
    assert 0 < row.candidates < 95
    assert row.lps > 0


def test_a_median_counts_stopped_and_left_out_cases_as_longer_than_any(growth_plot, row) -> None:
    products = ["succinate", "acetate", "ethanol", "D-lactate", "formate"]
    rows = [row(k=2, product=name, processor_s=time) for name, time in zip(products[:3], (1.0, 2.0, 4.0), strict=True)]
    rows += [row(k=2, product=name, status="stopped", processor_s=60.0) for name in products[3:]]
    rows += [row(k=3, product=name, processor_s=9.0) for name in products[:2]]
    second, third = growth_plot.points(rows)
    assert (second.cases, second.settled, second.median, second.least) == (5, 3, 4.0, 1.0)
    assert math.isinf(second.most)
    # two done, two left out after k = 2: of four cases the median lies beyond the second
    assert (third.cases, third.settled) == (4, 2)
    assert math.isinf(third.median)
    table = growth_plot.by_model([second, third])
    assert "| textbook | 2 | 3 of 5 | 4.0 (1.0 to > 60) |" in table
    assert "| textbook | 3 | 2 of 4 | > 9 (9.0 to > 9) |" in table


def test_the_page_says_what_is_not_proven_and_what_was_not_run(growth_plot, row) -> None:
    rows = [row(k=1, status="none", value=None), row(status="stopped", bound=9.5), row(k=3, oxygen="aerobic")]
    lines = growth_plot.page(rows).splitlines()
    assert "| textbook | acetate | anaerobic | none, 2.5 s | 9.2500 (bound 9.5000), 2.5 s | not run |" in lines
    assert "| textbook | acetate | aerobic | not run | not run | 9.2500, 2.5 s |" in lines


def test_incumbents_are_compared_with_what_is_proven_only(growth, row) -> None:
    short = [row(product=name, status="stopped", value=9.25) for name in ("acetate", "ethanol", "formate")]
    known = [row(product="acetate", value=9.2501), row(product="ethanol", value=9.26)]
    known.append(row(product="formate", status="stopped"))
    table, same, unknown = growth.incumbents(keyed(known), short)
    assert (same, unknown) == (1, 1)
    assert [text.split(" | ")[-1] for text in table.splitlines()[2:]] == ["yes |", "no |", "? |"]
    # proven within the short run itself
    assert growth.incumbents({}, [row()])[1:] == (1, 0)


def test_rows_of_honesty_replace_those_of_the_same_name_and_keep_the_others(monkeypatch, tmp_path) -> None:
    monkeypatch.syspath_prepend(BENCHMARKS)
    honesty = importlib.import_module("honesty")
    name = "| iJO1366 | reaction | robustknock | 3 | glpk "
    results = tmp_path / "honesty.md"
    for seed, seconds in ((1, 5), (0, 6), (1, 7)):
        honesty.keep(results, f"{name}| {seed} | {seconds}.0 | 9.19 A+B | 0 | 0 | 0 |")
    assert results.read_text() == (
        f"{honesty.HEAD}{name}| 0 | 6.0 | 9.19 A+B | 0 | 0 | 0 |\n{name}| 1 | 7.0 | 9.19 A+B | 0 | 0 | 0 |\n"
    )
