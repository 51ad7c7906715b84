"""pFBA as the inner problem (Lewis et al. 2010): growth first, then least total flux."""

from __future__ import annotations

from strainopt.bilevel.problem import BilevelProblem
from strainopt.search.benders.rules.rule import STRICT_SLACK, above

__all__ = ["ParsimoniousRule"]


class ParsimoniousRule:
    """A witness grows faster than G(K), whatever it makes: parsimonious optima are growth optima, as in OptKnock.

    Where growth ties, total flux decides; such sets go to the exact step, one by one.
    """

    blocks_product = False
    caps_product = False
    slack = STRICT_SLACK

    def required(self, ceiling: float, problem: BilevelProblem, min_growth: float, beta: float) -> float:  # noqa: ARG002
        """Strictly more than the ceiling."""
        return above(ceiling)
