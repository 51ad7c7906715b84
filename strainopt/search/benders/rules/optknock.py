"""OptKnock (Burgard, Pharkya, Maranas 2003): the cell breaks ties for us."""

from __future__ import annotations

from strainopt.bilevel.problem import BilevelProblem
from strainopt.search.benders.rules.rule import STRICT_SLACK, above

__all__ = ["OptKnockRule"]


class OptKnockRule:
    """A witness grows faster than G(K), whatever it makes.

    Let D contain K and leave v feasible. All states of F(D) with product of at least beta grow at most G(D) <= G(K),
    which is less than g(v): none of them is a growth optimum of D, so D is worth less than beta.
    """

    blocks_product = False
    caps_product = False
    slack = STRICT_SLACK

    def required(self, ceiling: float, problem: BilevelProblem, min_growth: float, beta: float) -> float:  # noqa: ARG002
        """Strictly more than the ceiling."""
        return above(ceiling)
