"""What a model file says, before anything is checked: the common ground of all formats."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from strainopt.network.findings import Finding
from strainopt.network.gpr import Rule

__all__ = ["Draft", "DraftMetabolite", "DraftReaction", "MissingBounds", "RuleMode"]


class MissingBounds(str, Enum):
    """What to do with reactions without flux bounds in the file."""

    ERROR = "error"
    DEFAULT = "default"


class RuleMode(str, Enum):
    """What to do with gene rules that cannot be read."""

    STRICT = "strict"
    SKIP = "skip"


@dataclass(slots=True)
class DraftMetabolite:
    """A metabolite as written; `boundary` ones carry no mass balance."""

    id: str
    name: str = ""
    compartment: str = ""
    formula: str = ""
    boundary: bool = False
    place: str = ""


@dataclass(slots=True)
class DraftReaction:
    """A reaction as written; None where the file says nothing, text where the rule is not parsed yet."""

    id: str
    name: str = ""
    lower: float | None = None
    upper: float | None = None
    reversible: bool = True
    terms: list[tuple[str, float]] = field(default_factory=list)
    rule: Rule | str | None = None
    objective: float = 0.0
    place: str = ""


@dataclass(slots=True)
class Draft:
    """A whole model as written."""

    id: str
    source: str
    metabolites: list[DraftMetabolite] = field(default_factory=list)
    reactions: list[DraftReaction] = field(default_factory=list)
    genes: list[str] = field(default_factory=list)
    minimise: bool = False
    findings: list[Finding] = field(default_factory=list)
