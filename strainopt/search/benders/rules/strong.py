"""Strong coupling: least product over all states that grow at all (at least mu); a question of minimal cut sets."""

from __future__ import annotations

from strainopt.bilevel.problem import BilevelProblem
from strainopt.search.benders.rules.rule import TIE_SLACK, at

__all__ = ["StrongRule"]


class StrongRule:
    """A witness makes at most beta and grows at least mu: it is among the states that count for every design."""

    blocks_product = False
    caps_product = True
    slack = TIE_SLACK

    def required(self, ceiling: float, problem: BilevelProblem, min_growth: float, beta: float) -> float:  # noqa: ARG002
        """The least growth; no condition."""
        return at(min_growth)
