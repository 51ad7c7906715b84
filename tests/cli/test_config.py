"""Where values come from: command line over environment over default."""

from __future__ import annotations

import json

import pytest

BASE = ("design", "two_routes", "--target", "EX_p_e", "--min-growth", "1")


def test_environment_counts_and_the_command_line_wins(shell, monkeypatch) -> None:
    # two_routes, robustknock: 3 with one knockout, 10 with two (models/README.md).
    monkeypatch.setenv("STRAINOPT_MAX_KNOCKOUTS", "1")
    assert json.loads(shell(*BASE, "--json").out)["objective"] == pytest.approx(3.0)
    assert json.loads(shell(*BASE, "-k", "2", "--json").out)["objective"] == pytest.approx(10.0)


def test_several_bounds_in_one_variable(shell, monkeypatch) -> None:
    monkeypatch.setenv("STRAINOPT_BOUNDS", "EX_s_e=-5: full=0:0")
    # Half the substrate, and without `full` growth is 1.2 per s.
    assert json.loads(shell("fba", "two_routes", "--json").out)["growth"] == pytest.approx(6.0)


def test_a_bad_value_in_the_environment_is_refused(shell, monkeypatch) -> None:
    monkeypatch.setenv("STRAINOPT_METHOD", "optnock")
    ran = shell(*BASE)
    assert ran.code == 2
    assert "did you mean optknock" in ran.err


def test_a_mistyped_variable_is_told(shell, monkeypatch) -> None:
    monkeypatch.setenv("STRAINOPT_MAX_KNOCKOUT", "1")
    assert "did you mean STRAINOPT_MAX_KNOCKOUTS" in shell(*BASE, "-k", "1").err


def test_print_config_shows_value_and_source_and_stops(shell, monkeypatch) -> None:
    monkeypatch.setenv("STRAINOPT_SEED", "5")
    ran = shell(*BASE, "-k", "2", "--print-config")
    assert (ran.code, ran.out) == (0, "")
    lines = {line.split()[0]: line for line in ran.err.splitlines()}
    assert lines["max_knockouts"].endswith("2  (command line)")
    assert lines["seed"].endswith("5  (environment STRAINOPT_SEED)")
    assert lines["method"].endswith('"robustknock"  (default)')
    shown = json.loads(shell(*BASE, "-k", "2", "--print-config", "--json").out)
    assert shown["seed"] == {"value": 5, "source": "environment STRAINOPT_SEED"}
    assert shown["min_growth"] == {"value": "1", "source": "command line"}


def test_print_config_reads_no_model(shell) -> None:
    assert shell("design", "no_such_model.xml", "--target", "X", "--print-config").code == 0
