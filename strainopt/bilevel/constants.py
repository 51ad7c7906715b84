"""Big-M constants: where each came from, and whether one was needed.

A constant is never assumed. In order of preference it is (a) not needed at all, because the bound it relaxes cannot
bind in any state that matters; (b) taken from the data, as the range of a flux; (c) observed on solved follower
programs and widened. Only (c) can be wrong, which is why `search.milp` audits and certifies.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import Enum

import numpy as np

from strainopt.errors import SolverError

__all__ = ["BigM", "Ledger", "Observed", "Source"]


class Source(Enum):
    """Where a constant came from."""

    NOT_NEEDED = "not_needed"
    DATA = "data"
    OBSERVED = "observed"


@dataclass(frozen=True)
class BigM:
    """One constant of the program."""

    name: str
    value: float
    source: Source


@dataclass(frozen=True)
class Observed:
    """Largest multipliers seen on solved follower programs, per stage of the follower (see `observe`).

    Attributes
    ----------
    closure : mapping from stage to float array, shape (n,)
        Per column, the price of its closure.
    reduced : mapping from stage to float
        Largest reduced cost of any column (for KKT).
    price : mapping from stage to tuple of float
        Largest multiplier of each extra row (growth, total flux).
    widening : float
        What everything is multiplied by when it becomes a constant.
    """

    closure: dict[str, np.ndarray]
    reduced: dict[str, float]
    price: dict[str, tuple[float, ...]]
    widening: float

    def widened(self, factor: float) -> Observed:
        """The same observations with a larger widening."""
        return Observed(self.closure, self.reduced, self.price, self.widening * factor)


@dataclass
class Ledger:
    """Collects every constant while a program is built."""

    constants: list[BigM] = field(default_factory=list)

    def note(self, name: str, value: float, source: Source) -> float:
        """Record a constant and return it; refuses one that is not finite."""
        if not np.isfinite(value):
            raise SolverError(
                f"no finite big-M for {name}",
                why="the flux it bounds is unlimited in the model",
                hint="give the reaction finite bounds (--bounds RXN=LB:UB), or use --engine benders, which needs none",
            )
        self.constants.append(BigM(name, float(value), source))
        return float(value)

    def skip(self, name: str) -> None:
        """Record that no constant was needed."""
        self.constants.append(BigM(name, 0.0, Source.NOT_NEEDED))

    @property
    def observed(self) -> bool:
        """Whether any constant is an observed one."""
        return any(constant.source is Source.OBSERVED for constant in self.constants)

    def summary(self) -> dict[str, object]:
        """Count per source and range of the values, for the result file."""
        counts = Counter(constant.source.value for constant in self.constants)
        values = [abs(constant.value) for constant in self.constants if constant.source is not Source.NOT_NEEDED]
        return {
            "count": {source.value: counts.get(source.value, 0) for source in Source},
            "min": min(values, default=0.0),
            "max": max(values, default=0.0),
        }
