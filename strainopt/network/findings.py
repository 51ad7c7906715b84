"""Findings: what is noteworthy about a file or a network, coded and counted instead of printed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

__all__ = ["Finding", "Severity", "finding"]

EXAMPLES = 5
"""How many examples a finding keeps."""


class Severity(str, Enum):
    """How much a finding matters."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Finding:
    """One kind of thing, found `count` times.

    Attributes
    ----------
    code : str
        Stable name, listed in docs/findings.md.
    severity : Severity
    message : str
        One sentence.
    count : int
        How often.
    examples : tuple of str
        The first few ids or places.
    hint : str
        What the user can do; may be empty.
    """

    code: str
    severity: Severity
    message: str
    count: int
    examples: tuple[str, ...] = ()
    hint: str = ""


def finding(code: str, severity: Severity, *, message: str, places: Sequence[str] = (), hint: str = "") -> Finding:
    """A finding about some places: counts them and keeps the first few as examples."""
    return Finding(code, severity, message, max(1, len(places)), tuple(places[:EXAMPLES]), hint)
