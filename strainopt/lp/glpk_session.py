"""GLPK through swiglpk: the default for linear programs, since its warm re-solves cost about a millisecond.

Known of GLPK, and met here: with presolve off `glp_simplex` may return 0 with a status that proves nothing, so only
GLP_OPT, GLP_NOFEAS and GLP_UNBND become statements; repeated entries in a matrix and some numerical dead ends (a
failed assertion on `teta`) abort the whole process, which no Python code can catch: entries are merged before
loading, and callers that must survive an abort run in a process of their own.
"""

from __future__ import annotations

import ctypes
import math
import time
import weakref
from collections.abc import Callable
from dataclasses import replace
from itertools import repeat
from typing import Any

import numpy as np
import swiglpk as glpk
from scipy import sparse

from strainopt import tolerances
from strainopt.lp import certify
from strainopt.lp.backend import most_pivots
from strainopt.lp.current import CurrentProgram
from strainopt.lp.program import FloatArray, IntArray, LinearProgram
from strainopt.lp.result import Status

__all__ = ["GlpkSession"]

# The C functions without swiglpk's Python wrappers, which take as long again, for the calls made per column.
_c: Any = glpk._swiglpk
_LONGEST_MS = 2**31 - 1
_PROVEN = {glpk.GLP_OPT: Status.OPTIMAL, glpk.GLP_NOFEAS: Status.INFEASIBLE, glpk.GLP_UNBND: Status.UNBOUNDED}


