"""Flux ranges without internal cycles: a mixed-integer program for each end that a cycle could move.

A steady state obeys the loop law if no flux runs around a closed cycle of internal reactions; equivalently, there are
driving forces `G` with `G_j < 0` where `v_j > 0`, `G_j > 0` where `v_j < 0`, and `N G = 0` for every internal cycle
`N` (ll-COBRA: Schellenberger, Lewis and Palsson 2011). Only reactions that lie on some cycle need this: a state
without its cycles has the same fluxes elsewhere.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
from scipy import linalg, sparse

from strainopt.errors import SolverError
from strainopt.flux.state import FluxRanges, solver_or_default, trusted_solve
from strainopt.flux.variability import fva_ranges
from strainopt.lp.backend import Backend
from strainopt.lp.program import IntArray, LinearProgram, MixedProgram
from strainopt.lp.registry import default_mixed
from strainopt.lp.result import MixedOptions, Status
from strainopt.network.network import Network
from strainopt.tolerances import ZERO_FLUX

__all__ = ["loopless_ranges", "on_cycles"]

FORCE = 1000.0
"""Largest driving force; only its sign matters, and 1 is the least."""

REACH = 1e5
"""Stands for a missing bound, mmol/gDW/h: without cycles no flux exceeds what the cell takes up by so much."""


def on_cycles(network: Network, *, solver: Backend | None = None) -> IntArray:
    """Internal reactions that can carry flux while every boundary reaction is closed, ascending."""
    m, n = network.shape
    lower = np.where(network.lower < 0.0, -1.0, 0.0)
    upper = np.where(network.upper > 0.0, 1.0, 0.0)
    lower[network.boundary], upper[network.boundary] = 0.0, 0.0
    closed = LinearProgram(np.zeros(n), network.stoichiometry, np.zeros(m), np.zeros(m), lower, upper)
    found = fva_ranges(closed, solver=solver)
    return np.flatnonzero((found.upper > ZERO_FLUX) | (found.lower < -ZERO_FLUX)).astype(np.intp)


def loopless_ranges(
    network: Network,
    program: LinearProgram,
    plain: FluxRanges,
    *,
    roomy: LinearProgram | None = None,
    solver: Backend | None = None,
) -> FluxRanges:
    """The ranges of `plain` with the loop law.

    Parameters
    ----------
    network : Network
        The scenario.
    program : LinearProgram
        The states whose ranges are wanted; its first columns are the network's reactions.
    plain : FluxRanges
        Their ranges with cycles, of any reactions.
    roomy : LinearProgram, optional
        Slightly more states, for the mixed-integer programs, whose tolerances need room.
    solver : Backend, optional
        For the linear programs; the mixed-integer ones are HiGHS's.

    Returns
    -------
    FluxRanges
        Of the same reactions. An end that no cycle could move is taken over as it is.

    Raises
    ------
    SolverError
        A program was not solved.
    """
    cycling = on_cycles(network, solver=solver)
    lower, upper, solved = plain.lower.copy(), plain.upper.copy(), plain.programs
    if len(cycling):
        law = _LoopLaw(program, roomy or program, network.stoichiometry, cycling, solver_or_default(solver))
        for place, column in enumerate(plain.columns.tolist()):
            if column in law.cycling and lower[place] < upper[place]:
                upper[place] = law.end(column, 1.0)
                lower[place] = law.end(column, -1.0)
                solved += 4
    return replace(plain, lower=lower, upper=upper, programs=solved)


class _LoopLaw:
    """A program with the loop law on some of its columns."""

    def __init__(
        self,
        exact: LinearProgram,
        program: LinearProgram,
        stoichiometry: sparse.csc_array,
        cycling: IntArray,
        solver: Backend,
    ) -> None:
        self.cycling = frozenset(cycling.tolist())
        self._exact, self._roomy, self._columns, self._solver = exact, program, cycling, solver
        n, c = program.shape[1], len(cycling)
        cycles = linalg.null_space(stoichiometry[:, cycling].toarray())
        cycles[np.abs(cycles) < ZERO_FLUX] = 0.0
        low, high = np.maximum(program.lower[cycling], -REACH), np.minimum(program.upper[cycling], REACH)
        # columns: fluxes, then which run forward (binary), then forces
        pick = sparse.csr_array((np.ones(c), (np.arange(c), cycling)), shape=(c, n))
        one = sparse.identity(c, format="csr")
        none = sparse.csr_array((c, c))
        rows = sparse.vstack(
            [
                sparse.hstack([program.matrix, sparse.csr_array((program.shape[0], 2 * c))]),
                sparse.hstack([pick, -sparse.diags_array(np.maximum(high, 0.0)), none]),  # v <= high a
                sparse.hstack([pick, sparse.diags_array(np.minimum(low, 0.0)), none]),  # v >= low (1 - a)
                sparse.hstack([sparse.csr_array((c, n)), (FORCE + 1.0) * one, one]),  # 1 <= G + (F + 1) a <= F
                sparse.hstack([sparse.csr_array((cycles.shape[1], n + c)), sparse.csr_array(cycles.T)]),  # N G = 0
            ]
        )
        free, zero = np.full(c, np.inf), np.zeros(cycles.shape[1])
        linear = LinearProgram(
            np.zeros(n + 2 * c),
            sparse.csc_array(rows),
            np.concatenate([program.row_lower, -free, np.minimum(low, 0.0), np.full(c, 1.0), zero]),
            np.concatenate([program.row_upper, np.zeros(c), free, np.full(c, FORCE), zero]),
            np.concatenate([program.lower, np.zeros(c), np.full(c, -FORCE)]),
            np.concatenate([program.upper, np.ones(c), np.full(c, FORCE)]),
        )
        integer = np.zeros(n + 2 * c, dtype=bool)
        integer[n : n + c] = True
        self._mixed = MixedProgram(linear, integer)

    def end(self, column: int, sign: float) -> float:
        """The most (or least) flux of a column under the law, from the directions of the mixed program's answer."""
        objective = np.zeros(self._mixed.linear.shape[1])
        objective[column] = sign
        mixed = replace(self._mixed, linear=self._mixed.linear.with_objective(objective))
        answer = default_mixed().solve_mixed(mixed, MixedOptions(absolute_gap=ZERO_FLUX))
        if answer.status is not Status.OPTIMAL or answer.x is None:
            raise SolverError(
                f"a range without cycles was not found ({answer.status.value})",
                where=f"column {column}",
                hint="give a smaller --fraction, fewer --reactions, or leave out --loopless",
            )
        n, c = self._roomy.shape[1], len(self._columns)
        forward = answer.x[n : n + c] > 0.5
        # binaries are whole only within a tolerance: with the directions fixed, a plain program gives the number
        for program in (self._exact, self._roomy):
            confirmed = trusted_solve(
                _directed(program, self._columns, forward).with_objective(objective[:n]), self._solver
            )
            if confirmed.status is Status.OPTIMAL:
                return sign * confirmed.objective
        raise SolverError(
            f"a range without cycles was not confirmed ({confirmed.status.value})",
            where=f"column {column}",
            hint="leave out --loopless",
        )


def _directed(program: LinearProgram, columns: IntArray, forward: npt.NDArray[np.bool_]) -> LinearProgram:
    lower, upper = program.lower.copy(), program.upper.copy()
    ahead, back = columns[forward], columns[~forward]
    lower[ahead] = np.maximum(lower[ahead], 0.0)
    upper[back] = np.minimum(upper[back], 0.0)
    return program.with_bounds(lower, upper)
