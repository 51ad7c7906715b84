"""What a proof file holds, as values: the question, flux states, inequalities, and the design."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

__all__ = ["VERSION", "Best", "Flux", "Inequality", "Level", "Method", "Proof", "Question", "Witness"]

VERSION: Final = 2
"""Of the file format; a checker refuses versions that it does not know."""


class Method(Enum):
    """Which product a design is credited with; docs/proofs.md has the definitions that are checked."""

    OPTKNOCK = "optknock"
    ROBUSTKNOCK = "robustknock"
    PESSIMISTIC = "pessimistic"
    STRONG = "strong"
    OPTCOUPLE = "optcouple"


class Level(Enum):
    """What is deleted."""

    REACTION = "reaction"
    GENE = "gene"


@dataclass(frozen=True, eq=False)
class Question:
    """The first line: what is claimed of which model.

    Attributes
    ----------
    sha256 : str
        Of the model file's bytes.
    reading : mapping
        How the file was read: `missing_bounds` and `gpr`.
    bounds : mapping
        Reaction to (lower, upper), where the scenario's differ from the file's; +-inf for no bound.
    candidates : tuple of str
        Every id that a design may choose.
    knock_ins : tuple of str
        Candidates that add a reaction, which is absent in designs without them.
    narrowed : mapping
        Candidates that narrow the flux of a reaction, to (least, most), zero among them; +-inf keeps a side.
    forced : tuple of str
        Candidates in every design.
    reactions : tuple of str
        Gene level: candidates that delete a reaction. All others that are left delete what the level says.
    design : tuple of str or None
        What is claimed to be best; None where it is claimed that there is no design.
    value : float
        Under the method: its product, mmol/gDW/h, or (OPTCOUPLE) growth, 1/h; nan where there is none.
    beta : float
        No design has a larger value.
    """

    sha256: str
    reading: Mapping[str, str]
    bounds: Mapping[str, tuple[float, float]]
    biomass: str
    target: str
    level: Level
    method: Method
    alpha: float
    min_growth: float
    budget: float
    candidates: tuple[str, ...]
    costs: Mapping[str, float]
    knock_ins: tuple[str, ...]
    narrowed: Mapping[str, tuple[float, float]]
    forced: tuple[str, ...]
    reactions: tuple[str, ...]
    design: tuple[str, ...] | None
    value: float
    beta: float

    @property
    def genes(self) -> tuple[str, ...]:
        """Candidates that are genes."""
        if self.level is Level.REACTION:
            return ()
        others = {*self.knock_ins, *self.narrowed, *self.reactions}
        return tuple(name for name in self.candidates if name not in others)

    def deletes(self, names: Iterable[str]) -> tuple[str, ...]:
        """Those of some candidates that delete genes or reactions."""
        return tuple(name for name in names if name not in self.knock_ins and name not in self.narrowed)

    def cost(self, names: Iterable[str]) -> float:
        """Of choosing these."""
        return math.fsum(self.costs.get(name, 1.0) for name in names)


Flux = Mapping[str, float]
"""A flux state: reaction to flux where it is not zero, mmol/gDW/h (growth in 1/h)."""


@dataclass(frozen=True, eq=False)
class Inequality:
    """`growth * g + product * p <= B` for every state, with B from the prices by weak duality.

    Attributes
    ----------
    prices : mapping
        Metabolite to price (dual value of its balance), where it is not zero.
    line : int
        In the file.
    """

    growth: float
    product: float
    prices: Mapping[str, float]
    line: int = 0


@dataclass(frozen=True, eq=False)
class Witness:
    """A flux state that speaks against designs; `genes` are those that keep its reactions open (gene level)."""

    flux: Flux
    genes: tuple[str, ...] = ()
    line: int = 0


@dataclass(frozen=True, eq=False)
class Best:
    """What shows the value of the claimed design.

    Attributes
    ----------
    grown : Flux
        A state of the design that grows as fast as it can.
    reached : Flux or None
        A state that counts under the method, with the value claimed. OPTCOUPLE: one without product that grows as fast
        as such a state can; None where none is shown.
    growth : Inequality
        Bounds the design's growth.
    value : Inequality or None
        Bounds the product of the states that count: from below for methods that credit the least, else from above.
        OPTCOUPLE: bounds growth without product; None where there is product in every state by its bounds.
    """

    grown: Flux
    reached: Flux | None
    growth: Inequality
    value: Inequality | None
    line: int = 0


@dataclass(eq=False)
class Proof:
    """A whole file.

    Attributes
    ----------
    most : Flux
        A state of the undeleted network that makes about as much product (OPTCOUPLE: grows about as fast) as can be:
        the scale of improvement steps.
    best : Best or None
    inequalities, witnesses : lists, in the order of the file
    flaw : str
        What shows that the file is not as it was written; empty where nothing does.
    """

    question: Question
    most: Flux = field(default_factory=dict)
    best: Best | None = None
    inequalities: list[Inequality] = field(default_factory=list)
    witnesses: list[Witness] = field(default_factory=list)
    flaw: str = ""
