"""--resume, --split and merge: nothing searched is lost, and parts join to the answer of one run."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

QUESTION = ("textbook", "--target", "EX_succ_e", "--bounds", "EX_o2_e=0:", "-k", "4", "--min-growth", "0.05")


@pytest.fixture(scope="module")
def alone(tmp_path_factory) -> dict:
    folder = tmp_path_factory.mktemp("alone") / "out"
    command = [sys.executable, "-m", "strainopt", "design", *QUESTION, "--out", str(folder)]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0
    return json.loads((folder / "result.json").read_text())


def same(document: dict, alone: dict) -> None:
    assert document["proven"] is True
    assert document["objective"] == pytest.approx(alone["objective"], rel=1e-4)
    assert document["designs"][0]["verified"] is True


def test_parts_join_to_one_result(shell, tmp_path, alone) -> None:
    out = tmp_path / "out"
    first = shell("design", *QUESTION, "--out", str(out), "--split", "1/2")
    assert first.code == 0
    assert f"strainopt merge {out}" in first.err
    assert not (out / "result.json").exists()
    second = shell("design", *QUESTION, "--out", str(out), "--split", "2/2", "--json")
    assert second.code == 0
    # what the first one knows is not searched again
    assert json.loads(second.out)["engine"]["rounds"] <= alone["engine"]["rounds"]
    merged = shell("merge", str(out), "--json")
    assert merged.code == 0
    document = json.loads(merged.out)
    same(document, alone)
    assert document == json.loads((out / "result.json").read_text())
    assert {"designs.tsv", "fluxes.tsv", "funnel.tsv", "run.log"} <= {path.name for path in out.iterdir()}
    again = shell("merge", str(out))
    assert again.code == 2
    assert "holds a result already" in again.err
    assert shell("merge", str(out), "--overwrite").code == 0


def test_merge_before_the_parts_are_searched_writes_nothing(shell, tmp_path) -> None:
    out = tmp_path / "out"
    shell("design", *QUESTION, "--out", str(out), "--split", "1/2")
    for facts in (out / "search").glob("*/facts-*"):
        facts.unlink()
    early = shell("merge", str(out))
    assert early.code == 75
    assert "not searched yet" in early.err
    assert not (out / "result.json").exists()
    nothing = shell("merge", str(tmp_path / "nowhere"))
    assert nothing.code == 3
    assert "holds no state" in nothing.err
    (out / "search" / "question.json").write_text("{")
    assert shell("merge", str(out)).code == 3


def test_killed_and_resumed(tmp_path, alone) -> None:
    out = tmp_path / "out"
    command = [sys.executable, "-m", "strainopt", "design", *QUESTION, "--out", str(out), "--resume"]
    for seconds in (1.0, 1.5, 2.0):
        running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(seconds)
        running.send_signal(signal.SIGKILL)
        running.wait()
        if (out / "result.json").exists():
            break
    else:
        assert subprocess.run(command, capture_output=True, check=False).returncode == 0
    same(json.loads((out / "result.json").read_text()), alone)


def test_resume_starts_from_the_state_kept(shell, tmp_path, alone) -> None:
    out = tmp_path / "out"
    assert shell("design", *QUESTION, "--out", str(out), "--split", "1/1").code == 0
    resumed = shell("design", *QUESTION, "--out", str(out), "--resume", "--json")
    document = json.loads(resumed.out)
    same(document, alone)
    other = shell("design", *QUESTION, "--min-growth", "0.06", "--out", str(out), "--resume", "--overwrite")
    assert other.code == 2
    assert "state of another question" in other.err


def test_threads_share_the_work(shell, alone) -> None:
    ran = shell("design", *QUESTION, "--threads", "2", "--json")
    assert ran.code == 0
    document = json.loads(ran.out)
    same(document, alone)
    assert "torn_facts" in json.dumps(document)


@pytest.mark.parametrize(
    ("extra", "said"),
    [
        (("--resume",), "needs a folder"),
        (("--split", "1/2"), "needs a folder"),
        (("--split", "3/2", "--out", "o"), "no part of a whole"),
        (("--split", "half", "--out", "o"), "no part of a whole"),
        (("--resume", "--engine", "milp", "--out", "o"), "no effect"),
    ],
)
def test_what_cannot_be_meant_is_refused(shell, tmp_path, monkeypatch, extra, said) -> None:
    monkeypatch.chdir(tmp_path)
    ran = shell("design", *QUESTION, *extra)
    assert ran.code == 2
    assert said in ran.err
    assert list(Path(tmp_path).iterdir()) == []
