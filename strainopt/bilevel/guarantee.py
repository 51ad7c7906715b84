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
from strainopt.bilevel.builder import Linear, ProgramBuilder
from strainopt.bilevel.constants import Ledger, Observed
from strainopt.bilevel.follower import whole
from strainopt.bilevel.optimality import (
    ExtraRow,
    Formulation,
    add_complementarity,
    closure_limits,
    price_limits,
    require_growth_optimum,
)
from strainopt.bilevel.problem import BilevelProblem, Method
from strainopt.bilevel.switches import Switches

__all__ = ["add_guarantee"]


def add_guarantee(
    builder: ProgramBuilder,
    problem: BilevelProblem,
    switches: Switches,
    *,
    observed: Observed,
    formulation: Formulation,
    ledger: Ledger,
) -> None:
    """Maximise the least product among the states whose growth reaches the method's threshold."""
    follower = whole(problem)
    indicators = formulation is Formulation.INDICATOR
    flux = add_fluxes(builder, follower, name="v", switches=switches, ledger=ledger, indicators=indicators)
    grown = Linear.of(flux, problem.growth)
    builder.row(grown, lower=problem.min_growth)
    dual = add_dual(
        builder,
        follower,
        name="product",
        objective=-problem.product,
        extra=(problem.growth,),
        closure_limits=closure_limits(observed, "product", follower),
        price_limits=price_limits(observed, "product"),
        switches=switches,
        ledger=ledger,
        indicators=indicators,
    )
    strong = problem.method is Method.STRONG
    if formulation is not Formulation.KKT:
        price = int(dual.prices[0])
        if strong:
            credit = Linear.column(price) * problem.min_growth
        else:
            scale = Scale(price, price_limits(observed, "product")[0])
            scaled = add_fluxes(builder, follower, name="x", switches=switches, ledger=ledger, scale=scale)
            credit = Linear.of(scaled, problem.growth) * problem.alpha
        builder.maximise(credit - dual.value)
        return
    threshold, constant = (Linear.zero(), problem.min_growth) if strong else (grown * problem.alpha, 0.0)
    if not strong:
        require_growth_optimum(
            builder,
            follower,
            flux,
            problem.growth,
            switches=switches,
            ledger=ledger,
            observed=observed,
            formulation=formulation,
        )
    worst = add_fluxes(builder, follower, name="worst", switches=switches, ledger=ledger)
    builder.row(Linear.of(worst, problem.growth) - threshold, lower=constant)
    width = float(abs(problem.growth) @ (follower.range_upper - follower.range_lower))
    row = ExtraRow(problem.growth, threshold, constant, width)
    limit = max(observed.reduced["product"], *observed.price["product"]) * observed.widening
    add_complementarity(builder, follower, worst, dual, name="product", extra=(row,), limit=limit, ledger=ledger)
    builder.maximise(Linear.of(worst, problem.product))
