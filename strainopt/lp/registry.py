"""Solvers by name. Nothing here imports a solver before it is asked for."""

from __future__ import annotations

import difflib
import importlib
from dataclasses import dataclass
from typing import Final

from strainopt.errors import SolverMissingError, UsageError
from strainopt.lp.backend import Backend

__all__ = ["backend", "backend_names", "default_lp", "default_mixed"]


@dataclass(frozen=True)
class _Entry:
    """Where a backend lives, the package it needs, and how that is installed."""

    module: str
    factory: str
    package: str
    hint: str


_BACKENDS: Final[dict[str, _Entry]] = {
    "cplex": _Entry(
        "strainopt.lp.through_optlang", "cplex_backend", "cplex", "pip install 'strainopt[cplex]', and a licence of IBM"
    ),
    "glpk": _Entry("strainopt.lp.glpk", "GlpkBackend", "swiglpk", "pip install swiglpk"),
    "gurobi": _Entry(
        "strainopt.lp.through_optlang",
        "gurobi_backend",
        "gurobipy",
        "pip install 'strainopt[gurobi]', and a licence of Gurobi",
    ),
    "highs": _Entry("strainopt.lp.highs", "HighsBackend", "highspy", "pip install highspy"),
    "scip": _Entry("strainopt.lp.scip", "ScipBackend", "pyscipopt", "pip install 'strainopt[scip]'"),
}


def backend_names() -> tuple[str, ...]:
    """Every solver known here, installed or not, in order."""
    return tuple(sorted(_BACKENDS))


def backend(name: str) -> Backend:
    """The solver of that name.

    Raises
    ------
    UsageError
        No solver has this name.
    SolverMissingError
        Its Python package cannot be imported here. Whether it is licensed, only `availability()` can tell.
    """
    if name not in _BACKENDS:
        close = difflib.get_close_matches(name.lower(), _BACKENDS, n=1)
        hint = f"did you mean {close[0]!r}?" if close else f"choose one of {', '.join(backend_names())}"
        raise UsageError(f"no solver is called {name!r}", hint=hint)
    entry = _BACKENDS[name]
    try:
        importlib.import_module(entry.package)
        made: Backend = getattr(importlib.import_module(entry.module), entry.factory)()
    except ImportError as error:
        what = f"the solver {name!r} is not installed, or too old"
        raise SolverMissingError(what, why=str(error), hint=entry.hint) from error
    return made


def default_lp() -> Backend:
    """GLPK, whose warm re-solves are the quickest of the free solvers."""
    return backend("glpk")


def default_mixed() -> Backend:
    """HiGHS, the quickest of the free solvers that are always installed, and one that can be watched and stopped."""
    return backend("highs")
