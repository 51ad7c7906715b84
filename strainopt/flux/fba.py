"""Flux balance analysis: the network's objective at its maximum."""

from __future__ import annotations

import numpy as np

from strainopt.flux.state import FluxState, flux_state, solver_or_default, trusted_solve
from strainopt.lp.backend import Backend
from strainopt.lp.program import FloatArray, LinearProgram
from strainopt.network.network import Network

__all__ = ["fba", "fba_program"]


def fba_program(network: Network, *, objective: FloatArray | None = None) -> LinearProgram:
    """`maximise objective @ v` over the steady states of the network.

    Parameters
    ----------
    network : Network
        The scenario: its bounds and, where one is needed, its objective.
    objective : float array, shape (reactions,), optional
        The network's own objective if not given.

    Returns
    -------
    LinearProgram
        One row per metabolite (`S v = 0`), one column per reaction.
    """
    balance = np.zeros(network.shape[0])
    return LinearProgram(
        objective=network.objective if objective is None else objective,
        matrix=network.stoichiometry,
        row_lower=balance,
        row_upper=balance,
        lower=network.lower,
        upper=network.upper,
    )


def fba(network: Network, *, solver: Backend | None = None) -> FluxState:
    """Maximise the network's objective.

    The flux vector is one optimal vertex of many; its objective value is unique.

    Returns
    -------
    FluxState
        INFEASIBLE or UNBOUNDED is told by the status, not by an exception; growth is then nan.
    """
    metabolites, reactions = network.shape
    result = trusted_solve(fba_program(network), solver_or_default(solver))
    return flux_state(result, metabolites=metabolites, reactions=reactions)
