"""What every part of a single-level program is written into, and with."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np

from strainopt.bilevel.builder import ProgramBuilder
from strainopt.bilevel.constants import Ledger, Observed
from strainopt.bilevel.follower import Follower
from strainopt.bilevel.switches import Switches
from strainopt.lp.program import FloatArray

__all__ = ["Formulation", "Writing"]


class Formulation(Enum):
    """How follower optimality is written.

    STRONG_DUALITY: one row, primal objective at least dual objective. KKT: complementary slackness with binaries.
    INDICATOR: strong duality with the solver's own indicator constraints in place of the constants of closed columns,
    except in blocks that are scaled (see `blocks`).
    """

    STRONG_DUALITY = "strong-duality"
    KKT = "kkt"
    INDICATOR = "indicator"


@dataclass(frozen=True, eq=False)
class Writing:
    """A program in the making, the closures of its columns, and where its constants come from and are noted."""

    builder: ProgramBuilder
    switches: Switches
    ledger: Ledger
    observed: Observed
    formulation: Formulation

    @property
    def indicators(self) -> bool:
        """Whether columns are closed by indicator constraints."""
        return self.formulation is Formulation.INDICATOR

    def closure_limits(self, stage: str, follower: Follower) -> FloatArray:
        """Constants for closed columns: the largest price seen, widened; both parts of a split column share theirs."""
        return np.asarray(self.observed.closure[stage][follower.source] * self.observed.widening)

    def price_limits(self, stage: str) -> tuple[float, ...]:
        """Constants for the multipliers of the extra rows: the largest seen, widened."""
        return tuple(price * self.observed.widening for price in self.observed.price[stage])

    def multiplier_limit(self, stage: str) -> float:
        """One constant for all multipliers of a stage, for complementarity."""
        return max((self.observed.reduced[stage], *self.observed.price[stage])) * self.observed.widening
