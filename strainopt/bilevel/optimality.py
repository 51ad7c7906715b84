"""Saying "this flux vector is optimal for the follower": strong duality, or complementarity (KKT)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np

from strainopt.bilevel.blocks import Dual, add_dual
from strainopt.bilevel.builder import Linear, ProgramBuilder
from strainopt.bilevel.constants import Ledger, Observed, Source
from strainopt.bilevel.follower import Follower
from strainopt.bilevel.switches import Switches
from strainopt.lp.program import FloatArray, IntArray

__all__ = ["ExtraRow", "Formulation", "add_complementarity", "require_growth_optimum"]


class Formulation(Enum):
    """How follower optimality is written.

    STRONG_DUALITY: one row, primal objective at least dual objective. KKT: complementary slackness with binaries.
    INDICATOR: strong duality with the solver's own indicator constraints in place of every big-M.
    """

    STRONG_DUALITY = "strong-duality"
    KKT = "kkt"
    INDICATOR = "indicator"


@dataclass(frozen=True, eq=False)
class ExtraRow:
    """A follower row `coefficients @ v >= right + right_constant`, whose slack never exceeds `width`."""

    coefficients: FloatArray
    right: Linear
    right_constant: float
    width: float


def require_growth_optimum(
    builder: ProgramBuilder,
    follower: Follower,
    flux: IntArray,
    growth: FloatArray,
    *,
    switches: Switches,
    ledger: Ledger,
    observed: Observed,
    formulation: Formulation,
) -> None:
    """Make `flux` (a copy of `follower`) grow as fast as any flux vector left by the deletions."""
    dual = add_dual(
        builder,
        follower,
        name="growth",
        objective=growth,
        extra=(),
        closure_limits=closure_limits(observed, "growth", follower),
        price_limits=(),
        switches=switches,
        ledger=ledger,
        indicators=formulation is Formulation.INDICATOR,
    )
    if formulation is Formulation.KKT:
        limit = observed.reduced["growth"] * observed.widening
        add_complementarity(builder, follower, flux, dual, name="growth", extra=(), limit=limit, ledger=ledger)
    else:
        builder.row(Linear.of(flux, growth) - dual.value, lower=0.0)


def closure_limits(observed: Observed, stage: str, follower: Follower) -> FloatArray:
    """Constants for closed columns: the largest price seen, widened; both parts of a split column share theirs."""
    return np.asarray(observed.closure[stage][follower.source] * observed.widening)


def price_limits(observed: Observed, stage: str) -> tuple[float, ...]:
    """Constants for the multipliers of the extra rows: the largest seen, widened."""
    return tuple(price * observed.widening for price in observed.price[stage])


def add_complementarity(
    builder: ProgramBuilder,
    follower: Follower,
    flux: IntArray,
    dual: Dual,
    *,
    name: str,
    extra: tuple[ExtraRow, ...],
    limit: float,
    ledger: Ledger,
) -> None:
    """Each multiplier is zero or its bound is met, one binary per bound that can bind.

    The slack of a bound is limited by the flux range (data), a multiplier by `limit` (observed).
    """
    width = follower.range_upper - follower.range_lower
    for j in range(len(flux)):
        for column, bound, sign in ((dual.up[j], follower.upper[j], 1.0), (dual.down[j], follower.lower[j], -1.0)):
            if column < 0 or width[j] <= 0.0:
                continue
            # slack = sign * (bound - flux) in [0, width]; multiplier in [0, limit]
            met = builder.column(f"{name}.met[{j}]", 0.0, 1.0, integer=True)
            multiplier = ledger.note(f"{name}.multiplier[{j}]", limit, Source.OBSERVED)
            slack = ledger.note(f"{name}.slack[{j}]", width[j], Source.DATA)
            builder.row(Linear.column(int(column)) - Linear.column(met) * multiplier, upper=0.0)
            gap = Linear.column(int(flux[j])) * -sign + Linear.column(met) * slack
            builder.row(gap, upper=slack - sign * bound)
    for price, row in zip(dual.prices, extra, strict=True):
        met = builder.column(f"{name}.tight", 0.0, 1.0, integer=True)
        multiplier = ledger.note(f"{name}.price", limit, Source.OBSERVED)
        slack = ledger.note(f"{name}.row_slack", row.width, Source.DATA)
        builder.row(Linear.column(int(price)) - Linear.column(met) * multiplier, upper=0.0)
        gap = Linear.of(flux, row.coefficients) - row.right + Linear.column(met) * slack
        builder.row(gap, upper=slack + row.right_constant)
