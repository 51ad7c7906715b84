"""Proofs of infeasibility and unboundedness by bounded programs, for solvers that do not give any."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from scipy import sparse

from strainopt import tolerances
from strainopt.lp import certify
from strainopt.lp.backend import Backend
from strainopt.lp.program import FloatArray, LinearProgram
from strainopt.lp.result import LpResult, Status

__all__ = ["elastic_program", "ray_by_elasticity", "rises_forever"]


def elastic_program(program: LinearProgram) -> LinearProgram:
    """Minimise (as maximise of the negative) the total row violation within the column bounds.

    Columns n to n + m - 1 lift a row's activity, the last m lower it. The optimum is negative exactly if `program`
    is infeasible, and then its row duals prove it: they are the multipliers of the phase-one argument.
    """
    m, n = program.shape
    identity = sparse.identity(m, format="csc")
    return LinearProgram(
        objective=np.concatenate([np.zeros(n), -np.ones(2 * m)]),
        matrix=sparse.csc_array(sparse.hstack([program.matrix, identity, -identity], format="csc")),
        row_lower=program.row_lower,
        row_upper=program.row_upper,
        lower=np.concatenate([program.lower, np.zeros(2 * m)]),
        upper=np.concatenate([program.upper, np.full(2 * m, np.inf)]),
    )


def ray_by_elasticity(program: LinearProgram, solve: Callable[[LinearProgram], LpResult]) -> FloatArray | None:
    """A ray checked by `certify.farkas_margin`, or None; `solve` is a backend's."""
    slack = np.concatenate([program.lower - program.upper, program.row_lower - program.row_upper])
    if np.max(slack, initial=-np.inf) > tolerances.PRIMAL_FEASIBILITY:
        return np.zeros(program.shape[0])
    closed = replace(program, upper=np.maximum(program.lower, program.upper))
    result = solve(elastic_program(closed))
    if result.status is not Status.OPTIMAL or result.row_duals is None:
        return None
    proven = certify.farkas_margin(program, result.row_duals) > tolerances.FARKAS
    return result.row_duals if proven else None


def rises_forever(program: LinearProgram, backend: Backend) -> bool:
    """Whether there is a feasible point, and a direction without end along which the objective rises.

    The direction keeps to the homogeneous rows and bounds (finite ends become zero), each entry within [-1, 1].
    """
    cone = replace(
        program,
        row_lower=np.where(np.isfinite(program.row_lower), 0.0, -np.inf),
        row_upper=np.where(np.isfinite(program.row_upper), 0.0, np.inf),
        lower=np.where(np.isfinite(program.lower), 0.0, -1.0),
        upper=np.where(np.isfinite(program.upper), 0.0, 1.0),
    )
    direction = backend.solve(cone)
    least = tolerances.DUALITY_GAP * float(np.max(np.abs(program.objective), initial=0.0))
    if direction.status is not Status.OPTIMAL or direction.objective <= least:
        return False
    point = backend.solve(program.with_objective(np.zeros_like(program.objective)))
    return point.status is Status.OPTIMAL
