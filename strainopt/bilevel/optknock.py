"""OptKnock: the most product among the growth optima (Burgard, Pharkya, Maranas 2003)."""

from __future__ import annotations

from strainopt.bilevel.blocks import add_fluxes
from strainopt.bilevel.builder import Linear
from strainopt.bilevel.follower import whole
from strainopt.bilevel.optimality import require_growth_optimum
from strainopt.bilevel.problem import BilevelProblem
from strainopt.bilevel.writing import Writing

__all__ = ["add_optknock"]


def add_optknock(writing: Writing, problem: BilevelProblem) -> None:
    """Maximise product(v) with v a growth optimum of the mutant, growth(v) >= min_growth."""
    follower = whole(problem)
    flux = add_fluxes(writing, follower, name="v")
    writing.builder.row(Linear.of(flux, problem.growth), lower=problem.min_growth)
    require_growth_optimum(writing, follower, flux, problem.growth)
    writing.builder.maximise(Linear.of(flux, problem.product))
