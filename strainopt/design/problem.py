"""The design question as a metabolic engineer asks it, and its answer. Values only; `design.solve` does the work."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from strainopt.bilevel.problem import Method, Ties
from strainopt.network.network import Network
from strainopt.network.scenario import Level
from strainopt.reduce.funnel import FunnelStep

__all__ = [
    "Certify",
    "Coupling",
    "Design",
    "DesignProblem",
    "DesignSet",
    "Engine",
    "FunnelStep",
    "Level",
    "Measure",
    "ProductRange",
    "WildType",
]


class Measure(Enum):
    """What the leader maximises: product rate (mmol/gDW/h), or product per substrate (mol/mol)."""

    RATE = "rate"
    YIELD = "yield"


class Engine(Enum):
    """Which search answers; AUTO chooses by the rule in docs/formulations.md."""

    AUTO = "auto"
    BENDERS = "benders"
    MILP = "milp"
    ENUMERATE = "enumerate"


class Certify(Enum):
    """Arithmetic of the final check."""

    LP = "lp"
    EXACT = "exact"


class Coupling(Enum):
    """Coupling class (Schneider, Mahadevan, Klamt 2021), strongest first; NONE: no growth optimum makes product."""

    SUCP = "SUCP"
    DGCP = "dGCP"
    WGCP = "wGCP"
    PGCP = "pGCP"
    NONE = "none"


@dataclass(frozen=True, eq=False)
class DesignProblem:
    """One design question; ids validated already.

    Interventions are deletions, unless `knock_ins` or `narrowed` name them.

    Attributes
    ----------
    network : Network
        With the scenario (medium, bounds, prior knockouts) applied; it holds in every part of the problem. Knock-ins
        are present in it; the wild type is without them.
    biomass, target : int
        Columns of growth and product.
    min_growth : float
        Absolute, 1/h.
    max_knockouts : float
        Largest cost of a design.
    candidates : tuple of str
        Ids of all interventions that a design may choose, after the filters.
    costs : mapping
        Cost per candidate where it is not 1.
    knock_ins : tuple of str
        Reactions that are absent unless chosen.
    narrowed : mapping
        Reaction to the bounds (least, most flux, mmol/gDW/h, on either side of zero) that it has when chosen.
    forced : tuple of str
        Candidates in every design.
    whole_reactions : frozenset of str
        Gene level: candidates that are reactions, deleted as such.
    measure, substrate : Measure, int or None
        For YIELD, the substrate's exchange reaction (uptake is negative flux).
    """

    network: Network
    biomass: int
    target: int
    method: Method
    max_knockouts: float
    min_growth: float
    candidates: tuple[str, ...]
    level: Level = Level.REACTION
    costs: dict[str, float] = field(default_factory=dict)
    alpha: float = 1.0
    ties: Ties = Ties.PESSIMISTIC
    measure: Measure = Measure.RATE
    substrate: int | None = None
    knock_ins: tuple[str, ...] = ()
    narrowed: dict[str, tuple[float, float]] = field(default_factory=dict)
    forced: tuple[str, ...] = ()
    whole_reactions: frozenset[str] = frozenset()


@dataclass(frozen=True)
class ProductRange:
    """Growth (1/h), and least and most product (mmol/gDW/h) at that growth."""

    growth: float
    product_min: float
    product_max: float


@dataclass(frozen=True)
class WildType:
    """The cell without interventions, in the scenario; `theoretical_max` and `growth_max` are with all knock-ins."""

    growth: float
    product_min: float
    product_max: float
    theoretical_max: float
    growth_max: float = float("nan")


@dataclass(frozen=True)
class Design:
    """A design and what plain linear programs on the original model say of it.

    Attributes
    ----------
    interventions : tuple of str
        What the user does: ids of reactions or genes, sorted; deletions, where not in `added` or `narrowed`.
    reactions : tuple of str
        Every reaction that is thereby disabled, sorted.
    genes : tuple of str
        Gene level: the genes deleted. Reaction level: the genes of the rules of the deleted reactions, sorted.
    added, narrowed : tuple of str
        The knock-ins among the interventions, and the reactions that get narrower bounds.
    objective : float
        Value under the problem's method and measure, by plain LPs.
    growth, product_min, product_max, product_pfba : float
    yield_min, yield_max : float
        Product per substrate at maximal growth; nan without a substrate.
    coupling : Coupling
    coupling_potential : float
        Growth-coupling potential (1/h): growth, less the largest growth without product; the value for OPTCOUPLE.
    verified : bool
        The claimed objective and viability were confirmed.
    residual : float
        Largest violation (mass balance, bounds) of the flux vectors behind these numbers.
    equivalents : tuple of tuple of str
        Other intervention sets with the same effect by full coupling, sorted; without this one. Long lists are cut.
    n_equivalents : int
        How many there are.
    collateral : tuple of str
        Gene level: disabled reactions that the objective does not need, sorted; lost because they share genes.
    refusal : str
        Why the claim was not confirmed; empty for a verified design.
    """

    rank: int
    interventions: tuple[str, ...]
    reactions: tuple[str, ...]
    genes: tuple[str, ...]
    cost: float
    objective: float
    growth: float
    product_min: float
    product_max: float
    product_pfba: float
    yield_min: float
    yield_max: float
    coupling: Coupling
    verified: bool
    residual: float
    equivalents: tuple[tuple[str, ...], ...] = ()
    n_equivalents: int = 0
    collateral: tuple[str, ...] = ()
    refusal: str = ""
    added: tuple[str, ...] = ()
    narrowed: tuple[str, ...] = ()
    coupling_potential: float = float("nan")

    @property
    def n_interventions(self) -> int:
        """How many."""
        return len(self.interventions)


@dataclass(frozen=True)
class DesignSet:
    """The answer to a DesignProblem, with its proof state.

    `status` is one of optimal, time_limit, interrupted, infeasible, error; `proven` is true only for a proof.
    `bound` limits the objective of every design; `gap` is (bound - objective) / max(|objective|, 1e-9), nan
    without a design.
    """

    status: str
    proven: bool
    objective: float
    bound: float
    gap: float
    stop_reason: str
    seconds: float
    wild_type: WildType
    designs: tuple[Design, ...]
    refused: tuple[Design, ...]
    funnel: tuple[FunnelStep, ...]
    engine: str
    solver: str
    rounds: int
    lps: int
    statistics: dict[str, object]
