"""What the cell is forced to make: RobustKnock, pessimistic designs and strong coupling, as one program.

RobustKnock is Tepper and Shlomi (2010). All three credit a design with

    z(D) = min product(v)  over v in F(D) with growth(v) >= G(D),

where G is the growth optimum, alpha times it, or the constant min_growth. By duality z(D) is the largest
`price * G - (upper @ up - lower @ down)` over dual feasible multipliers. The product price * optimum is bilinear, but
price * optimum is itself the largest growth over the mutant's fluxes scaled by price; both are maximised, so the two
programs become one. Any feasible point is a true lower bound on z(D): constants that are too small can hide designs,
never flatter one.
"""

from __future__ import annotations

from strainopt.bilevel.blocks import Scale, add_dual, add_fluxes
from strainopt.bilevel.builder import Linear
from strainopt.bilevel.follower import whole
from strainopt.bilevel.optimality import (
    ExtraRow,
    add_complementarity,
    require_growth_optimum,
)
from strainopt.bilevel.problem import BilevelProblem, Method
from strainopt.bilevel.writing import Formulation, Writing

__all__ = ["add_guarantee"]


def add_guarantee(writing: Writing, problem: BilevelProblem) -> None:
    """Maximise the least product among the states whose growth reaches the method's threshold."""
    follower = whole(problem)
    flux = add_fluxes(writing, follower, name="v")
    grown = Linear.of(flux, problem.growth)
    writing.builder.row(grown, lower=problem.min_growth)
    dual = add_dual(writing, follower, stage="product", objective=-problem.product, extra=(problem.growth,))
    strong = problem.method is Method.STRONG
    if writing.formulation is not Formulation.KKT:
        price = int(dual.prices[0])
        if strong:
            credit = Linear.column(price) * problem.min_growth
        else:
            scale = Scale(price, writing.price_limits("product")[0])
            scaled = add_fluxes(writing, follower, name="x", scale=scale)
            credit = Linear.of(scaled, problem.growth) * problem.alpha
        writing.builder.maximise(credit - dual.value)
        return
    threshold, constant = (Linear.zero(), problem.min_growth) if strong else (grown * problem.alpha, 0.0)
    if not strong:
        require_growth_optimum(writing, follower, flux, problem.growth)
    worst = add_fluxes(writing, follower, name="worst")
    writing.builder.row(Linear.of(worst, problem.growth) - threshold, lower=constant)
    width = float(abs(problem.growth) @ (follower.range_upper - follower.range_lower))
    row = ExtraRow(problem.growth, threshold, constant, width)
    add_complementarity(writing, follower, worst, dual, stage="product", extra=(row,))
    writing.builder.maximise(Linear.of(worst, problem.product))
