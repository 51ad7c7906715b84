"""What a rule says, for any method.

`beta` is the value to beat. G(D) is the largest growth over states of F(D) with product of at least beta, -inf if
there is none; it falls as D grows and as beta rises. If D beats beta, some growth optimum of D makes more than beta,
so G(D) is the growth optimum of D; hence G(D) < mu prunes D for every method. A *witness* of a set K is a state of
F(K) that meets a demand; it speaks against every superset of K that leaves it feasible.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

from strainopt.bilevel.problem import BilevelProblem
from strainopt.lp.program import FloatArray
from strainopt.tolerances import FACE_SLACK, GROWTH_MARGIN

__all__ = ["STRICT_SLACK", "TIE_SLACK", "Demand", "Rule", "above", "at"]

STRICT_SLACK = 0.5 * GROWTH_MARGIN
TIE_SLACK = 0.4 * FACE_SLACK


@dataclass(frozen=True)
class Demand:
    """Least growth and most product of a witness, each up to `slack` relative to 1 + its size."""

    growth: float
    product: float
    slack: float

    def accepts(self, problem: BilevelProblem, flux: FloatArray) -> bool:
        """Whether a flux state meets the demand, by arithmetic."""
        growth, product = float(problem.growth @ flux), float(problem.product @ flux)
        enough = growth >= self.growth - self.slack * (1.0 + abs(self.growth))
        return enough and product <= self.product + self.slack * (1.0 + abs(self.product))


class Rule(Protocol):
    """Turns a ceiling G(K) into the growth that a witness of K needs."""

    blocks_product: bool
    """Whether a witness makes no product at all; then values are growth rates, and G asks for no product."""

    caps_product: bool
    """Whether a witness may make at most beta."""

    slack: float
    """Half the margin between the growth asked of a witness and the growth that condemns, relative to 1 + growth."""

    def required(self, ceiling: float, problem: BilevelProblem, min_growth: float, beta: float) -> float:
        """Growth from which a witness speaks against all supersets of a set with this ceiling.

        Growth and the value to beat are in the units of `Scaled`, as the ceiling is.
        """


def above(growth: float) -> float:
    """More than a computed growth, beyond rounding: for rules that need a strictly larger growth."""
    return growth + 2.0 * STRICT_SLACK * (1.0 + abs(growth)) if math.isfinite(growth) else growth


def at(growth: float) -> float:
    """A computed growth up to the slack that the exact step grants growth optima: for rules that take equals.

    A state this near to the optimum counts as an optimum there too, so its product bounds the value.
    """
    return growth - TIE_SLACK * (1.0 + abs(growth)) if math.isfinite(growth) else growth
