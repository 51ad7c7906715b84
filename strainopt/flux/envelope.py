"""Production envelope: the exact polygon of growth and product that a network can reach.

The flux states form a polytope; its shadow on the plane of growth and product is a polygon. Each linear program
in a direction of that plane returns a point of its border; a chord between two known border points is either an
edge, or the direction normal to it finds a point beyond. That ends after finitely many programs with every vertex
(the beneath-beyond idea of convex projection, as in Bretl and Lall 2008), where a grid only samples.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from strainopt.errors import ModelError, SolverError
from strainopt.flux.fba import fba_program
from strainopt.flux.ranges import range_of
from strainopt.flux.state import solver_or_default, trusted_solve
from strainopt.lp.backend import Backend, LpSession
from strainopt.lp.lexicographic import optimal_face
from strainopt.lp.program import FloatArray, IntArray
from strainopt.lp.result import Status
from strainopt.network.network import Network
from strainopt.tolerances import ENVELOPE

__all__ = ["Envelope", "envelope"]

Point = tuple[float, float]


@dataclass(frozen=True, eq=False)
class Envelope:
    """Border of the reachable pairs (growth, product), growth ascending.

    Attributes
    ----------
    upper, lower : float arrays, shape (k, 2)
        Vertices of the upper and of the lower chain: growth in 1/h, product in mmol/gDW/h. Both chains start at
        the least growth and end at the most; where a chain's end is shared, both carry it.
    """

    upper: FloatArray
    lower: FloatArray

    def most(self, growth: FloatArray) -> FloatArray:
        """Most product at each growth rate; nan outside the reachable growth."""
        return _along(self.upper, growth)

    def least(self, growth: FloatArray) -> FloatArray:
        """Least product at each growth rate; nan outside the reachable growth."""
        return _along(self.lower, growth)


def envelope(network: Network, *, product: int, biomass: int, solver: Backend | None = None) -> Envelope:
    """Every vertex of the production envelope.

    Parameters
    ----------
    network : Network
        As it is: its objective is ignored, its bounds are the scenario.
    product, biomass : int
        Columns.
    solver : Backend, optional
        GLPK if not given.

    Returns
    -------
    Envelope

    Raises
    ------
    ModelError
        No flux state exists, or growth or product has no limit.
    SolverError
        The solver gave no optimum in some direction.
    """
    engine = solver_or_default(solver)
    left, right = (_corner(network, biomass, product, sign, engine) for sign in (-1.0, 1.0))
    session = engine.open(fba_program(network, objective=np.zeros(network.shape[1])))
    plane = _Plane(session, np.array([biomass, product], dtype=np.intp))
    try:
        height = plane.farthest(0.0, 1.0)[1] - plane.farthest(0.0, -1.0)[1]
        upper = _chain(plane, (left[0], left[2]), (right[0], right[2]), 1.0, height)
        lower = _chain(plane, (left[0], left[1]), (right[0], right[1]), -1.0, height)
    finally:
        session.close()
    return Envelope(np.array(upper), np.array(lower))


def _corner(network: Network, biomass: int, product: int, sign: float, engine: Backend) -> tuple[float, float, float]:
    """The most (`sign` 1) or least growth, and the least and most product there."""
    objective = np.zeros(network.shape[1])
    objective[biomass] = sign
    program = fba_program(network, objective=objective)
    result = trusted_solve(program, engine)
    _refuse(result.status)
    least, most = range_of(optimal_face(program, result), product, solver=engine)
    if not np.isfinite([least, most]).all():
        _refuse(Status.UNBOUNDED)
    return sign * result.objective + 0.0, least, most


def _refuse(status: Status) -> None:
    """Raise unless there is an optimum."""
    if status is Status.UNBOUNDED:
        raise ModelError("growth or product has no limit", hint="bound the uptake reactions (--medium, --bounds)")
    if status is Status.INFEASIBLE:
        raise ModelError(
            "the network has no flux state within its bounds",
            hint="look for forced fluxes that the medium cannot feed (strainopt inspect)",
        )
    if status is not Status.OPTIMAL:
        raise SolverError(f"a program of the envelope ended as {status.value}", hint="try another solver (--solver)")


@dataclass(frozen=True, eq=False)
class _Plane:
    """Linear programs in the plane of growth and product, in one session."""

    session: LpSession
    columns: IntArray

    def farthest(self, along_growth: float, along_product: float) -> Point:
        """A border point farthest in a direction."""
        self.session.set_objective_entries(self.columns, np.array([along_growth, along_product]))
        status = self.session.solve(primal=True)
        if status is not Status.OPTIMAL:
            status = self.session.solve(fresh=True)
        _refuse(status)
        growth, product = self.session.values()[self.columns].tolist()
        return growth, product


def _chain(plane: _Plane, first: Point, last: Point, side: float, height: float) -> list[Point]:
    """Vertices from the least to the most growth, on the upper (`side` 1) or lower (-1) border."""
    width = last[0] - first[0]
    if width <= ENVELOPE * (1.0 + abs(last[0])):
        return [first]
    if height <= ENVELOPE * (1.0 + abs(first[1])):
        return [first, last]
    found = [first]
    waiting = [(first, last)]
    while waiting:
        start, end = waiting.pop()
        # Normal to the chord in the plane scaled to growth 1: raw product rates would drown growth.
        normal = (-side * (end[1] - start[1]), side * (end[0] - start[0]))
        length = max(abs(normal[0]) * width, abs(normal[1]) * height)
        normal = (normal[0] / length, normal[1] / length)
        point = plane.farthest(*normal)
        gain = normal[0] * (point[0] - start[0]) + normal[1] * (point[1] - start[1])
        inside = start[0] < point[0] < end[0]
        if gain <= ENVELOPE or not inside:
            found.append(end)
        else:
            waiting.append((point, end))
            waiting.append((start, point))
    return _corners_only(found, width, height)


def _corners_only(points: list[Point], width: float, height: float) -> list[Point]:
    """The points where the border turns: a simplex vertex may lie inside an edge of the polygon."""
    kept: list[Point] = []
    for point in points:
        while len(kept) >= 2 and _turn(kept[-2], kept[-1], point) <= ENVELOPE * width * height:
            kept.pop()
        kept.append(point)
    return kept


def _turn(a: Point, b: Point, c: Point) -> float:
    """Twice the area of a triangle."""
    return abs((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]))


def _along(chain: FloatArray, growth: FloatArray) -> FloatArray:
    return np.asarray(np.interp(growth, chain[:, 0], chain[:, 1], left=np.nan, right=np.nan))
