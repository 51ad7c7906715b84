"""The coupling class of a mutant, by plain linear programs.

Classes of Schneider, Mahadevan and Klamt (2021, Biotechnology Journal 16:2100236), weakest first: product possible at
maximal growth (pGCP); in every state of maximal growth (wGCP); in every state that grows (dGCP); in every state that
takes up substrate (SUCP). Each class is claimed only together with the weaker ones.

Strict inequalities need thresholds. Product counts as made above `ZERO_PRODUCT` of the theoretical maximum; a state
counts as growing, or feeding, from `GROWING` of the mutant's own largest growth, or uptake.
"""

from __future__ import annotations

import numpy as np

from strainopt.design.problem import Coupling
from strainopt.design.states import States, extreme, states_above
from strainopt.flux.fba import fba_program
from strainopt.lp.backend import Backend
from strainopt.lp.program import FloatArray
from strainopt.network.network import Network
from strainopt.tolerances import GROWING, RATIO_STEP, ZERO_PRODUCT

__all__ = ["coupling_class"]


def coupling_class(
    mutant: Network,
    *,
    growth: FloatArray,
    product: FloatArray,
    uptake: FloatArray | None,
    max_growth: float,
    product_min: float,
    product_max: float,
    theoretical_max: float,
    solver: Backend,
) -> Coupling:
    """The strongest coupling class of a mutant.

    Parameters
    ----------
    mutant : Network
        With the deletions applied.
    growth, product, uptake : float arrays, shape (reactions,)
        Linear expressions; `uptake` is positive when substrate is taken up. Without it SUCP is never claimed.
    max_growth, product_min, product_max : float
        Growth optimum, and least and most product there.
    theoretical_max : float
        Of the product, in the scenario without deletions.
    solver : Backend
        For at most three programs.

    Returns
    -------
    Coupling
        NONE where no state of maximal growth makes product, or nothing grows.
    """
    least = ZERO_PRODUCT * theoretical_max
    if not max_growth > 0.0 or not product_max > least:
        return Coupling.NONE
    if not product_min > least:
        return Coupling.PGCP
    growing = states_above(mutant, growth, GROWING * max_growth)
    if not extreme(growing, product, most=False, solver=solver).value > least:
        return Coupling.WGCP
    if uptake is None:
        return Coupling.DGCP
    everything = States(fba_program(mutant, objective=np.zeros(mutant.shape[1])))
    most_uptake = extreme(everything, uptake, most=True, solver=solver).value
    if most_uptake <= RATIO_STEP:
        return Coupling.DGCP
    feeding = states_above(mutant, uptake, GROWING * most_uptake)
    if not extreme(feeding, product, most=False, solver=solver).value > least:
        return Coupling.DGCP
    return Coupling.SUCP
