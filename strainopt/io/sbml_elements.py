"""What is kept of an SBML file, in SBML's own terms and ids."""

from __future__ import annotations

from dataclasses import dataclass, field

from strainopt.network.gpr import Rule

__all__ = ["SbmlModel", "SbmlReaction", "SbmlSpecies"]


@dataclass(slots=True)
class SbmlSpecies:
    """A species element."""

    id: str
    name: str
    compartment: str
    formula: str
    boundary: bool
    line: int


@dataclass(slots=True)
class SbmlReaction:
    """A reaction element; bounds are parameter ids (level 3) or numbers (`limits`, older files)."""

    id: str
    name: str
    reversible: bool
    lower: str
    upper: str
    line: int
    terms: list[tuple[str, float]] = field(default_factory=list)
    limits: dict[str, float] = field(default_factory=dict)
    rule: Rule | None = None
    note: str = ""


@dataclass(slots=True)
class SbmlModel:
    """What the reader keeps of a file, with SBML's own ids."""

    id: str = ""
    level: int = 0
    fbc: int = 0
    strict: bool | None = None
    packages: list[str] = field(default_factory=list)
    species: list[SbmlSpecies] = field(default_factory=list)
    reactions: list[SbmlReaction] = field(default_factory=list)
    genes: list[str] = field(default_factory=list)
    parameters: dict[str, tuple[float, bool]] = field(default_factory=dict)
    computed: set[str] = field(default_factory=set)
    active_objective: str = ""
    objectives: dict[str, tuple[bool, list[tuple[str, float]]]] = field(default_factory=dict)
    flux_bounds: list[tuple[str, str, float]] = field(default_factory=list)
