"""Flux variability analysis: the least and the most flux of every reaction near the growth optimum."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from strainopt.errors import ModelError, UsageError
from strainopt.flux.fba import fba_program
from strainopt.flux.loopless import loopless_ranges
from strainopt.flux.near import at_fraction, at_least
from strainopt.flux.state import FluxRanges, solver_or_default, trusted_solve
from strainopt.flux.variability import fva_ranges
from strainopt.lp.backend import Backend
from strainopt.lp.program import LinearProgram
from strainopt.lp.result import Status
from strainopt.network.network import Network

__all__ = ["fva", "fva_program", "fva_ranges"]

ROOMY = 1.0 - 1e-6
"""Part of the optimum at which mixed-integer programs look for directions: the exact face leaves them no room."""


def fva_program(
    network: Network, *, fraction: float = 1.0, growth_floor: float | None = None, solver: Backend | None = None
) -> LinearProgram:
    """The states whose ranges `fva` reports.

    Raises
    ------
    ModelError
        No state satisfies the bounds, the objective has no maximum, or the floor is above it.
    UsageError
        `fraction` is outside [0, 1].
    """
    if not 0.0 <= fraction <= 1.0:
        raise UsageError(f"the fraction of the optimum is {fraction}", hint="give a number from 0 to 1")
    program = fba_program(network)
    result = trusted_solve(program, solver_or_default(solver))
    if result.status is Status.UNBOUNDED:
        raise ModelError(
            f"the objective of model '{network.id}' has no maximum",
            why="no bound limits the fluxes that it counts",
            hint="bound the uptake reactions (--medium, --bounds)",
        )
    if result.status is not Status.OPTIMAL:
        raise ModelError(
            f"model '{network.id}' has no flux state within its bounds ({result.status.value})",
            why="the bounds and the steady state contradict each other",
            hint="look for forced fluxes that the medium cannot feed (strainopt inspect, --bounds)",
        )
    if growth_floor is None:
        return at_fraction(program, result, fraction)
    return at_least(program, growth_floor)


def fva(
    network: Network,
    *,
    fraction: float = 1.0,
    growth_floor: float | None = None,
    reactions: Sequence[int] | None = None,
    processes: int = 1,
    loopless: bool = False,
    solver: Backend | None = None,
) -> FluxRanges:
    """Least and most flux of each reaction among the states that reach a part of the growth optimum.

    Flux around internal cycles is included (Mahadevan, Schilling 2003), unless `loopless` asks for the loop law.

    Parameters
    ----------
    network : Network
        The scenario: its bounds and, where one is needed, its objective.
    fraction : float
        Part of the maximum of the network's objective that is kept; at 1 the exact face of optima.
    growth_floor : float, optional
        Least value of the objective, 1/h, instead of `fraction`.
    reactions : sequence of int, optional
        Columns, in the order wanted; all if not given.
    processes : int
        Worker processes. The ranges do not depend on it.
    loopless : bool
        Leave out states with flux around an internal cycle; takes mixed-integer programs (see `loopless`).
    solver : Backend, optional
        GLPK if not given.

    Returns
    -------
    FluxRanges

    Raises
    ------
    ModelError
        No state satisfies the bounds, the objective has no maximum, or the floor is above it.
    UsageError
        `fraction` is outside [0, 1], or `processes` below 1.
    SolverError
        An end of a range could not be certified.
    """
    program = fva_program(network, fraction=fraction, growth_floor=growth_floor, solver=solver)
    columns = None if reactions is None else np.asarray(reactions, dtype=np.intp)
    ranges = fva_ranges(program, columns, processes=processes, solver=solver)
    if not loopless:
        return ranges
    roomy = program
    if growth_floor is None and fraction > ROOMY:
        roomy = fva_program(network, fraction=ROOMY, solver=solver)
    return loopless_ranges(network, program, ranges, roomy=roomy, solver=solver)
