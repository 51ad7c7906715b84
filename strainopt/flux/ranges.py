"""Growth, and the least and most product at that growth: exact lexicographic linear programs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from strainopt.errors import SolverError
from strainopt.flux.fba import fba_program
from strainopt.flux.state import solver_or_default, trusted_solve
from strainopt.lp.backend import Backend
from strainopt.lp.lexicographic import optimal_face
from strainopt.lp.program import LinearProgram
from strainopt.lp.result import Status
from strainopt.network.network import Network

__all__ = ["ProductRange", "product_range", "range_of"]


@dataclass(frozen=True)
class ProductRange:
    """Least and most product in the states of maximal growth.

    Attributes
    ----------
    status : Status
        Of the growth program; the numbers are nan unless OPTIMAL.
    growth : float
        1/h.
    product_min, product_max : float
        mmol/gDW/h.
    """

    status: Status
    growth: float
    product_min: float
    product_max: float


def product_range(network: Network, *, biomass: int, product: int, solver: Backend | None = None) -> ProductRange:
    """Maximise growth, then take the least and the most product over the face of growth optima.

    Parameters
    ----------
    network : Network
        As it is: its objective is ignored, its bounds are the scenario.
    biomass, product : int
        Columns.
    solver : Backend, optional
        GLPK if not given.

    Returns
    -------
    ProductRange
        An infeasible network is told by the status.

    Raises
    ------
    SolverError
        The growth optimum exists, but no product range could be computed over its face.
    """
    engine = solver_or_default(solver)
    objective = np.zeros(network.shape[1])
    objective[biomass] = 1.0
    program = fba_program(network, objective=objective)
    result = trusted_solve(program, engine)
    if result.status is not Status.OPTIMAL:
        return ProductRange(result.status, float("nan"), float("nan"), float("nan"))
    least, most = range_of(optimal_face(program, result), product, solver=engine)
    return ProductRange(Status.OPTIMAL, result.objective, least, most)


def range_of(program: LinearProgram, column: int, *, solver: Backend | None = None) -> tuple[float, float]:
    """Least and most value of one column over the feasible set; +-inf where there is no limit.

    Raises
    ------
    SolverError
        The solver gave neither an optimum nor unboundedness.
    """
    engine = solver_or_default(solver)
    sides = []
    for sign in (-1.0, 1.0):
        objective = np.zeros(program.shape[1])
        objective[column] = sign
        result = trusted_solve(program.with_objective(objective), engine)
        if result.status is Status.UNBOUNDED:
            sides.append(sign * float("inf"))
        elif result.status is Status.OPTIMAL:
            # Adding zero turns -0.0, which would be printed with its sign, into 0.0.
            sides.append(sign * result.objective + 0.0)
        else:
            raise SolverError(
                f"no flux range of column {column}: the solver says {result.status.value}",
                why="the set of growth optima is not empty, so both ends of the range exist",
                hint="try another solver (--solver)",
            )
    # Round-off of a range of width zero must not turn it around.
    return min(sides), max(sides)
