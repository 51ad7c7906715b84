"""Saying "this flux vector is optimal for the follower": strong duality, or complementarity (KKT)."""

from __future__ import annotations

from dataclasses import dataclass

from strainopt.bilevel.blocks import Dual, add_dual
from strainopt.bilevel.builder import Linear
from strainopt.bilevel.constants import Source
from strainopt.bilevel.follower import Follower
from strainopt.bilevel.writing import Formulation, Writing
from strainopt.lp.program import FloatArray, IntArray

__all__ = ["ExtraRow", "add_complementarity", "require_growth_optimum"]


@dataclass(frozen=True, eq=False)
class ExtraRow:
    """A follower row `coefficients @ v >= right + right_constant`, whose slack never exceeds `width`."""

    coefficients: FloatArray
    right: Linear
    right_constant: float
    width: float


def require_growth_optimum(writing: Writing, follower: Follower, flux: IntArray, growth: FloatArray) -> None:
    """Make `flux` (a copy of `follower`) grow as fast as any flux vector left by the deletions."""
    dual = add_dual(writing, follower, stage="growth", objective=growth)
    if writing.formulation is Formulation.KKT:
        add_complementarity(writing, follower, flux, dual, stage="growth")
    else:
        writing.builder.row(Linear.of(flux, growth) - dual.value, lower=0.0)


def add_complementarity(
    writing: Writing, follower: Follower, flux: IntArray, dual: Dual, *, stage: str, extra: tuple[ExtraRow, ...] = ()
) -> None:
    """Each multiplier is zero or its bound is met, one binary per bound that can bind.

    The slack of a bound is limited by the flux range (data), a multiplier by the largest of the stage (observed).
    """
    builder, ledger, limit = writing.builder, writing.ledger, writing.multiplier_limit(stage)
    width = follower.range_upper - follower.range_lower
    for j in range(len(flux)):
        for column, bound, sign in ((dual.up[j], follower.upper[j], 1.0), (dual.down[j], follower.lower[j], -1.0)):
            if column < 0 or width[j] <= 0.0:
                continue
            # slack = sign * (bound - flux) in [0, width]; multiplier in [0, limit]
            met = builder.column(f"{stage}.met[{j}]", 0.0, 1.0, integer=True)
            multiplier = ledger.note(f"{stage}.multiplier[{j}]", limit, Source.OBSERVED)
            slack = ledger.note(f"{stage}.slack[{j}]", width[j], Source.DATA)
            builder.row(Linear.column(int(column)) - Linear.column(met) * multiplier, upper=0.0)
            gap = Linear.column(int(flux[j])) * -sign + Linear.column(met) * slack
            builder.row(gap, upper=slack - sign * bound)
    for price, row in zip(dual.prices, extra, strict=True):
        met = builder.column(f"{stage}.tight", 0.0, 1.0, integer=True)
        multiplier = ledger.note(f"{stage}.price", limit, Source.OBSERVED)
        slack = ledger.note(f"{stage}.row_slack", row.width, Source.DATA)
        builder.row(Linear.column(int(price)) - Linear.column(met) * multiplier, upper=0.0)
        gap = Linear.of(flux, row.coefficients) - row.right + Linear.column(met) * slack
        builder.row(gap, upper=slack + row.right_constant)
