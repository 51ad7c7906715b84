"""What the wild type and each design do: the parsimonious flux state and the flux ranges at maximal growth."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import numpy.typing as npt

from strainopt.design.mutant import mutant_of
from strainopt.design.problem import Design, DesignProblem
from strainopt.design.trusted import first_solver
from strainopt.flux.fva import fva
from strainopt.flux.pfba import pfba
from strainopt.network.network import Network
from strainopt.processes import context

__all__ = ["FluxProfile", "flux_profiles"]

FloatArray = npt.NDArray[np.float64]

CHUNK = 300
"""Reactions whose ranges are computed between two looks at the clock."""


@dataclass(frozen=True, eq=False)
class FluxProfile:
    """Fluxes of one state of the cell, each array of shape (reactions,) in mmol/gDW/h.

    Attributes
    ----------
    rank : int
        Of the design; 0 for the wild type.
    pfba : float array
        Growth optimum of least total flux.
    lower, upper : float arrays
        Range at maximal growth; nan where time ran out before it was computed.
    """

    rank: int
    pfba: FloatArray
    lower: FloatArray
    upper: FloatArray

    @property
    def complete(self) -> bool:
        """Whether every range was computed."""
        return not bool(np.isnan(self.lower).any() or np.isnan(self.upper).any())


def flux_profiles(
    problem: DesignProblem, designs: Sequence[Design], *, deadline: float = float("inf"), processes: int = 1
) -> tuple[FluxProfile, ...]:
    """Profile of the wild type, then of each design, on the original network.

    Parameters
    ----------
    problem : DesignProblem
        Its network is the wild type in the scenario.
    designs : sequence of Design
        Verified designs of this problem.
    deadline : float
        A `time.monotonic()` moment after which no further ranges are computed; the parsimonious state always is.
    processes : int
        Worker processes, for the states beside each other and for the ranges of each.
    """
    network = problem.network.with_objective(problem.biomass)
    growing = replace(problem, network=network)
    states: list[tuple[int, tuple[str, ...]]] = [(0, ())]
    states.extend((design.rank, design.interventions) for design in designs)
    mutants = [mutant_of(growing, names) for _, names in states]
    ranks = [rank for rank, _ in states]
    each = max(1, processes // len(states))
    profile = partial(_profile, deadline=deadline, processes=each)
    if processes == 1 or len(states) == 1:
        return tuple(map(profile, mutants, ranks))
    with ProcessPoolExecutor(min(processes, len(states)), mp_context=context()) as pool:
        return tuple(pool.map(profile, mutants, ranks))


def _profile(mutant: Network, rank: int, *, deadline: float, processes: int) -> FluxProfile:
    count = mutant.shape[1]
    lower, upper = np.full(count, np.nan), np.full(count, np.nan)
    step = count if np.isinf(deadline) else CHUNK
    for start in range(0, count, step):
        if time.monotonic() > deadline:
            break
        columns = np.arange(start, min(start + step, count))
        ranges = fva(mutant, reactions=columns.tolist(), processes=processes)
        lower[columns], upper[columns] = ranges.lower, ranges.upper
    return FluxProfile(rank, pfba(mutant, solver=first_solver()).fluxes, lower, upper)
