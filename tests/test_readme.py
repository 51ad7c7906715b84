"""The README's commands run as they stand, and give the numbers that it shows."""

from __future__ import annotations

import csv
import json
import re
import shlex
import stat
from pathlib import Path

import pytest

from strainopt.cli.exits import run
from strainopt.cli.main import cli

ROOT = Path(__file__).resolve().parents[1]
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL)
LINES = [line for block in BLOCKS for line in block.strip().split("\n")]
MAIN = next(line for line in LINES if ".venv/bin/strainopt design" in line)
TESTS = next(line for line in LINES if "pytest" in line)
QUESTIONS = [line for line in LINES if line.startswith("strainopt ")]


def test_the_first_screen_has_both_commands() -> None:
    screen = "\n".join(TEXT.split("\n")[:40])
    assert MAIN in screen
    assert TESTS in screen


def test_ci_runs_the_second() -> None:
    script = ROOT / ".ci" / "run"
    assert script.stat().st_mode & stat.S_IXUSR
    pattern = re.search(r"grep -E '(.*)' README", script.read_text(encoding="utf-8"))
    assert pattern is not None
    assert re.findall(pattern[1], TEXT, re.MULTILINE) == [TESTS[: TESTS.index("pytest") + 6]]
    assert "'.[test]'" in TESTS


@pytest.mark.slow
def test_the_main_job(tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.chdir(tmp_path)
    arguments = shlex.split(MAIN.rpartition("&& .venv/bin/strainopt ")[2])
    assert run(cli, arguments) == 0
    shown = capsys.readouterr()
    assert shown.out == ""
    folder = tmp_path / arguments[arguments.index("--out") + 1]
    found = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    assert found["proven"] is True
    with (folder / "designs.tsv").open(encoding="utf-8", newline="") as stream:
        best = next(csv.DictReader(stream, delimiter="\t"))
    row = next(line for line in TEXT.split("\n") if line.startswith("    1   "))
    cells = re.split(r" {2,}", row.strip())
    assert ", ".join(best["interventions"].split(";")) == cells[1]
    names = ("growth", "product_min", "product_max", "product_pfba", "yield_min")
    for name, cell in zip(names, cells[2:7], strict=True):
        assert float(best[name]) == pytest.approx(float(cell), rel=1e-3), name
    assert float(best["coupling_potential"]) == pytest.approx(float(cells[8]), rel=1e-3)
    assert [best["coupling"], best["verified"]] == [cells[7], {"yes": "true"}[cells[9]]]
    for line in ("wild type: growth 0.241502 1/h", "robustknock, proven best: objective"):
        assert line in TEXT
        assert line in shown.err
    for file in ("result.json", "designs.tsv", "fluxes.tsv", "funnel.tsv", "run.log"):
        assert f"`{file}`" in TEXT
        assert (folder / file).exists()


@pytest.mark.parametrize("line", QUESTIONS)
def test_questions(line, capsys) -> None:
    assert run(cli, shlex.split(line)[1:]) == 0
    shown = capsys.readouterr()
    assert shown.out if "-o -" in line else not shown.out


def test_every_link_leads_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", TEXT):
        assert (ROOT / target).exists(), target
