"""Whether an answer is what its solver says it is, found out with arithmetic alone and without any solver.

Everything follows from two facts about `y`, any row multipliers, and `z = matrix.T @ y`: every point has
`z @ x = y @ (matrix @ x)`, and both sides lie in intervals that the bounds of columns and of rows give. If the
intervals miss each other, nothing is feasible (Farkas); and `objective @ x = y @ (matrix @ x) + (objective - z) @ x`
is at most the sum of the two upper ends (weak duality). Bounds at infinity make an end infinite, except where the
multiplier is nothing but rounding noise (`tolerances.RAY_NOISE`).
"""

from __future__ import annotations

import math

import numpy as np

from strainopt import tolerances
from strainopt.lp.program import FloatArray, LinearProgram
from strainopt.lp.result import LpResult

__all__ = ["dual_bound", "duality_gap", "farkas_margin", "is_feasible", "residual"]


def residual(program: LinearProgram, x: FloatArray) -> float:
    """Largest violation of a row or a bound at `x`, each relative to 1 + its largest term (`tolerances.RESIDUAL`).

    Parameters
    ----------
    program : LinearProgram
        What `x` should satisfy.
    x : float array, shape (n,)
        A point.

    Returns
    -------
    float
        0 for a feasible point; inf if `x` holds anything that is not a finite number.
    """
    if not np.all(np.isfinite(x)):
        return math.inf
    worst = 0.0
    activity = program.matrix @ x
    short = np.maximum(program.row_lower - activity, activity - program.row_upper)
    if len(short) and short.max() > 0:
        # Only rows that are off need their largest term, so a feasible point costs one product.
        off = np.flatnonzero(short > 0)
        terms = abs(program.matrix.tocsr()[off].multiply(x[np.newaxis, :]).tocsr())
        largest = terms.max(axis=1).toarray().ravel()
        worst = float(np.max(short[off] / (1.0 + largest)))
    outside = np.maximum(program.lower - x, x - program.upper)
    if len(outside) and outside.max() > 0:
        worst = max(worst, float(np.max(outside / (1.0 + np.abs(x)))))
    return worst


def is_feasible(program: LinearProgram, x: FloatArray) -> bool:
    """Whether `residual` is at most `tolerances.RESIDUAL`, found without the rows' terms wherever that will do."""
    if not np.all(np.isfinite(x)):
        return False
    activity = program.matrix @ x
    short = np.max(np.maximum(program.row_lower - activity, activity - program.row_upper), initial=0.0)
    outside = np.max(np.maximum(program.lower - x, x - program.upper), initial=0.0)
    # Relative violations are never larger than absolute ones.
    return bool(max(short, outside) <= tolerances.RESIDUAL) or residual(program, x) <= tolerances.RESIDUAL


def farkas_margin(program: LinearProgram, ray: FloatArray) -> float:
    """How far the two intervals of the Farkas argument miss each other, relative to the largest term in them.

    Parameters
    ----------
    program : LinearProgram
        What should have no point.
    ray : float array, shape (m,)
        Row multipliers of either sign; their size does not matter.

    Returns
    -------
    float
        Positive proves that nothing is feasible (callers ask for more than `tolerances.FARKAS`); zero or negative
        proves nothing. A row or column whose own bounds contradict each other proves it with any ray: inf.
    """
    slack = np.concatenate([program.lower - program.upper, program.row_lower - program.row_upper])
    if len(slack) and slack.max() > tolerances.PRIMAL_FEASIBILITY:
        return math.inf
    if not np.all(np.isfinite(ray)) or not np.any(ray):
        return -math.inf
    z = _quiet(program, ray, program.matrix.T @ ray)
    column_low, column_high = _ends(z, program.lower, program.upper)
    row_low, row_high = _ends(ray, program.row_lower, program.row_upper)
    above = _relative_gap(column_high, row_low)
    below = _relative_gap(row_high, column_low)
    return max(above, below)


