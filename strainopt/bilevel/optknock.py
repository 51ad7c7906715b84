"""OptKnock: the most product among the growth optima (Burgard, Pharkya, Maranas 2003)."""

from __future__ import annotations

from strainopt.bilevel.blocks import add_fluxes
from strainopt.bilevel.builder import Linear, ProgramBuilder
from strainopt.bilevel.constants import Ledger, Observed
from strainopt.bilevel.follower import whole
from strainopt.bilevel.optimality import Formulation, require_growth_optimum
from strainopt.bilevel.problem import BilevelProblem
from strainopt.bilevel.switches import Switches

__all__ = ["add_optknock"]


def add_optknock(
    builder: ProgramBuilder,
    problem: BilevelProblem,
    switches: Switches,
    *,
    observed: Observed,
    formulation: Formulation,
    ledger: Ledger,
) -> None:
    """Maximise product(v) with v a growth optimum of the mutant, growth(v) >= min_growth."""
    follower = whole(problem)
    indicators = formulation is Formulation.INDICATOR
    flux = add_fluxes(builder, follower, name="v", switches=switches, ledger=ledger, indicators=indicators)
    builder.row(Linear.of(flux, problem.growth), lower=problem.min_growth)
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
    builder.maximise(Linear.of(flux, problem.product))
