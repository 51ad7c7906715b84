"""Help is there, in time, for every command, and loads neither cobra nor numbers."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest

from strainopt import __version__
from strainopt.cli.main import COMMANDS

HEAVY = ("cobra", "pandas", "numpy", "scipy", "highspy", "swiglpk", "optlang", "rich", "libsbml", "yaml", "pydantic")
ENTRY = "import sys; from strainopt.cli.exits import run; from strainopt.cli.main import cli; "


@pytest.mark.parametrize("arguments", [[], *([name] for name in COMMANDS), ["models", "list"], ["models", "export"]])
@pytest.mark.parametrize("flag", ["--help", "-h"])
def test_help(shell, arguments, flag) -> None:
    ran = shell(*arguments, flag)
    assert ran.code == 0
    assert ran.out.startswith("Usage: strainopt")
    assert ran.err == ""


def test_the_first_page_lists_every_command(shell) -> None:
    text = shell("--help").out
    for name in COMMANDS:
        assert f"\n  {name}" in text


def test_nothing_at_all_shows_help_and_is_a_usage_error(shell) -> None:
    ran = shell()
    assert ran.code == 2
    assert "Usage: strainopt" in ran.err
    assert ran.out == ""


def test_version(shell) -> None:
    assert shell("--version").out == f"strainopt {__version__}\n"


@pytest.mark.parametrize("arguments", [["--help"], *([name, "--help"] for name in COMMANDS)], ids=" ".join)
def test_help_loads_nothing_heavy(arguments) -> None:
    code = f"{ENTRY}run(cli, {arguments!r}); print(*[n for n in {HEAVY!r} if n in sys.modules], file=sys.stderr)"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert ended.stdout.startswith("Usage:")
    assert ended.stderr.split() == []


def test_help_is_quick(record_property) -> None:
    """The contract is 0.3 s; a busy machine is forgiven much, loading a solver (seconds) is not."""
    seconds = []
    for _ in range(3):
        began = time.perf_counter()
        command = [sys.executable, "-c", f"{ENTRY}run(cli, ['--help'])"]
        subprocess.run(command, capture_output=True, timeout=60, check=True)
        seconds.append(time.perf_counter() - began)
    record_property("seconds", min(seconds))
    assert min(seconds) < 3.0
