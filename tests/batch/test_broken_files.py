"""Broken configurations as data: beside each YAML file, the places and words of every error that it must give."""

from __future__ import annotations

from pathlib import Path

import pytest

from strainopt.batch.check import load_config
from strainopt.batch.expand import make_plan
from strainopt.batch.positions import ConfigError

FOLDER = Path(__file__).parent / "broken"
FILES = sorted(FOLDER.glob("*.yaml"))


def expected(path: Path) -> list[tuple[int, int, str]]:
    lines = path.with_suffix(".expected").read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines]
    return [(*map(int, place.split(":")), words) for place, words in rows]


def test_there_are_thirty() -> None:
    assert len(FILES) >= 30


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_error_is_told_at_once_with_its_place(path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        make_plan(load_config(path))
    told = [(one.mark.line, one.mark.column, f"{one.path}: {one.message}") for one in caught.value.problems]
    wanted = expected(path)
    assert [place[:2] for place in told] == [place[:2] for place in wanted], "\n".join(map(str, told))
    for (_, _, said), (_, _, words) in zip(told, wanted, strict=True):
        assert words in said
    lines = str(caught.value).splitlines()
    assert len(lines) == 1 + len(wanted)
    assert all(line.strip().startswith(f"{path}:") for line in lines[1:])
