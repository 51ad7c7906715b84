"""`--proof` and `check-proof` from the command line: files, exit codes, what is told."""

from __future__ import annotations

import gzip

import pytest

QUESTION = ("design", "textbook", "--target", "EX_succ_e", "--bounds", "EX_o2_e=0:", "-k", "1")


@pytest.mark.parametrize("name", ["proof.jsonl", "proof.jsonl.gz"])
def test_written_and_checked(shell, tmp_path, name):
    path = tmp_path / name
    ran = shell(*QUESTION, "--proof", str(path))
    assert ran.code == 0
    assert "proof written" in ran.err
    assert (path.read_bytes()[:2] == b"\x1f\x8b") == name.endswith(".gz")
    checked = shell("check-proof", "textbook", str(path))
    assert checked.code == 0
    assert "robustknock, EX_succ_e" in checked.err
    assert "EX_o2_e 0 to 1000" in checked.err
    assert "no design makes more than" in checked.err


def test_refused_with_exit_code_8(shell, tmp_path):
    path = tmp_path / "proof.gz"
    shell(*QUESTION, "--proof", str(path))
    assert shell("check-proof", "mini", str(path)).code == 8
    lines = gzip.decompress(path.read_bytes()).splitlines(keepends=True)
    other = tmp_path / "short.jsonl"
    other.write_bytes(b"".join([*lines[:3], lines[-1]]))
    ran = shell("check-proof", "textbook", str(other))
    assert ran.code == 8
    assert "does not settle" in ran.err


def test_no_proof_is_an_input_error(shell, tmp_path):
    path = tmp_path / "proof.jsonl"
    path.write_text("{}\n", encoding="utf-8")
    ran = shell("check-proof", "textbook", str(path))
    assert ran.code == 3
    assert "this is no proof" in ran.err


def test_refused_before_any_work(shell, tmp_path):
    path = tmp_path / "proof.jsonl"
    assert shell(*QUESTION, "--method", "pfba", "--proof", str(path)).code == 2
    path.write_text("mine", encoding="utf-8")
    assert shell(*QUESTION, "--proof", str(path)).code == 2
    assert path.read_text(encoding="utf-8") == "mine"
    assert shell(*QUESTION, "--proof", str(tmp_path)).code == 2
    assert shell(*QUESTION, "--proof", str(tmp_path / "none" / "p")).code == 2
    assert shell(*QUESTION, "--proof", str(path), "--overwrite").code == 0
    assert path.read_text(encoding="utf-8").startswith('{"format"')


def test_where_no_design_exists(shell, tmp_path):
    """Aerobically no single deletion of the core model makes succinate obligatory (enumeration says so too)."""
    path = tmp_path / "proof.jsonl"
    asked = ("design", "textbook", "--target", "EX_succ_e", "-k", "1", "--min-growth", "30%")
    assert shell(*asked, "--proof", str(path)).code == 4
    ran = shell("check-proof", "textbook", str(path))
    assert ran.code == 0
    assert "proven: no design makes more than" in ran.err