class GlpkSession:
    """A GLPK problem that keeps its basis; see `strainopt.lp.backend.LpSession`.

    Warm solves take the primal simplex: over random deletions in iJO1366 it needed 2 ms in the mean and the dual
    simplex 22 ms, both 0.3 ms in the median. A `fresh` solve that does not ask for the primal simplex takes the dual
    one, so that there is a second opinion. `warm_dual` makes the dual simplex the one for warm solves: where only
    bounds change and few at a time, as between neighbours in a search tree, it took half the time and gave none of the
    primal simplex' wrong verdicts. No scaling: it saved a tenth of the time and gave five times as many
    infeasible verdicts that no ray supports. Values are fetched on demand, 0.1 us per entry. `problem` is the swiglpk
    object, for the modules of this layer that go on with it.
    """

    def __init__(self, program: LinearProgram, *, warm_dual: bool = False) -> None:
        glpk.glp_term_out(glpk.GLP_OFF)
        self._warm_dual = warm_dual
        self._current = CurrentProgram(replace(program, matrix=canonical(program.matrix)))
        self.problem: Any = load(self._current.program)
        self._finalizer = weakref.finalize(self, glpk.glp_delete_prob, self.problem)
        self._controls = glpk.glp_smcp()
        glpk.glp_init_smcp(self._controls)
        self._controls.msg_lev = glpk.GLP_MSG_OFF
        self._controls.presolve = glpk.GLP_OFF
        self._controls.tol_bnd = tolerances.PRIMAL_FEASIBILITY
        self._controls.tol_dj = tolerances.DUAL_FEASIBILITY
        self._controls.it_lim = most_pivots(program)
        # the first solve of a genome-scale model takes half as long from here as from the basis of slacks
        glpk.glp_adv_basis(self.problem, 0)
        self._status = Status.FAILED
        everything = np.flatnonzero(program.objective)
        self.set_objective_entries(everything, program.objective[everything])

    def set_bounds(self, columns: IntArray, lower: FloatArray, upper: FloatArray) -> None:
        """Replace the bounds of the given columns."""
        self._current.set_bounds(columns, lower, upper)
        problem, set_one = self.problem, _c.glp_set_col_bnds
        for j, low, high in zip(columns.tolist(), lower.tolist(), upper.tolist(), strict=True):
            set_one(problem, j + 1, *_kind(low, high))

    def set_row_bounds(self, rows: IntArray, lower: FloatArray, upper: FloatArray) -> None:
        """Replace the bounds of the given rows."""
        self._current.set_row_bounds(rows, lower, upper)
        for i, low, high in zip(rows.tolist(), lower.tolist(), upper.tolist(), strict=True):
            glpk.glp_set_row_bnds(self.problem, i + 1, *_kind(low, high))

    def set_objective(self, objective: FloatArray) -> None:
        """Replace the whole objective (maximised), shape (n,)."""
        changed = np.flatnonzero(self._current.program.objective != objective)
        self.set_objective_entries(changed, objective[changed])

    def set_objective_entries(self, columns: IntArray, values: FloatArray) -> None:
        """Replace some objective coefficients."""
        self._current.set_objective_entries(columns, values)
        problem, set_one = self.problem, _c.glp_set_obj_coef
        for j, value in zip(columns.tolist(), values.tolist(), strict=True):
            set_one(problem, j + 1, value)

    def solve(self, *, fresh: bool = False, primal: bool = False, time_limit: float = math.inf) -> Status:
        """Solve from the last basis; `fresh` forgets it (and takes the dual simplex unless `primal`).

        An answer that proves nothing is followed once by the other simplex from an advanced basis; after that FAILED.
        """
        self._status = self._solve(fresh, primal, time_limit)
        return self._status

    def _solve(self, fresh: bool, primal: bool, time_limit: float) -> Status:
        if self._current.contradictory:
            return Status.INFEASIBLE
        end = time.monotonic() + time_limit
        if fresh:
            glpk.glp_adv_basis(self.problem, 0)
        method = glpk.GLP_DUALP if (fresh or self._warm_dual) and not primal else glpk.GLP_PRIMAL
        status = self._run(method, end)
        if status is Status.FAILED:
            glpk.glp_adv_basis(self.problem, 0)
            status = self._run(glpk.GLP_PRIMAL if method == glpk.GLP_DUALP else glpk.GLP_DUALP, end)
        return status

    def _run(self, method: int, end: float) -> Status:
        self._controls.meth = method
        self._controls.tm_lim = milliseconds(end - time.monotonic())
        code = glpk.glp_simplex(self.problem, self._controls)
        if code == glpk.GLP_ETMLIM:
            return Status.TIME_LIMIT
        if code != 0:
            return Status.FAILED
        status = _PROVEN.get(glpk.glp_get_status(self.problem), Status.FAILED)
        if status is Status.FAILED and method != glpk.GLP_PRIMAL:
            # The dual simplex found no dual feasible basis: unbounded or infeasible, the primal one says which.
            return self._run(glpk.GLP_PRIMAL, end)
        return status

    def objective_value(self) -> float:
        """Objective of the last solve."""
        return float(glpk.glp_get_obj_val(self.problem))

    def values(self) -> FloatArray:
        """Column values of the last solve, shape (n,)."""
        return self._read(_c.glp_get_col_prim, self._current.program.shape[1])

    def row_duals(self) -> FloatArray:
        """Signs as in `LpResult`."""
        return self._read(_c.glp_get_row_dual, self._current.program.shape[0])

    def reduced_costs(self) -> FloatArray:
        """Signs as in `LpResult`."""
        return self._read(_c.glp_get_col_dual, self._current.program.shape[1])

    def _read(self, get: Callable[[Any, int], float], count: int) -> FloatArray:
        return np.fromiter(map(get, repeat(self.problem), range(1, count + 1)), dtype=np.float64, count=count)

    def ray(self) -> FloatArray | None:
        """Row multipliers that prove infeasibility, checked by `strainopt.lp.certify`; None if there are none."""
        if self._status is not Status.INFEASIBLE:
            return None
        if self._current.contradictory:
            return np.zeros(self._current.program.shape[0])
        if not glpk.glp_bf_exists(self.problem) and glpk.glp_factorize(self.problem) != 0:
            return None
        program = self._current.program
        for weights in (self._dual_ray_weights(), self._phase_one_weights()):
            ray = self._multipliers(weights)
            if ray is not None and certify.farkas_margin(program, ray) > tolerances.FARKAS:
                return ray
        return None

    def close(self) -> None:
        """Free GLPK's memory; safe to call twice."""
        self._finalizer()

    def _dual_ray_weights(self) -> list[tuple[int, float]]:
        """The basic variable by which the dual simplex became unbounded, as (position in the basis, weight)."""
        k = glpk.glp_get_unbnd_ray(self.problem)
        m = self._current.program.shape[0]
        if k == 0:
            return []
        position = glpk.glp_get_row_bind(self.problem, k) if k <= m else glpk.glp_get_col_bind(self.problem, k - m)
        return [(position, 1.0)] if position > 0 else []

    def _phase_one_weights(self) -> list[tuple[int, float]]:
        """Basic variables outside their bounds with the sign of the violation: the objective of phase one."""
        program, problem = self._current.program, self.problem
        m = program.shape[0]
        heads = [_c.glp_get_bhead(problem, position) for position in range(1, m + 1)]
        row_prim, col_prim = _c.glp_get_row_prim, _c.glp_get_col_prim
        values = np.array([row_prim(problem, k) if k <= m else col_prim(problem, k - m) for k in heads])
        basic = np.array(heads, dtype=np.intp) - 1
        low = np.concatenate([program.row_lower, program.lower])[basic]
        high = np.concatenate([program.row_upper, program.upper])[basic]
        slack = tolerances.PRIMAL_FEASIBILITY * (1.0 + np.abs(values))
        signs = np.where(values < low - slack, -1.0, np.where(values > high + slack, 1.0, 0.0))
        return [(position + 1, float(signs[position])) for position in np.flatnonzero(signs).tolist()]

    def _multipliers(self, weights: list[tuple[int, float]]) -> FloatArray | None:
        """Solve `B.T y = weights`, B being the basis of (I | -matrix)."""
        if not weights:
            return None
        m = self._current.program.shape[0]
        vector = glpk.doubleArray(m + 1)
        window = (ctypes.c_double * (m + 1)).from_address(int(vector.this))
        view: FloatArray = np.ctypeslib.as_array(window)
        view[:] = 0.0
        for position, weight in weights:
            view[position] = weight
        glpk.glp_btran(self.problem, vector)
        multipliers: FloatArray = view[1:].copy()
        return multipliers


