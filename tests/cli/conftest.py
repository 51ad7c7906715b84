"""The command line as a function: arguments in; exit code, stdout and stderr out."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from strainopt.cli.exits import run
from strainopt.cli.main import cli


@dataclass(frozen=True)
class Ran:
    """How a command ended."""

    code: int
    out: str
    err: str


@pytest.fixture
def shell(capsys, monkeypatch) -> Callable[..., Ran]:
    """Run a command in this process, as the entry point does."""
    for name in [name for name in os.environ if name.startswith("STRAINOPT_")]:
        monkeypatch.delenv(name)
    # Parallel test runners pass on the width of a terminal that these commands do not have.
    monkeypatch.delenv("COLUMNS", raising=False)

    def call(*arguments: str) -> Ran:
        capsys.readouterr()
        code = run(cli, arguments)
        captured = capsys.readouterr()
        return Ran(int(code), captured.out, captured.err)

    return call