def dual_bound(program: LinearProgram, row_duals: FloatArray) -> float:
    """An upper bound on the maximum from any row duals (weak duality).

    Parameters
    ----------
    program : LinearProgram
        What is maximised.
    row_duals : float array, shape (m,)
        Signs as in `LpResult`. Wrong signs on finite bounds cost tightness, never validity.

    Returns
    -------
    float
        inf where a bound that is needed is infinite. Reduced costs and duals that are nothing but rounding noise
        (`tolerances.RAY_NOISE` relative to the terms they are the sum of) are taken for zero on infinite bounds.
    """
    if not np.all(np.isfinite(row_duals)):
        return math.inf
    reduced = _quiet(program, row_duals, program.objective - program.matrix.T @ row_duals, program.objective)
    scale = float(np.max(np.abs(row_duals), initial=0.0))
    duals = np.where(np.abs(row_duals) <= tolerances.RAY_NOISE * scale, _noise_free(program, row_duals), row_duals)
    high = float(np.sum(_upper_terms(duals, program.row_lower, program.row_upper)))
    return high + float(np.sum(_upper_terms(reduced, program.lower, program.upper)))


def duality_gap(program: LinearProgram, result: LpResult) -> float:
    """Relative difference between the dual bound of a result and its objective; inf if it carries no duals.

    Relative to 1 + |objective|; an OPTIMAL answer should stay below `tolerances.DUALITY_GAP`. Negative values mean
    an objective above its own bound, which only a point that is not feasible can have.
    """
    if result.x is None or result.row_duals is None:
        return math.inf
    value = float(program.objective @ result.x)
    return (dual_bound(program, result.row_duals) - value) / (1.0 + abs(value))


def _upper_terms(weights: FloatArray, lower: FloatArray, upper: FloatArray) -> FloatArray:
    """Largest value of each `weight * t` over `lower <= t <= upper`; a zero weight gives zero, infinite or not."""
    side = np.where(weights > 0, upper, lower)
    side = np.where(weights == 0, 0.0, side)
    side = np.where(np.abs(side) >= tolerances.INFINITE, np.copysign(np.inf, side), side)
    terms: FloatArray = np.multiply(weights, side)
    return terms


def _ends(weights: FloatArray, lower: FloatArray, upper: FloatArray) -> tuple[FloatArray, FloatArray]:
    return -_upper_terms(-weights, lower, upper), _upper_terms(weights, lower, upper)


def _relative_gap(high: FloatArray, low: FloatArray) -> float:
    """sum(low) - sum(high) over the largest term in either; -inf if a sum is infinite."""
    gap = float(np.sum(low)) - float(np.sum(high))
    if not math.isfinite(gap):
        return -math.inf
    largest = max(float(np.max(np.abs(high), initial=0.0)), float(np.max(np.abs(low), initial=0.0)))
    return gap / largest if largest > 0 else 0.0


def _quiet(program: LinearProgram, ray: FloatArray, z: FloatArray, objective: FloatArray | None = None) -> FloatArray:
    """`z` with rounding noise on unbounded columns set to zero; bounded columns keep it, which is always valid."""
    unbounded = (program.lower <= -tolerances.INFINITE) | (program.upper >= tolerances.INFINITE)
    if not unbounded.any():
        return z
    terms = abs(program.matrix).T @ np.abs(ray)
    if objective is not None:
        terms = terms + np.abs(objective)
    quiet: FloatArray = np.where(unbounded & (np.abs(z) <= tolerances.RAY_NOISE * terms), 0.0, z)
    return quiet


def _noise_free(program: LinearProgram, duals: FloatArray) -> FloatArray:
    """Duals with those on a missing row side set to zero."""
    missing = np.where(duals > 0, program.row_upper >= tolerances.INFINITE, program.row_lower <= -tolerances.INFINITE)
    free: FloatArray = np.where(missing, 0.0, duals)
    return free
