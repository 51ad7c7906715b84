"""Plain linear programs by scipy's HiGHS on dense arrays: what the reduction is compared with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linprog

from strainopt.network.network import Network
from strainopt.reduce.reduced import ReducedNetwork


@dataclass(frozen=True, eq=False)
class Polyhedron:
    """`matrix @ v = 0`, `lower <= v <= upper`, growth and product as objectives, weights of total flux."""

    matrix: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    growth: np.ndarray
    product: np.ndarray
    weights: np.ndarray

    def without(self, columns: Sequence[int]) -> Polyhedron:
        lower, upper = self.lower.copy(), self.upper.copy()
        chosen = np.asarray(columns, dtype=int)
        lower[chosen], upper[chosen] = np.maximum(lower[chosen], 0), np.minimum(upper[chosen], 0)
        return Polyhedron(self.matrix, lower, upper, self.growth, self.product, self.weights)

    def most(self, objective: np.ndarray, *, least_growth: float | None = None) -> tuple[float, np.ndarray]:
        """Maximum and a point; (-inf, empty) if nothing is feasible."""
        if np.any(self.lower > self.upper):
            return -np.inf, np.zeros(0)
        rows, ends = (None, None) if least_growth is None else (-self.growth[None, :], [-least_growth])
        found = linprog(
            -objective,
            A_ub=rows,
            b_ub=ends,
            A_eq=self.matrix,
            b_eq=np.zeros(self.matrix.shape[0]),
            bounds=np.column_stack([self.lower, self.upper]),
            options={"primal_feasibility_tolerance": 1e-9, "dual_feasibility_tolerance": 1e-9},
        )
        if found.status == 2:
            return -np.inf, np.zeros(0)
        assert found.status == 0, found.message
        return -found.fun, found.x

    def least_total_flux(self, growth: float) -> float:
        """Least weighted sum of absolute fluxes at this growth: columns split into two directions."""
        n = len(self.lower)
        ahead, back = np.maximum(self.upper, 0), np.maximum(-self.lower, 0)
        low_ahead, low_back = np.maximum(self.lower, 0), np.maximum(-self.upper, 0)
        split = Polyhedron(
            np.hstack([self.matrix, -self.matrix]),
            np.concatenate([low_ahead, low_back]),
            np.concatenate([ahead, back]),
            np.concatenate([self.growth, -self.growth]),
            np.zeros(2 * n),
            np.zeros(2 * n),
        )
        value, _ = split.most(-np.concatenate([self.weights, self.weights]), least_growth=growth)
        return -value


def full(network: Network, biomass: int, target: int) -> Polyhedron:
    """The network as it is."""
    n = network.shape[1]
    growth, product = np.eye(n)[biomass], np.eye(n)[target]
    return Polyhedron(network.stoichiometry.toarray(), network.lower, network.upper, growth, product, np.ones(n))


def lumped(reduced: ReducedNetwork, network: Network, biomass: int, target: int) -> Polyhedron:
    """The reduced network, with the objectives mapped."""
    unit = np.eye(network.shape[1])
    return Polyhedron(
        reduced.stoichiometry.toarray(),
        reduced.lower,
        reduced.upper,
        reduced.objective(unit[biomass]),
        reduced.objective(unit[target]),
        reduced.weights,
    )
