"""Every file of cases_files.yaml is refused in the way the table says; options are in a table of their own."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from strainopt import errors
from strainopt.io.models import read_model
from strainopt.io.tables import parse_id_list, read_medium

HERE = Path(__file__).parent
CASES = yaml.safe_load((HERE / "cases_files.yaml").read_text())
READERS = {"model": read_model, "medium": read_medium, "ids": lambda path: parse_id_list(f"@{path}")}


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['reads']}-{case.get('file', case.get('name'))}")
def test_refused_with_a_reason_and_a_hint(case) -> None:
    source = str(HERE / "files" / case["file"]) if "file" in case else case["name"]
    expected = getattr(errors, case["error"])
    with pytest.raises(expected) as caught:
        READERS[case["reads"]](source)
    error = caught.value
    assert type(error) is expected
    assert error.exit_code == case["exit"]
    assert case["where"] in error.where
    assert case["message"] in f"{error.what}: {error.why}"
    assert case["hint"] in error.hint
    assert len(str(error).splitlines()) <= 5


def test_every_file_has_a_row() -> None:
    assert {path.name for path in (HERE / "files").iterdir()} <= {case.get("file") for case in CASES}
