"""GLPK's branch-and-bound, watched through its callback where the C library can be reached.

swiglpk does not wrap GLPK's callback. It is set here through ctypes, after checking that the parameter block is laid
out as expected and that the library's functions can be found (they cannot where swiglpk is linked statically without
exports). Where that fails: no progress, no interruption, no incumbents on the way, and at a limit the bound is that
of the linear relaxation.
"""

from __future__ import annotations

import ctypes
import math
import time
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import swiglpk as glpk

from strainopt import tolerances
from strainopt.errors import SolverError
from strainopt.lp import certify
from strainopt.lp.glpk_session import GlpkSession, milliseconds
from strainopt.lp.program import FloatArray, IntArray, MixedProgram
from strainopt.lp.result import MixedOptions, MixedResult, Progress, Status

__all__ = ["solve_mixed"]

_CALLBACK = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p)
_REJECTED = (glpk.GLP_EBADB, glpk.GLP_ESING, glpk.GLP_ECOND, glpk.GLP_EBOUND, glpk.GLP_EROOT, glpk.GLP_EFAIL)
_CANARY = 7919


class _Parameters(ctypes.Structure):
    """The head of `glp_iocp` in glpk.h of GLPK 4.65 and 5.0."""

    _fields_ = (
        ("msg_lev", ctypes.c_int),
        ("br_tech", ctypes.c_int),
        ("bt_tech", ctypes.c_int),
        ("tol_int", ctypes.c_double),
        ("tol_obj", ctypes.c_double),
        ("tm_lim", ctypes.c_int),
        ("out_frq", ctypes.c_int),
        ("out_dly", ctypes.c_int),
        ("cb_func", ctypes.c_void_p),
        ("cb_info", ctypes.c_void_p),
        ("cb_size", ctypes.c_int),
        ("pp_tech", ctypes.c_int),
        ("mip_gap", ctypes.c_double),
    )


@dataclass
class _Watch:
    """What the callback has seen."""

    bound: float
    began: float
    incumbent: float = math.nan
    nodes: int = 0
    stopped: bool = False
    close_enough: bool = False
    offered_start: bool = False
    trouble: list[BaseException] = field(default_factory=list)


def solve_mixed(program: MixedProgram, options: MixedOptions) -> MixedResult:
    """Solve with `glp_intopt` after a linear relaxation of our own.

    GLPK has one thread and no random numbers: `threads` and `seed` have nothing to act on. Node programs are solved
    at GLPK's fixed tolerance of 1e-7, integrality at `tolerances.MILP_INTEGRALITY`. GLPK's presolver is on unless
    `on_incumbent` or `start` need the original columns during the search.

    Raises
    ------
    SolverError
        The program has indicators, which GLPK does not take.
    """
    if program.indicators:
        raise SolverError("GLPK takes no indicator constraints", hint="use big-M constants, or --solver scip")
    began = time.monotonic()
    session = GlpkSession(program.linear)
    try:
        _make_integer(session, program)
        status = session.solve(time_limit=options.time_limit)
        if status is Status.UNBOUNDED:
            return _unbounded_or_infeasible(program, options, began)
        if status is not Status.OPTIMAL:
            bound = -math.inf if status is Status.INFEASIBLE else math.inf
            return MixedResult(status, math.nan, bound, None, 0, time.monotonic() - began)
        watch = _Watch(bound=session.objective_value(), began=began)
        code = _branch_and_bound(session, program, options, watch)
        if watch.trouble:
            raise watch.trouble[0]
        return _answer(session, program, options, watch, code)
    finally:
        session.close()


def _make_integer(session: GlpkSession, program: MixedProgram) -> None:
    """Mark integer columns and round their bounds inwards, which `glp_intopt` insists on."""
    columns: IntArray = np.flatnonzero(program.integer)
    slack = tolerances.MILP_INTEGRALITY
    lower = np.ceil(program.linear.lower[columns] - slack)
    upper = np.floor(program.linear.upper[columns] + slack)
    for j in columns.tolist():
        glpk.glp_set_col_kind(session.problem, j + 1, glpk.GLP_IV)
    session.set_bounds(columns, lower, upper)


