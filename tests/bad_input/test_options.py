"""Every row of cases_options.yaml is refused as it says, in under a screen, and leaves nothing behind."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from strainopt.cli.exits import run
from strainopt.cli.main import cli

HERE = Path(__file__).parent
CASES = yaml.safe_load((HERE / "cases_options.yaml").read_text(encoding="utf-8"))


def words(case: dict[str, object], out: Path) -> list[str]:
    text = str(case["args"]).replace("{out}", str(out)).replace("{files}", str(HERE / "files"))
    return shlex.split(text)


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch, tmp_path) -> None:
    for name in [name for name in os.environ if name.startswith("STRAINOPT_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case["args"])[:70])
def test_refused_with_a_reason_and_a_hint(case, tmp_path, capsys) -> None:
    out = tmp_path / "out"
    code = run(cli, words(case, out))
    captured = capsys.readouterr()
    assert code == case["exit"], captured.err
    assert captured.out == ""
    assert str(case["message"]) in captured.err
    assert str(case["hint"]) in captured.err
    assert "Traceback" not in captured.err
    assert len(captured.err.splitlines()) <= 8
    assert list(tmp_path.iterdir()) == []


def test_there_are_many() -> None:
    assert len(CASES) >= 40


@pytest.mark.parametrize(
    "case", [case for case in CASES if "optnock" in str(case["args"]) or "mini" in str(case["args"])], ids=str
)
def test_the_same_as_a_process(case, tmp_path) -> None:
    command = [sys.executable, "-c", "from strainopt.cli.main import main; main()", *words(case, tmp_path / "out")]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert ended.returncode == case["exit"]
    assert ended.stdout == ""
    assert str(case["message"]) in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.fixture
def result(tmp_path) -> Path:
    folder = tmp_path / "result"
    arguments = ["design", "two_routes", "--target", "EX_p_e", "-k", "1", "--engine", "enumerate", "--out", str(folder)]
    assert run(cli, arguments) == 0
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize(
    ("arguments", "exit_code", "message"),
    [
        ("design two_routes --target EX_p_e -k 2 --out {}", 2, "holds a result already"),
        ("evaluate two_routes --target EX_p_e --knockouts full --out {}", 2, "holds a result already"),
        ("fba two_routes --out {}", 2, "holds a result already"),
        ("fba two_routes -o {}/designs.tsv", 2, "exists already"),
        ("design two_routes --target EX_q_e --out {} --overwrite", 2, "no reaction 'EX_q_e'"),
        ("design two_routes --target EX_p_e --bounds EX_s_e=0:0 --out {} --overwrite", 3, "no growth"),
        ("design textbok --target EX_p_e --out {} --overwrite", 3, "neither a file"),
    ],
)
def test_an_existing_result_is_never_destroyed(arguments, exit_code, message, result, capsys) -> None:
    before = contents(result)
    assert run(cli, shlex.split(arguments.format(shlex.quote(str(result))))) == exit_code
    assert message in capsys.readouterr().err
    assert contents(result) == before


def test_overwrite_replaces(result) -> None:
    before = contents(result)
    arguments = ["design", "two_routes", "--target", "EX_p_e", "-k", "2", "--out", str(result), "--overwrite"]
    assert run(cli, arguments) == 0
    assert contents(result)["designs.tsv"] != before["designs.tsv"]
