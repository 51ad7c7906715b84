"""RobustKnock (Tepper, Shlomi 2010): ties are broken against us."""

from __future__ import annotations

from strainopt.bilevel.problem import BilevelProblem
from strainopt.search.benders.rules.rule import TIE_SLACK, at

__all__ = ["RobustKnockRule"]


class RobustKnockRule:
    """A witness makes at most beta and grows at least as fast as G(K).

    Let D contain K and leave v feasible. If D beat beta, its growth optimum would be G(D) <= G(K) <= g(v), so v would
    be an optimum itself, with at most beta: a contradiction.
    """

    blocks_product = False
    caps_product = True
    slack = TIE_SLACK

    def required(self, ceiling: float, problem: BilevelProblem, min_growth: float, beta: float) -> float:  # noqa: ARG002
        """The ceiling itself."""
        return at(ceiling)
