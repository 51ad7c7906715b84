"""Least product over all states that grow at least alpha times the optimum."""

from __future__ import annotations

from strainopt.bilevel.problem import BilevelProblem
from strainopt.search.benders.rules.rule import TIE_SLACK, at

__all__ = ["PessimisticRule"]


class PessimisticRule:
    """A witness makes at most beta and grows at least alpha G(K).

    Let D contain K and leave v feasible. If D beat beta, every growth optimum of D would make more than beta, so the
    optimum would be G(D) <= G(K); then g(v) >= alpha G(D) and v is among the states that count, with at most beta.
    """

    blocks_product = False
    caps_product = True
    slack = TIE_SLACK

    def required(self, ceiling: float, problem: BilevelProblem, min_growth: float, beta: float) -> float:  # noqa: ARG002
        """Alpha times the ceiling."""
        return at(problem.alpha * ceiling)
