"""When a flux vector speaks against designs: one rule per method, each with its argument.

Let G(D) be the largest growth over states of F(D) with product of at least the bound, -inf if there is none. G falls
as D grows and as the bound rises. A flux vector v that is feasible for every design that deletes nothing v uses is a
*witness* against designs D' that contain D0 and leave v feasible, if v meets the threshold of D0:

robustknock   product(v) <= bound, growth(v) >= G(D0). If D' beat the bound, its growth optimum would be
              G(D') <= G(D0), with more product than the bound in every optimal state; v grows as fast with less.
pessimistic   product(v) <= bound, growth(v) >= alpha G(D0). As above: v is among the states that count.
strong        product(v) <= bound, growth(v) >= min_growth. No condition is needed.
optknock      growth(v) > G(D0), whatever v makes: the cell strictly prefers v to every state that makes the bound.
pfba          as optknock: the parsimonious optimum is one of the growth optima. Ties in growth, where total flux
              decides, go to the exact step.

The comparison for optknock and pfba is strict by a margin; nearer ties go to the exact step, which needs none.
"""

from __future__ import annotations

from dataclasses import dataclass

from strainopt.bilevel.problem import BilevelProblem, Method
from strainopt.tolerances import GROWTH_MARGIN

__all__ = ["Rule", "rule_for"]


@dataclass(frozen=True)
class Rule:
    """Threshold on a witness' growth as `factor * G(D0) + margin * (1 + |G(D0)|)`, or the constant `fixed`.

    `bounded` says whether the witness may make at most the bound.
    """

    factor: float
    margin: float
    fixed: float | None
    bounded: bool

    def threshold(self, reachable: float) -> float:
        """Growth that a witness needs, given G(D0) (or an upper bound on it)."""
        if self.fixed is not None:
            return self.fixed
        return self.factor * reachable + self.margin * (1.0 + abs(reachable))


def rule_for(problem: BilevelProblem) -> Rule:
    """The method's rule."""
    if problem.method in (Method.OPTKNOCK, Method.PFBA):
        return Rule(1.0, GROWTH_MARGIN, None, bounded=False)
    if problem.method is Method.STRONG:
        return Rule(0.0, 0.0, problem.min_growth, bounded=True)
    factor = problem.alpha if problem.method is Method.PESSIMISTIC else 1.0
    return Rule(factor, 0.0, None, bounded=True)
