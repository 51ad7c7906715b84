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
from strainopt.bilevel.follower import Follower, split, whole
from strainopt.bilevel.optimality import (
    ExtraRow,
    add_complementarity,
    require_growth_optimum,
)
from strainopt.bilevel.problem import BilevelProblem, Ties
from strainopt.bilevel.writing import Formulation, Writing
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


def add_parsimonious(writing: Writing, problem: BilevelProblem) -> None:
    """Maximise the product of the parsimonious growth optimum, ties among such states as the problem says."""
    writer = _Writer(writing, problem, parts_of(problem))
    if writing.formulation is Formulation.KKT:
        writer.write_kkt()
    elif problem.ties is Ties.OPTIMISTIC:
        writer.write_optimistic()
    else:
        writer.write_pessimistic()


@dataclass(frozen=True, eq=False)
class _Writer:
    writing: Writing
    problem: BilevelProblem
    parts: Parts

    @property
    def builder(self) -> ProgramBuilder:
        return self.writing.builder

    def write_optimistic(self) -> None:
        """Maximise product(s): s is a growth optimum and total(s) is at most the dual value of least total flux."""
        parts = self.parts
        flux = add_fluxes(self.writing, parts.follower, name="s")
        self.builder.row(Linear.of(flux, parts.growth), lower=self.problem.min_growth)
        require_growth_optimum(self.writing, parts.follower, flux, parts.growth)
        dual = add_dual(self.writing, parts.follower, stage="total", objective=-parts.total, extra=(parts.growth,))
        scaled = self._scaled_growth(int(dual.prices[0]), "total")
        self.builder.row(-Linear.of(flux, parts.total) - dual.value + scaled, lower=0.0)
        self.builder.maximise(Linear.of(flux, parts.product))

    def write_pessimistic(self) -> None:
        """Maximise the dual value of least product at optimal growth and least total flux."""
        parts = self.parts
        alive = add_fluxes(self.writing, whole(self.problem), name="v")
        self.builder.row(Linear.of(alive, self.problem.growth), lower=self.problem.min_growth)
        extra = (parts.growth, -parts.total)
        dual = add_dual(self.writing, parts.follower, stage="ties", objective=-parts.product, extra=extra)
        scaled = self._scaled_growth(int(dual.prices[0]), "ties")
        spent = self._scaled_total(int(dual.prices[1]))
        self.builder.maximise(scaled - spent - dual.value)

    def write_kkt(self) -> None:
        """Growth optimum v, then least total flux s2 at its growth, then (pessimistic ties) least product s3."""
        follower = whole(self.problem)
        first = add_fluxes(self.writing, follower, name="v")
        grown = Linear.of(first, self.problem.growth)
        self.builder.row(grown, lower=self.problem.min_growth)
        require_growth_optimum(self.writing, follower, first, self.problem.growth)
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
        follower = self.parts.follower
        flux = add_fluxes(self.writing, follower, name=stage)
        for row in rows:
            self.builder.row(Linear.of(flux, row.coefficients) - row.right, lower=row.right_constant)
        extra = tuple(row.coefficients for row in rows)
        dual = add_dual(self.writing, follower, stage=stage, objective=objective, extra=extra)
        add_complementarity(self.writing, follower, flux, dual, stage=stage, extra=rows)
        return flux

    def _scaled_growth(self, price: int, stage: str) -> Linear:
        """Largest growth over fluxes scaled by the growth row's multiplier: at most price * optimum."""
        scale = Scale(price, self.writing.price_limits(stage)[0])
        scaled = add_fluxes(self.writing, whole(self.problem), name=f"{stage}.x", scale=scale)
        return Linear.of(scaled, self.problem.growth)

    def _scaled_total(self, price: int) -> Linear:
        """Total flux of growth optima scaled by the total-flux row's multiplier: at least price * least total."""
        parts = self.parts
        scale = Scale(price, self.writing.price_limits("ties")[1])
        flux = add_fluxes(self.writing, parts.follower, name="ties.w", scale=scale)
        dual = add_dual(
            self.writing, parts.follower, stage="growth", objective=parts.growth, scale=scale, name="ties.growth"
        )
        self.builder.row(Linear.of(flux, parts.growth) - dual.value, lower=0.0)
        return Linear.of(flux, parts.total)

    def _width(self, coefficients: FloatArray) -> float:
        follower = self.parts.follower
        return float(np.abs(coefficients) @ (follower.range_upper - follower.range_lower))
