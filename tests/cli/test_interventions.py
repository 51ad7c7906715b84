"""`--candidates-file` of `design` and `evaluate`. Numbers of two_routes are derived by hand in models/README.md."""

from __future__ import annotations

import json

import pytest

BASE = ("design", "two_routes", "--target", "EX_p_e", "--min-growth", "1")


@pytest.fixture
def table(tmp_path):
    """Writes a candidates file; the first line is the header."""

    def write(*lines: str) -> str:
        path = tmp_path / "offers.tsv"
        path.write_text("\n".join(line.replace(" ", "\t") for line in ("id kind cost bound use", *lines)) + "\n")
        return str(path)

    return write


def test_costs_decide_what_the_budget_buys(shell, table) -> None:
    # robustknock: {full} makes 3, {make_w, to_i} makes 10; at two each the pair is beyond a budget of three
    dear = shell(*BASE, "-k", "3", "--candidates-file", table("make_w knockout 2", "to_i knockout 2", "full knockout"))
    assert dear.code == 0
    told = shell(*BASE, "-k", "3", "--candidates-file", table("* knockout 1.5"), "--json")
    found = json.loads(told.out)
    assert found["designs"][0]["interventions"] == ["make_w", "to_i"]
    assert found["designs"][0]["cost"] == 3.0
    assert found["options"]["candidates_file"] == [
        {"id": "*", "kind": "knockout", "cost": 1.5, "bound": None, "use": "optional"}
    ]
    found = json.loads(
        shell(
            *BASE,
            "-k",
            "3",
            "--candidates-file",
            table("make_w knockout 2", "to_i knockout 2", "full knockout"),
            "--json",
        ).out
    )
    assert found["objective"] == pytest.approx(3.0)
    assert found["designs"][0]["interventions"] == ["full"]


def test_what_is_forbidden_and_forced(shell, table) -> None:
    path = table("* knockout", "to_i knockout 1  forbidden", "make_w knockout 1  forced")
    found = json.loads(shell(*BASE, "-k", "2", "--candidates-file", path, "--json").out)
    assert found["designs"][0]["interventions"] == ["full", "make_w"]
    assert found["designs"][0]["cost"] == 2.0


def test_a_knock_in_is_marked_and_a_narrowed_flux_too(shell, table) -> None:
    path = table("partial knockin 1  forced", "full bound 1 2 forced", "to_i knockout", "make_w knockout")
    ran = shell(*BASE, "-k", "3", "--candidates-file", path)
    assert "+partial" in ran.err
    assert "~full" in ran.err


def test_evaluate_reads_the_same_file(shell, table) -> None:
    path = table("full bound 1 0", "to_i knockin 1")
    # a bound of zero is a deletion, and to_i is absent because it is not named
    whole = json.loads(shell("evaluate", "two_routes", "--target", "EX_p_e", "--knockouts", "full,to_i", "--json").out)
    same = json.loads(
        shell(
            "evaluate", "two_routes", "--target", "EX_p_e", "--knockouts", "full", "--candidates-file", path, "--json"
        ).out
    )
    for name in ("growth", "product_min", "product_max", "objective"):
        assert same["designs"][0][name] == pytest.approx(whole["designs"][0][name], abs=1e-9)
    assert same["designs"][0]["narrowed"] == ["full"]
    assert same["designs"][0]["reactions"] == []


@pytest.mark.parametrize("kind", ["knockin", "knockout"])
def test_what_the_file_forbids_is_not_evaluated(shell, table, kind) -> None:
    path = table(f"full {kind} 1  forbidden")
    ran = shell("evaluate", "two_routes", "--target", "EX_p_e", "--knockouts", "full", "--candidates-file", path)
    assert ran.code == 2
    assert "full is forbidden" in ran.err


@pytest.mark.parametrize(
    ("line", "more", "code", "told"),
    [
        ("to_j knockout", (), 2, "offers.tsv:2:1: no reaction 'to_j'"),
        ("to_i knockot", (), 3, "did you mean knockout"),
        ("to_i knockot", (), 3, "offers.tsv:2:6: kind is 'knockot'"),
        ("to_i knockout", ("--candidates", "full"), 2, "both say what may be done"),
        ("to_i knockout 4  forced", (), 2, "the budget is 3"),
    ],
)
def test_mistakes_are_told_with_their_place(shell, table, line, more, code, told) -> None:
    ran = shell(*BASE, "--candidates-file", table(line), *more)
    assert ran.code == code
    assert told in ran.err


def test_a_dry_run_counts_the_sets_within_the_budget(shell, table) -> None:
    # two at 1 and one at 2 in a budget of 2: none, three single ones, the pair of cheap ones
    path = table("to_i knockout", "make_w knockout", "full knockout 2")
    found = json.loads(shell(*BASE, "-k", "2", "--candidates-file", path, "--dry-run", "--json").out)
    assert found["search"] == {"different_candidates": 3, "sets": 5}