def _unbounded_or_infeasible(program: MixedProgram, options: MixedOptions, began: float) -> MixedResult:
    """The relaxation is unbounded; so is the program, if it has any point (its data being rational)."""
    flat = MixedProgram(program.linear.with_objective(np.zeros_like(program.linear.objective)), program.integer)
    left = max(0.0, options.time_limit - (time.monotonic() - began))
    any_point = solve_mixed(flat, MixedOptions(time_limit=left, stop=options.stop))
    seconds = time.monotonic() - began
    if any_point.status is Status.OPTIMAL:
        return MixedResult(Status.UNBOUNDED, math.nan, math.inf, any_point.x, any_point.nodes, seconds)
    bound = -math.inf if any_point.status is Status.INFEASIBLE else math.inf
    return MixedResult(any_point.status, math.nan, bound, None, any_point.nodes, seconds)


def _branch_and_bound(session: GlpkSession, program: MixedProgram, options: MixedOptions, watch: _Watch) -> int:
    """Run `glp_intopt` and give its return code."""
    controls = glpk.glp_iocp()
    glpk.glp_init_iocp(controls)
    controls.msg_lev = glpk.GLP_MSG_OFF
    controls.tol_int = tolerances.MILP_INTEGRALITY
    controls.tol_obj = tolerances.DUAL_FEASIBILITY
    controls.mip_gap = options.relative_gap
    controls.tm_lim = milliseconds(options.time_limit - (time.monotonic() - watch.began))
    library = _library(controls)
    needs_columns = library is not None and (options.start is not None or options.on_incumbent is not None)
    controls.presolve = glpk.GLP_OFF if needs_columns else glpk.GLP_ON
    # Both must live until the solve ends; C holds bare pointers to them.
    callback = _CALLBACK(_reporter(session, program, options, watch, library)) if library is not None else None
    if callback is not None:
        block = _Parameters.from_address(int(controls.this))
        block.cb_func = ctypes.cast(callback, ctypes.c_void_p).value
    return int(glpk.glp_intopt(session.problem, controls))


def _library(controls: Any) -> Any:
    """GLPK's C functions and a parameter block of the known layout, or None."""
    library = ctypes.CDLL(glpk._swiglpk.__file__)
    try:
        library.glp_ios_node_bound.restype = ctypes.c_double
        library.glp_ios_node_bound.argtypes = (ctypes.c_void_p, ctypes.c_int)
        library.glp_mip_obj_val.restype = ctypes.c_double
        library.glp_ios_get_prob.restype = ctypes.c_void_p
        for name in ("glp_ios_reason", "glp_ios_best_node", "glp_ios_terminate", "glp_ios_get_prob"):
            getattr(library, name).argtypes = (ctypes.c_void_p,)
        for name in ("glp_mip_obj_val", "glp_mip_status"):
            getattr(library, name).argtypes = (ctypes.c_void_p,)
        library.glp_ios_heur_sol.argtypes = (ctypes.c_void_p, ctypes.POINTER(ctypes.c_double))
        library.glp_ios_tree_size.argtypes = (ctypes.c_void_p, *[ctypes.POINTER(ctypes.c_int)] * 3)
    except AttributeError:
        return None
    block = _Parameters.from_address(int(controls.this))
    saved = controls.cb_size
    controls.cb_size = _CANARY
    known = (block.cb_size, block.tm_lim, block.tol_int, block.tol_obj, block.mip_gap) == (
        _CANARY,
        controls.tm_lim,
        controls.tol_int,
        controls.tol_obj,
        controls.mip_gap,
    )
    controls.cb_size = saved
    return library if known and not block.cb_func else None


def _reporter(session: GlpkSession, program: MixedProgram, options: MixedOptions, watch: _Watch, library: Any) -> Any:
    def report(tree: int, _info: int) -> None:
        try:
            _look(session, program, options, watch, library, tree)
        # An exception cannot cross GLPK's C frames: it is kept, the search ends, and `solve_mixed` raises it.
        except BaseException as error:  # noqa: BLE001
            watch.trouble.append(error)
            library.glp_ios_terminate(tree)

    return report


