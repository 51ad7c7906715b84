"""Designs for a cell that grows as fast as it can and then spends the least total flux (pFBA, Lewis et al. 2010).

Three follower stages: growth; total flux at that growth; product among what is left (ties). Fluxes are split into
forward and backward parts s >= 0, so total flux is `weights @ s`. With strong duality each later stage's right-hand
sides, which are optima of earlier stages, meet their multipliers in products; each product is written as the optimum
of the earlier stage over fluxes scaled by the multiplier (see `blocks`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from strainopt.bilevel.blocks import Scale, add_dual, add_fluxes
from strainopt.bilevel.builder import Linear, ProgramBuilder
from strainopt.bilevel.constants import Ledger, Observed
from strainopt.bilevel.follower import Follower, split, whole
from strainopt.bilevel.optimality import (
    ExtraRow,
    Formulation,
    add_complementarity,
    closure_limits,
    price_limits,
    require_growth_optimum,
)
from strainopt.bilevel.problem import BilevelProblem, Ties
from strainopt.bilevel.switches import Switches
from strainopt.lp.program import FloatArray, IntArray

__all__ = ["Parts", "add_parsimonious", "parts_of"]


@dataclass(frozen=True, eq=False)
class Parts:
    """The split follower and its objectives: growth, total flux, product, each shape (2 n,)."""

    follower: Follower
    growth: FloatArray
    total: FloatArray
    product: FloatArray


def parts_of(problem: BilevelProblem) -> Parts:
    """Objectives over forward and backward parts."""
    return Parts(
        follower=split(problem),
        growth=np.concatenate([problem.growth, -problem.growth]),
        total=np.concatenate([problem.flux_weights, problem.flux_weights]),
        product=np.concatenate([problem.product, -problem.product]),
    )


def add_parsimonious(
    builder: ProgramBuilder,
    problem: BilevelProblem,
    switches: Switches,
    *,
    observed: Observed,
    formulation: Formulation,
    ledger: Ledger,
) -> None:
    """Maximise the product of the parsimonious growth optimum, ties among such states as the problem says."""
    writer = _Writer(builder, problem, switches, observed, formulation, ledger, parts_of(problem))
    if formulation is Formulation.KKT:
        writer.write_kkt()
    elif problem.ties is Ties.OPTIMISTIC:
        writer.write_optimistic()
    else:
        writer.write_pessimistic()


@dataclass(frozen=True, eq=False)
class _Writer:
    builder: ProgramBuilder
    problem: BilevelProblem
    switches: Switches
    observed: Observed
    formulation: Formulation
    ledger: Ledger
    parts: Parts

    def write_optimistic(self) -> None:
        """Maximise product(s): s is a growth optimum and total(s) is at most the dual value of least total flux."""
        flux = self._split_fluxes("s")
        self.builder.row(Linear.of(flux, self.parts.growth), lower=self.problem.min_growth)
        self._growth_optimum(flux)
        price, value = self._dual("total", -self.parts.total, (self.parts.growth,))
        scaled = self._scaled_growth(int(price[0]), "total")
        self.builder.row(-Linear.of(flux, self.parts.total) - value + scaled, lower=0.0)
        self.builder.maximise(Linear.of(flux, self.parts.product))

    def write_pessimistic(self) -> None:
        """Maximise the dual value of least product at optimal growth and least total flux."""
        follower = whole(self.problem)
        alive = add_fluxes(self.builder, follower, name="v", switches=self.switches, ledger=self.ledger)
        self.builder.row(Linear.of(alive, self.problem.growth), lower=self.problem.min_growth)
        price, value = self._dual("ties", -self.parts.product, (self.parts.growth, -self.parts.total))
        scaled = self._scaled_growth(int(price[0]), "ties")
        spent = self._scaled_total(int(price[1]))
        self.builder.maximise(scaled - spent - value)

    def write_kkt(self) -> None:
        """Growth optimum v, then least total flux s2 at its growth, then (pessimistic ties) least product s3."""
        follower = whole(self.problem)
        first = add_fluxes(self.builder, follower, name="v", switches=self.switches, ledger=self.ledger)
        grown = Linear.of(first, self.problem.growth)
        self.builder.row(grown, lower=self.problem.min_growth)
        require_growth_optimum(
            self.builder,
            follower,
            first,
            self.problem.growth,
            switches=self.switches,
            ledger=self.ledger,
            observed=self.observed,
            formulation=self.formulation,
        )
        width = self._width(self.parts.growth)
        rows: tuple[ExtraRow, ...] = (ExtraRow(self.parts.growth, grown, 0.0, width),)
        second = self._kkt_stage("total", -self.parts.total, rows)
        if self.problem.ties is Ties.OPTIMISTIC:
            self.builder.maximise(Linear.of(second, self.parts.product))
            return
        least = -Linear.of(second, self.parts.total)
        rows += (ExtraRow(-self.parts.total, least, 0.0, self._width(self.parts.total)),)
        third = self._kkt_stage("ties", -self.parts.product, rows)
        self.builder.maximise(Linear.of(third, self.parts.product))

    def _kkt_stage(self, stage: str, objective: FloatArray, rows: tuple[ExtraRow, ...]) -> IntArray:
        flux = self._split_fluxes(stage)
        for row in rows:
            self.builder.row(Linear.of(flux, row.coefficients) - row.right, lower=row.right_constant)
        dual = add_dual(
            self.builder,
            self.parts.follower,
            name=stage,
            objective=objective,
            extra=tuple(row.coefficients for row in rows),
            closure_limits=closure_limits(self.observed, stage, self.parts.follower),
            price_limits=price_limits(self.observed, stage),
            switches=self.switches,
            ledger=self.ledger,
        )
        limit = max(self.observed.reduced[stage], *self.observed.price[stage]) * self.observed.widening
        add_complementarity(
            self.builder, self.parts.follower, flux, dual, name=stage, extra=rows, limit=limit, ledger=self.ledger
        )
        return flux

    def _split_fluxes(self, name: str, scale: Scale | None = None) -> IntArray:
        return add_fluxes(
            self.builder,
            self.parts.follower,
            name=name,
            switches=self.switches,
            ledger=self.ledger,
            scale=scale,
            indicators=self.formulation is Formulation.INDICATOR and scale is None,
        )

    def _growth_optimum(self, flux: IntArray) -> None:
        require_growth_optimum(
            self.builder,
            self.parts.follower,
            flux,
            self.parts.growth,
            switches=self.switches,
            ledger=self.ledger,
            observed=self.observed,
            formulation=self.formulation,
        )

    def _dual(self, stage: str, objective: FloatArray, extra: tuple[FloatArray, ...]) -> tuple[IntArray, Linear]:
        dual = add_dual(
            self.builder,
            self.parts.follower,
            name=stage,
            objective=objective,
            extra=extra,
            closure_limits=closure_limits(self.observed, stage, self.parts.follower),
            price_limits=price_limits(self.observed, stage),
            switches=self.switches,
            ledger=self.ledger,
            indicators=self.formulation is Formulation.INDICATOR,
        )
        return dual.prices, dual.value

    def _scaled_growth(self, price: int, stage: str) -> Linear:
        """Largest growth over fluxes scaled by the growth row's multiplier: at most price * optimum."""
        scale = Scale(price, price_limits(self.observed, stage)[0])
        follower = whole(self.problem)
        scaled = add_fluxes(
            self.builder, follower, name=f"{stage}.x", switches=self.switches, ledger=self.ledger, scale=scale
        )
        return Linear.of(scaled, self.problem.growth)

    def _scaled_total(self, price: int) -> Linear:
        """Total flux of growth optima scaled by the total-flux row's multiplier: at least price * least total."""
        scale = Scale(price, price_limits(self.observed, "ties")[1])
        flux = self._split_fluxes("ties.w", scale)
        dual = add_dual(
            self.builder,
            self.parts.follower,
            name="ties.growth",
            objective=self.parts.growth,
            extra=(),
            closure_limits=closure_limits(self.observed, "growth", self.parts.follower),
            price_limits=(),
            switches=self.switches,
            ledger=self.ledger,
            scale=scale,
        )
        self.builder.row(Linear.of(flux, self.parts.growth) - dual.value, lower=0.0)
        return Linear.of(flux, self.parts.total)

    def _width(self, coefficients: FloatArray) -> float:
        follower = self.parts.follower
        return float(np.abs(coefficients) @ (follower.range_upper - follower.range_lower))