def canonical(matrix: sparse.csc_array) -> sparse.csc_array:
    """The matrix with repeated entries merged, since GLPK aborts the process over them."""
    if matrix.has_canonical_format:
        return matrix
    merged = matrix.copy()
    merged.sum_duplicates()
    return merged


def load(program: LinearProgram) -> Any:
    """A GLPK problem object with rows, columns and a canonical matrix; the objective is left at zero."""
    matrix = program.matrix
    problem = glpk.glp_create_prob()
    glpk.glp_set_obj_dir(problem, glpk.GLP_MAX)
    m, n = program.shape
    if m:
        glpk.glp_add_rows(problem, m)
    if n:
        glpk.glp_add_cols(problem, n)
    for i, (low, high) in enumerate(zip(program.row_lower.tolist(), program.row_upper.tolist(), strict=True), 1):
        glpk.glp_set_row_bnds(problem, i, *_kind(low, high))
    for j, (low, high) in enumerate(zip(program.lower.tolist(), program.upper.tolist(), strict=True), 1):
        glpk.glp_set_col_bnds(problem, j, *_kind(low, high))
    count = matrix.nnz
    rows, columns, values = glpk.intArray(count + 1), glpk.intArray(count + 1), glpk.doubleArray(count + 1)
    if count:
        _fill(rows, ctypes.c_int, matrix.indices + 1)
        _fill(columns, ctypes.c_int, np.repeat(np.arange(1, n + 1), np.diff(matrix.indptr)))
        _fill(values, ctypes.c_double, matrix.data)
        glpk.glp_load_matrix(problem, count, rows, columns, values)
    return problem


def milliseconds(seconds: float) -> int:
    """GLPK's unit of time, within its range."""
    return _LONGEST_MS if seconds * 1000 >= _LONGEST_MS else max(0, int(seconds * 1000))


def _fill(target: Any, kind: Any, source: Any) -> None:
    """Copy an array behind the unused entry 0 of a C array of swiglpk; entry by entry would cost 1 us each."""
    window = (kind * (len(source) + 1)).from_address(int(target.this))
    np.ctypeslib.as_array(window)[1:] = source


def _kind(low: float, high: float) -> tuple[int, float, float]:
    """GLPK's type of a bound with its two numbers; crossed bounds are caught before any solve."""
    if low >= high:
        return glpk.GLP_FX, low, low
    if low <= -tolerances.INFINITE:
        return (glpk.GLP_FR, 0.0, 0.0) if high >= tolerances.INFINITE else (glpk.GLP_UP, 0.0, high)
    return (glpk.GLP_LO, low, 0.0) if high >= tolerances.INFINITE else (glpk.GLP_DB, low, high)