def _look(
    session: GlpkSession, program: MixedProgram, options: MixedOptions, watch: _Watch, library: Any, tree: int
) -> None:
    """One visit of the callback: note bound and nodes, hand out incumbents and progress, stop if asked."""
    reason = library.glp_ios_reason(tree)
    best = library.glp_ios_best_node(tree)
    if best:
        watch.bound = min(watch.bound, library.glp_ios_node_bound(tree, best))
    total = ctypes.c_int()
    library.glp_ios_tree_size(tree, None, None, ctypes.byref(total))
    watch.nodes = total.value
    if reason == glpk.GLP_IHEUR and options.start is not None and not watch.offered_start:
        watch.offered_start = True
        if _is_solution(program, options.start):
            vector = (ctypes.c_double * (len(options.start) + 1))(0.0, *options.start.tolist())
            library.glp_ios_heur_sol(tree, vector)
    improved = _note_incumbent(session, program, options, watch, library.glp_ios_get_prob(tree), library)
    seconds = time.monotonic() - watch.began
    if options.on_progress is not None and (improved or reason == glpk.GLP_ISELECT):
        options.on_progress(Progress(watch.incumbent, watch.bound, watch.nodes, seconds))
    if options.stop is not None and options.stop():
        watch.stopped = True
        library.glp_ios_terminate(tree)
    elif best and watch.bound - watch.incumbent <= options.absolute_gap:
        watch.close_enough = True
        library.glp_ios_terminate(tree)


def _note_incumbent(
    session: GlpkSession, program: MixedProgram, options: MixedOptions, watch: _Watch, inner: int, library: Any
) -> bool:
    """Whether there is a new incumbent. GLPK announces (GLP_IBINGO) only those that its heuristics did not find."""
    if library.glp_mip_status(inner) not in (glpk.GLP_FEAS, glpk.GLP_OPT):
        return False
    value = library.glp_mip_obj_val(inner)
    if value <= watch.incumbent:
        return False
    watch.incumbent = value
    if options.on_incumbent is not None:
        options.on_incumbent(_values(session, program), value)
    return True


def _answer(
    session: GlpkSession, program: MixedProgram, options: MixedOptions, watch: _Watch, code: int
) -> MixedResult:
    found = code not in _REJECTED and glpk.glp_mip_status(session.problem) in (glpk.GLP_OPT, glpk.GLP_FEAS)
    x = _values(session, program) if found else None
    if options.start is not None and _is_solution(program, options.start):
        worth = float(program.linear.objective @ options.start)
        if x is None or worth > float(program.linear.objective @ x):
            x = options.start.copy()
    objective = math.nan if x is None else float(program.linear.objective @ x)
    status = _status(session, watch, code)
    bound = watch.bound
    if status is Status.INFEASIBLE:
        bound = -math.inf
    elif status is Status.OPTIMAL and code == 0:
        bound = objective
    elif x is not None:
        bound = max(bound, objective)
    return MixedResult(status, objective, bound, x, watch.nodes, time.monotonic() - watch.began)


def _status(session: GlpkSession, watch: _Watch, code: int) -> Status:
    if code == glpk.GLP_ESTOP:
        return Status.OPTIMAL if watch.close_enough and not watch.stopped else Status.INTERRUPTED
    if code == glpk.GLP_ETMLIM:
        return Status.TIME_LIMIT
    if code == glpk.GLP_ENOPFS:
        return Status.INFEASIBLE
    if code == glpk.GLP_EMIPGAP:
        return Status.OPTIMAL
    if code == 0:
        known = {glpk.GLP_OPT: Status.OPTIMAL, glpk.GLP_NOFEAS: Status.INFEASIBLE}
        return known.get(glpk.glp_mip_status(session.problem), Status.FAILED)
    return Status.FAILED


def _values(session: GlpkSession, program: MixedProgram) -> FloatArray:
    n = len(program.integer)
    x = np.array([glpk.glp_mip_col_val(session.problem, j) for j in range(1, n + 1)], dtype=np.float64)
    return np.where(program.integer, np.round(x), x)


def _is_solution(program: MixedProgram, x: FloatArray) -> bool:
    whole = x[program.integer]
    fractional = float(np.max(np.abs(whole - np.round(whole)), initial=0.0))
    return fractional <= tolerances.MILP_INTEGRALITY and certify.is_feasible(program.linear, x)
