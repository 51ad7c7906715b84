"""What several tests of batches have in common."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.batch.gates import Gates
from tests.batch.screen import Screen


@pytest.fixture(scope="session")
def local_table(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The screen's table by `strainopt run`, without any cluster: what every cluster has to give, byte by byte."""
    screen = Screen(tmp_path_factory.mktemp("here"))
    screen.write()
    screen.call("run", "screen.yaml", "--workers", "2")
    table = (screen.results / "results.tsv").read_bytes()
    rows = [line.split(b"\t") for line in table.splitlines()[1:]]
    assert sorted({int(row[0]) for row in rows}) == list(range(1, 30))
    assert {row[10] for row in rows} == {b"done"}
    return table


@pytest.fixture
def gates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Gates:
    """Holds tasks in the middle of their search, whatever the speed of the machine."""
    made = Gates(tmp_path / "gates")
    for name, value in made.variables().items():
        monkeypatch.setenv(name, value)
    return made
