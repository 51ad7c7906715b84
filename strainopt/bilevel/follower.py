"""The follower's polytope as columns that may close, whole or split into forward and backward parts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy import sparse

from strainopt.bilevel.problem import BilevelProblem
from strainopt.lp.program import FloatArray, IntArray
from strainopt.tolerances import INFINITE, RANGE_MARGIN

__all__ = ["Follower", "split", "whole"]


@dataclass(frozen=True, eq=False)
class Follower:
    """`matrix @ v = 0`, `lower <= v <= upper`, and the range that each column has in the states that matter.

    Attributes
    ----------
    matrix : scipy.sparse.csc_array, shape (m, n)
    lower, upper, range_lower, range_upper : float arrays, shape (n,)
    source : int array, shape (n,)
        The column of the problem that each column comes from; its closure closes this one.
    """

    matrix: sparse.csc_array
    lower: FloatArray
    upper: FloatArray
    range_lower: FloatArray
    range_upper: FloatArray
    source: IntArray

    @cached_property
    def upper_binds(self) -> npt.NDArray[np.bool_]:
        """Whether the upper bound is met in some state that matters.

        The states that matter are those whose growth reaches the floor. A bound that none of them meets can be
        left out, all such bounds at once: a state outside would, on the way from a state inside, cross one of
        them at a state that still grows enough. So it has no multiplier in any follower optimum that counts.
        """
        return np.asarray((self.upper < INFINITE) & (self.range_upper >= self.upper - _margin(self.upper)))

    @cached_property
    def lower_binds(self) -> npt.NDArray[np.bool_]:
        """Whether the lower bound is met in some state that matters."""
        return np.asarray((self.lower > -INFINITE) & (self.range_lower <= self.lower + _margin(self.lower)))


def whole(problem: BilevelProblem) -> Follower:
    """Columns as they are, with signed fluxes."""
    margin_low, margin_high = _margin(problem.range_lower), _margin(problem.range_upper)
    return Follower(
        matrix=problem.matrix,
        lower=problem.lower,
        upper=problem.upper,
        range_lower=np.maximum(problem.lower, problem.range_lower - margin_low),
        range_upper=np.minimum(problem.upper, problem.range_upper + margin_high),
        source=np.arange(problem.matrix.shape[1], dtype=np.intp),
    )


def split(problem: BilevelProblem) -> Follower:
    """Forward parts, then backward parts, all nonnegative: total flux becomes linear.

    The ranges hold for states that use no reaction both ways at once, which every state of least total flux does.
    """
    base = whole(problem)

    def forward(values: FloatArray) -> FloatArray:
        return np.maximum(values, 0.0)

    def backward(values: FloatArray) -> FloatArray:
        return np.maximum(-values, 0.0)

    return Follower(
        matrix=sparse.csc_array(sparse.hstack([base.matrix, -base.matrix])),
        lower=np.concatenate([forward(base.lower), backward(base.upper)]),
        upper=np.concatenate([forward(base.upper), backward(base.lower)]),
        range_lower=np.concatenate([forward(base.range_lower), backward(base.range_upper)]),
        range_upper=np.concatenate([forward(base.range_upper), backward(base.range_lower)]),
        source=np.concatenate([base.source, base.source]),
    )


def _margin(values: FloatArray) -> FloatArray:
    return np.asarray(RANGE_MARGIN * (1.0 + np.abs(np.where(np.isfinite(values), values, 0.0))))
