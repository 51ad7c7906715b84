"""OptCouple (Jensen et al. 2019): growth that is lost where product may not be made."""

from __future__ import annotations

from strainopt.bilevel.problem import BilevelProblem
from strainopt.search.benders.rules.rule import TIE_SLACK, at

__all__ = ["OptCoupleRule"]


class OptCoupleRule:
    """A witness makes no product and grows at least G(K) - beta; here G asks for no product.

    Let D contain K and leave v feasible. Without product D grows at least g(v), with it at most G(D) <= G(K): the
    difference is at most beta. And it is never more than G(D), so that G(K) <= beta condemns K.
    """

    blocks_product = True
    caps_product = False
    slack = TIE_SLACK

    def required(self, ceiling: float, problem: BilevelProblem, min_growth: float, beta: float) -> float:  # noqa: ARG002
        """The ceiling less the value to beat."""
        return at(ceiling - beta)
