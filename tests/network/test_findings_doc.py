"""docs/findings.md lists exactly the codes that the code can emit."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_every_code_is_documented() -> None:
    listed = re.findall(r"^\| `([a-z0-9-]+)` \| (info|warning|error) \|", (ROOT / "docs/findings.md").read_text(), re.M)
    emitted = set()
    for folder in ("io", "network"):
        for path in (ROOT / "strainopt" / folder).glob("*.py"):
            emitted |= set(re.findall(r'\b(?:finding|_finding_if)\(\s*"([a-z0-9-]+)"', path.read_text()))
    assert {code for code, _ in listed} == emitted
    assert len(listed) == len(emitted)
