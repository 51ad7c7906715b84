"""docs/cli.md is what the commands say."""

from __future__ import annotations

from pathlib import Path

from strainopt.cli.main import COMMANDS
from strainopt.cli.reference import reference

PAGE = Path(__file__).resolve().parents[2] / "docs" / "cli.md"


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == reference(), "run: python -m strainopt.cli.reference > docs/cli.md"


def test_every_command_has_a_section() -> None:
    text = reference()
    for name in COMMANDS:
        assert f"## strainopt {name}" in text
