"""Streams that are closed, full or left by their reader cost neither a result nor the right exit code."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = (sys.executable, "-m", "strainopt")
DESIGN = ("design", "two_routes", "--target", "EX_p_e", "-k", "1")
FULL = Path("/dev/full")
posix = pytest.mark.skipif(os.name != "posix", reason="closes streams as POSIX shells do")


def run(*arguments: str, stdout: int | None = None, stderr: int | None = None) -> int:
    """Exit code; None closes a stream."""
    closed = "".join(f" {number}>&-" for number, stream in ((1, stdout), (2, stderr)) if stream is None)
    words = ["sh", "-c", f'exec "$0" "$@"{closed}', *PROGRAM, *arguments]
    return subprocess.run(words, stdout=stdout, stderr=stderr, timeout=120, check=False).returncode


def unread_pipe() -> int:
    """A pipe's writing end whose reader has left."""
    read, write = os.pipe()
    os.close(read)
    return write


def test_the_package_runs_as_a_module() -> None:
    ended = subprocess.run([*PROGRAM, "--version"], capture_output=True, text=True, timeout=60, check=True)
    assert ended.stdout.startswith("strainopt ")


@posix
@pytest.mark.parametrize("stderr", ["closed", "unread"])
def test_nobody_reads_stderr(stderr, tmp_path) -> None:
    stream = None if stderr == "closed" else unread_pipe()
    code = run(*DESIGN, "--out", str(tmp_path / "out"), stdout=subprocess.DEVNULL, stderr=stream)
    assert code == 0
    assert (tmp_path / "out" / "result.json").exists()


@posix
def test_an_error_that_nobody_reads_has_its_code() -> None:
    assert run("fba", "two_routes", "--nope", stdout=subprocess.DEVNULL, stderr=unread_pipe()) == 2


@pytest.mark.skipif(not FULL.exists(), reason="needs /dev/full")
def test_a_full_log_costs_no_result(tmp_path) -> None:
    with FULL.open("wb") as full:
        run(*DESIGN, "--out", str(tmp_path / "out"), stdout=subprocess.DEVNULL, stderr=full.fileno())
    assert (tmp_path / "out" / "result.json").exists()


@pytest.mark.skipif(not FULL.exists(), reason="needs /dev/full")
def test_a_full_disk_behind_stdout_is_told() -> None:
    with FULL.open("wb") as full:
        ended = subprocess.run(
            [*PROGRAM, *DESIGN, "--json"], stdout=full, stderr=subprocess.PIPE, text=True, timeout=120, check=False
        )
    assert ended.returncode == 1
    assert "No space left" in ended.stderr
    assert "Traceback" not in ended.stderr


@posix
@pytest.mark.parametrize(("arguments", "code"), [((), 0), (("--json",), 2), (("-o", "-"), 2)])
def test_a_closed_stdout_matters_only_where_it_is_wanted(arguments, code) -> None:
    assert run("fba", "two_routes", *arguments, stdout=None, stderr=subprocess.DEVNULL) == code


@posix
def test_design_through_head_one() -> None:
    """As `strainopt design ... --json | head -1`: one line is read, then nobody."""
    running = subprocess.Popen([*PROGRAM, *DESIGN, "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert running.stdout is not None
    assert running.stderr is not None
    assert running.stdout.readline() == "{\n"
    running.stdout.close()
    said = running.stderr.read()
    running.stderr.close()
    assert running.wait(timeout=60) == 0
    assert "Traceback" not in said
    assert "Error" not in said
