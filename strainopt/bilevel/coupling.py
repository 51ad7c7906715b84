"""OptCouple: how much growth the cell loses when it may not make product (Jensen et al. 2019).

    z(D) = g*(D) - g0(D),

with g* the growth optimum of the mutant and g0 its growth optimum once the product is blocked, 0 where no state is
left. The leader maximises g* himself, so any flux vector of the mutant will do for it, and no condition says that it
is optimal. Of g0 only a bound from above is needed, which the leader then lowers himself: by weak duality that is any
feasible point of the blocked follower's dual, and none of its fluxes. The bound stays at 0 or more, which is the
optimum of the blocked follower with all bounds scaled by a number from 0 to 1: it has a state (zero) whatever is
deleted. Any feasible point is a true lower bound on z(D): constants that are too small can hide designs, never
flatter one.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy import sparse

from strainopt.bilevel.blocks import add_dual, add_fluxes
from strainopt.bilevel.builder import Linear
from strainopt.bilevel.follower import Follower, whole
from strainopt.bilevel.problem import BilevelProblem
from strainopt.bilevel.writing import Writing
from strainopt.lp.program import FloatArray

__all__ = ["add_coupling", "blocked", "homogeneous"]


def add_coupling(writing: Writing, problem: BilevelProblem) -> None:
    """Maximise growth less growth without product; complementarity has nothing to add here."""
    follower = whole(problem)
    flux = add_fluxes(writing, follower, name="v")
    grown = Linear.of(flux, problem.growth)
    writing.builder.row(grown, lower=problem.min_growth)
    if problem.product_is_forced:
        writing.builder.maximise(grown)
        return
    without = blocked(problem)
    dual = add_dual(writing, without, stage="without", objective=problem.growth)
    left = Linear.column(writing.builder.column("without.growth", 0.0, np.inf))
    writing.builder.row(left - dual.value, lower=0.0)
    writing.builder.maximise(grown - left)


def blocked(problem: BilevelProblem) -> Follower:
    """The follower with every column of the product closed."""
    base = whole(problem)

    def closed(values: FloatArray) -> FloatArray:
        kept: FloatArray = values.copy()
        kept[problem.product_columns] = 0.0
        return kept

    return replace(
        base,
        lower=closed(base.lower),
        upper=closed(base.upper),
        range_lower=closed(base.range_lower),
        range_upper=closed(base.range_upper),
    )


def homogeneous(follower: Follower) -> Follower:
    """The fluxes x of a follower with all its bounds scaled by t in [0, 1]: columns x, t, then slacks of the bounds.

    Its largest growth is that of the follower, or 0 where that is less or the follower has no state. Only bounds that
    bind somewhere are there, as in the dual; those at zero stay as they are.
    """
    m, n = follower.matrix.shape
    above = np.flatnonzero(follower.upper_binds & (follower.upper != 0.0))
    below = np.flatnonzero(follower.lower_binds & (follower.lower != 0.0))
    eye = sparse.eye_array(n, format="csr")
    chosen = np.concatenate([above, below])
    bounds = np.concatenate([follower.upper[above], follower.lower[below]])
    sides = np.concatenate([np.ones(len(above)), -np.ones(len(below))])
    scaled = sparse.hstack([eye[chosen], sparse.csr_array(-bounds[:, None]), sparse.diags_array(sides)])
    width = 1 + len(chosen)
    balances = sparse.hstack([follower.matrix, sparse.csr_array((m, width))])
    free = np.full(n, np.inf)
    lower = np.concatenate([np.where(follower.lower_binds & (follower.lower == 0.0), 0.0, -free), np.zeros(width)])
    most = np.concatenate([[1.0], np.full(len(chosen), np.inf)])
    upper = np.concatenate([np.where(follower.upper_binds & (follower.upper == 0.0), 0.0, free), most])
    return Follower(
        matrix=sparse.csc_array(sparse.vstack([balances, scaled])),
        lower=lower,
        upper=upper,
        range_lower=lower,
        range_upper=upper,
        source=np.concatenate([follower.source, np.full(width, -1, dtype=np.intp)]),
    )
