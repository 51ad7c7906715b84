"""The options of one design task: names, defaults, and which of them act together. Values that JSON can hold."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Final

__all__ = [
    "ENGINES",
    "FILTERS",
    "FORMULATIONS",
    "IDLE",
    "LEVELS",
    "METHODS",
    "OPTION_NAMES",
    "SOLVERS",
    "Idle",
    "TaskOptions",
    "without_idle",
]

# Words of the library's enums, written out so that reading a plan needs no solver; a test compares them.
METHODS: Final = ("optknock", "robustknock", "pessimistic", "pfba", "strong")
LEVELS: Final = ("reaction", "gene")
FILTERS: Final = ("exchange", "transport", "no-gpr", "spontaneous", "essential", "blocked")
ENGINES: Final = ("auto", "benders", "milp", "enumerate")
SOLVERS: Final = ("cplex", "glpk", "gurobi", "highs", "scip")
FORMULATIONS: Final = ("strong-duality", "kkt", "indicator")

Bounds = Mapping[str, tuple[float | None, float | None]]


@dataclass(frozen=True)
class TaskOptions:
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
        """As JSON holds it."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, object]) -> TaskOptions:
        """From what `to_json` gave, read back from a file."""
        tuples = {name: tuple(value) for name, value in values.items() if isinstance(value, list)}
        bounds = values.get("bounds")
        sides = {name: tuple(pair) for name, pair in bounds.items()} if isinstance(bounds, Mapping) else {}
        return cls(**{**values, **tuples, "bounds": sides})  # type: ignore[arg-type]


OPTION_NAMES: Final = tuple(item.name for item in fields(TaskOptions))


@dataclass(frozen=True)
class Idle:
    """An option that acts only under a condition on the others."""

    option: str
    acts: Callable[[TaskOptions], bool]
    only: str


IDLE: Final = (
    Idle("alpha", lambda o: o.method == "pessimistic", "with method: pessimistic"),
    Idle("ties", lambda o: o.method == "pfba", "with method: pfba"),
    Idle("within", lambda o: o.designs != 1, "with designs above 1"),
    Idle("formulation", lambda o: o.engine in ("milp", "auto"), "with engine: milp"),
    Idle("solver", lambda o: o.engine in ("milp", "auto"), "with engine: milp"),
    Idle("seed", lambda o: o.engine != "enumerate", "with an engine that draws random numbers"),
)


def without_idle(options: TaskOptions) -> TaskOptions:
    """The same task with every option that does not act at its default, so that equal questions have equal hashes."""
    defaults = {item.name: item.default for item in fields(TaskOptions)}
    idle = {one.option: defaults[one.option] for one in IDLE if not one.acts(options)}
    return replace(options, **idle)  # type: ignore[arg-type]
