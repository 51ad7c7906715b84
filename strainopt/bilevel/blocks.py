"""The two building blocks of every reformulation: a copy of the follower's fluxes, and a copy of its dual.

One sign table serves all of them. The follower's program in a stage is

    maximise c @ v   subject to   matrix @ v = 0          (u, free)
                                  v <= upper              (up >= 0)
                                  -v <= -lower            (down >= 0)
                                  rows a_i @ v >= h_i     (price_i >= 0)
                                  v_j = 0 where closed    (r_j free; 0 where open)

and its dual minimises `upper @ up - lower @ down - price @ h` subject to

    matrix.T @ u + up - down + r - sum price_i a_i = c.

A deletion therefore touches the dual only through `r`: the bounds keep their multipliers and the dual objective has
no product with a binary. `|r_j| <= M_j * closed_j` is the only constant, and `M_j` has a plain meaning: the follower
would pay that much objective for a unit of flux through the closed column j.

Either block may be scaled by a nonnegative program column s (all right-hand sides times s), which turns products
such as price * optimum into linear expressions: the largest `c @ x` over the polytope scaled by s is s times the
optimum.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from strainopt.bilevel.builder import Linear, ProgramBuilder
from strainopt.bilevel.constants import Ledger, Source
from strainopt.bilevel.follower import Follower
from strainopt.bilevel.writing import Writing
from strainopt.lp.program import FloatArray, IntArray

__all__ = ["Dual", "Scale", "add_dual", "add_fluxes"]


@dataclass(frozen=True)
class Scale:
    """A nonnegative program column that multiplies a block, and the limit that the program puts on it."""

    column: int
    limit: float


@dataclass(frozen=True, eq=False)
class Dual:
    """Columns of a dual copy.

    Attributes
    ----------
    value : Linear
        `upper @ up - lower @ down`; the terms of the extra rows are the caller's.
    up, down : int arrays, shape (n,)
        Columns of the multipliers, -1 where the bound cannot bind.
    prices : int array
        Multipliers of the extra rows.
    """

    value: Linear
    up: IntArray
    down: IntArray
    prices: IntArray


def add_fluxes(writing: Writing, follower: Follower, *, name: str, scale: Scale | None = None) -> IntArray:
    """Add a flux vector of the follower, zero where closed; returns its columns, shape (n,)."""
    builder, ledger = writing.builder, writing.ledger
    low, high = follower.range_lower, follower.range_upper
    limit = 1.0 if scale is None else scale.limit
    if scale is None:
        flux = builder.columns(name, low, high)
    else:
        flux = builder.columns(name, np.minimum(low * limit, 0.0), np.maximum(high * limit, 0.0))
    rows = np.zeros(follower.matrix.shape[0])
    builder.rows([(follower.matrix, flux)], rows, rows)
    if scale is not None:
        _scale_bounds(builder, flux, low, high, scale.column)
    for j, problem_column in enumerate(follower.source):
        closed = writing.switches.closed.get(int(problem_column))
        if closed is None:
            continue
        if writing.indicators and scale is None:
            builder.indicator(closed, 1, int(flux[j]))
            continue
        source = Source.DATA if scale is None else Source.OBSERVED
        for side, bound in (("upper", max(high[j], 0.0)), ("lower", min(low[j], 0.0))):
            expression = Linear.column(int(flux[j]))
            if bound == 0.0 and scale is None and (high[j] if side == "upper" else low[j]) == 0.0:
                continue
            size = ledger.note(f"{name}[{j}].{side}", bound * limit, source)
            expression = expression + Linear.column(closed) * size
            builder.row(expression, *((-np.inf, size) if side == "upper" else (size, np.inf)))
    return flux


def _scale_bounds(builder: ProgramBuilder, flux: IntArray, low: FloatArray, high: FloatArray, scale: int) -> None:
    identity = sparse.eye_array(len(flux), format="csc")
    column = np.array([scale], dtype=np.intp)
    free = np.full(len(flux), np.inf)
    zero = np.zeros(len(flux))
    builder.rows([(identity, flux), (sparse.csc_array(-high[:, None]), column)], -free, zero)
    builder.rows([(identity, flux), (sparse.csc_array(-low[:, None]), column)], zero, free)


def add_dual(
    writing: Writing,
    follower: Follower,
    *,
    stage: str,
    objective: FloatArray,
    extra: tuple[FloatArray, ...] = (),
    scale: Scale | None = None,
    name: str = "",
) -> Dual:
    """Add multipliers that are feasible for the follower's dual with this objective and these extra rows.

    Constants are those seen in `stage`, which the columns are called after, unless there is another `name`.
    """
    builder, ledger = writing.builder, writing.ledger
    name = name or stage
    price_limits = writing.price_limits(stage) if extra else ()
    m, n = follower.matrix.shape
    free = np.full(m, np.inf)
    potentials = builder.columns(f"{name}.u", -free, free)
    up = _multipliers(builder, f"{name}.up", follower.upper_binds, ledger)
    down = _multipliers(builder, f"{name}.down", follower.lower_binds, ledger)
    prices = builder.columns(f"{name}.price", np.zeros(len(extra)), np.array(price_limits, dtype=float))
    for i, limit in enumerate(price_limits):
        if np.isfinite(limit):
            ledger.note(f"{name}.price[{i}]", limit, Source.OBSERVED)
    terms: list[tuple[sparse.sparray, IntArray]] = [(sparse.csc_array(follower.matrix.T), potentials)]
    terms.append(_selection(up, n, 1.0))
    terms.append(_selection(down, n, -1.0))
    limits = writing.closure_limits(stage, follower)
    terms.append(_closures(writing, follower, limits if scale is None else limits * scale.limit, name, scale is None))
    for price, row in zip(prices, extra, strict=True):
        terms.append((sparse.csc_array(-row[:, None]), np.array([price], dtype=np.intp)))
    right = objective
    if scale is not None:
        terms.append((sparse.csc_array(-objective[:, None]), np.array([scale.column], dtype=np.intp)))
        right = np.zeros(n)
    builder.rows(terms, right, right)
    has_up, has_down = np.flatnonzero(up >= 0), np.flatnonzero(down >= 0)
    value = Linear.of(up[has_up], follower.upper[has_up]) - Linear.of(down[has_down], follower.lower[has_down])
    return Dual(value, up, down, prices)


def _multipliers(builder: ProgramBuilder, name: str, binds: np.ndarray, ledger: Ledger) -> IntArray:
    columns = np.full(len(binds), -1, dtype=np.intp)
    which = np.flatnonzero(binds)
    columns[which] = builder.columns(name, np.zeros(len(which)), np.full(len(which), np.inf))
    for j in np.flatnonzero(~binds):
        ledger.skip(f"{name}[{j}]")
    return columns


def _selection(columns: IntArray, n: int, sign: float) -> tuple[sparse.sparray, IntArray]:
    rows = np.flatnonzero(columns >= 0)
    entries = (np.full(len(rows), sign), (rows, np.arange(len(rows))))
    return sparse.csc_array(sparse.coo_array(entries, shape=(n, len(rows)))), columns[rows]


def _closures(
    writing: Writing, follower: Follower, limits: FloatArray, name: str, may_indicate: bool
) -> tuple[sparse.sparray, IntArray]:
    """The multipliers r of closed columns; one-sided where the column's own bound already covers the other side."""
    builder, indicators = writing.builder, writing.indicators and may_indicate
    n = len(follower.lower)
    columns = np.full(n, -1, dtype=np.intp)
    for j, problem_column in enumerate(follower.source):
        closed = writing.switches.closed.get(int(problem_column))
        if closed is None:
            continue
        limit = np.inf if indicators else writing.ledger.note(f"{name}.r[{j}]", float(limits[j]), Source.OBSERVED)
        covered_below = follower.lower_binds[j] and follower.lower[j] == 0.0
        covered_above = follower.upper_binds[j] and follower.upper[j] == 0.0
        low, high = (0.0 if covered_below else -limit), (0.0 if covered_above else limit)
        column = builder.column(f"{name}.r{j}", low, high)
        columns[j] = column
        if indicators:
            builder.indicator(closed, 0, column)
            continue
        if high > 0.0:
            builder.row(Linear.column(column) - Linear.column(closed) * limit, upper=0.0)
        if low < 0.0:
            builder.row(Linear.column(column) + Linear.column(closed) * limit, lower=0.0)
    return _selection(columns, n, 1.0)
