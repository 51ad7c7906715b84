"""The options of a design run as plain values: names, defaults, and which of them act together. Imports little."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Final

from strainopt.network.interventions import Intervention

__all__ = [
    "ENGINES",
    "FILTERS",
    "FORMULATIONS",
    "IDLE",
    "LEVELS",
    "METHODS",
    "OPTION_NAMES",
    "SOLVERS",
    "DesignOptions",
    "Idle",
    "without_idle",
]

# Words of the library's enums, written out so that reading a plan needs no solver; a test compares them.
METHODS: Final = ("optknock", "robustknock", "pessimistic", "pfba", "strong", "optcouple")
LEVELS: Final = ("reaction", "gene")
FILTERS: Final = ("exchange", "transport", "no-gpr", "spontaneous", "essential", "blocked")
ENGINES: Final = ("auto", "benders", "milp", "enumerate")
SOLVERS: Final = ("cplex", "glpk", "gurobi", "highs", "scip")
FORMULATIONS: Final = ("strong-duality", "kkt", "indicator")

Bounds = Mapping[str, tuple[float | None, float | None]]


@dataclass(frozen=True)
class DesignOptions:
    """Every option of `strainopt design` that bears on the result, effective values.

    Attributes
    ----------
    model : str
        A path, or the name of a packaged model.
    medium : mapping or None
        Exchange to largest uptake (mmol/gDW/h); None keeps the model's own.
    bounds : mapping
        Reaction to (lower, upper); None keeps a side.
    min_growth : str
        1/h, or a percentage of the wild type's growth.
    candidates, exclude, filters, knockouts
        Ids (globs for the first two) and names of filters; None means the default.
    candidates_file : tuple of Intervention or None
        Its lines; not beside `candidates`.
    max_knockouts : int
        The budget: most interventions, or their total cost where costs are given.
    time_limit : float or None
        Seconds.

    The others are as the options of the same names.
    """

    model: str
    target: str
    biomass: str | None = None
    medium: Mapping[str, float] | None = None
    bounds: Bounds = field(default_factory=dict)
    missing_bounds: str = "error"
    gpr: str = "strict"
    level: str = "reaction"
    knockouts: tuple[str, ...] = ()
    method: str = "robustknock"
    alpha: float = 1.0
    ties: str = "pessimistic"
    objective: str = "rate"
    substrate: str | None = None
    certify: str = "lp"
    min_growth: str = "10%"
    candidates: tuple[str, ...] | None = None
    candidates_file: tuple[Intervention, ...] | None = None
    exclude: tuple[str, ...] = ()
    filters: tuple[str, ...] | None = None
    max_knockouts: int = 3
    engine: str = "auto"
    solver: str | None = None
    formulation: str = "strong-duality"
    threads: int = 1
    seed: int = 0
    designs: int = 1
    within: float = 0.0
    time_limit: float | None = None

    def to_json(self) -> dict[str, object]:
        """As strict JSON holds it: tuples as lists, infinite numbers as text."""
        made = {name: list(value) if isinstance(value, tuple) else value for name, value in vars(self).items()}
        made["bounds"] = {name: [_finite(side) for side in sides] for name, sides in self.bounds.items()}
        if self.medium is not None:
            made["medium"] = {name: _finite(rate) for name, rate in self.medium.items()}
        if self.candidates_file is not None:
            made["candidates_file"] = [line.to_json() for line in self.candidates_file]
        return made

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> DesignOptions:
        """From what `to_json` gave.

        Raises
        ------
        TypeError, ValueError
            It is something else.
        """
        made: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in values.items()
        }
        made["bounds"] = {name: (_side(low), _side(high)) for name, (low, high) in values["bounds"].items()}
        if values["medium"] is not None:
            made["medium"] = {name: float(rate) for name, rate in values["medium"].items()}
        if values["candidates_file"] is not None:
            made["candidates_file"] = tuple(Intervention.from_json(line) for line in values["candidates_file"])
        return cls(**made)


def _finite(value: float | None) -> float | str | None:
    return value if value is None or math.isfinite(value) else str(value)


def _side(value: float | str | None) -> float | None:
    return None if value is None else float(value)


OPTION_NAMES: Final = tuple(item.name for item in fields(DesignOptions))


@dataclass(frozen=True)
class Idle:
    """An option that acts only under a condition on the others."""

    option: str
    acts: Callable[[DesignOptions], bool]
    only: str


IDLE: Final = (
    Idle("alpha", lambda o: o.method == "pessimistic", "with method: pessimistic"),
    Idle("ties", lambda o: o.method == "pfba", "with method: pfba"),
    Idle("within", lambda o: o.designs != 1, "with designs above 1"),
    Idle("formulation", lambda o: o.engine == "milp", "with engine: milp"),
    Idle("seed", lambda o: o.engine != "enumerate", "with an engine that draws random numbers"),
)


def without_idle(options: DesignOptions) -> DesignOptions:
    """The same run with every option that does not act at its default, so that equal questions have equal hashes."""
    defaults = {item.name: item.default for item in fields(DesignOptions)}
    idle = {one.option: defaults[one.option] for one in IDLE if not one.acts(options)}
    return replace(options, **idle)  # type: ignore[arg-type]
