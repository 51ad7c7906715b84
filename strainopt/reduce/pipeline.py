"""All reduction steps in turn, until none finds anything more."""

from __future__ import annotations

import logging
import math
from collections.abc import Collection, Sequence

import numpy as np
import numpy.typing as npt
from scipy import sparse

from strainopt.errors import ModelError
from strainopt.flux.variability import fva_ranges
from strainopt.lp.backend import Backend
from strainopt.lp.program import FloatArray
from strainopt.lp.registry import backend
from strainopt.network.network import Network
from strainopt.reduce.blocked import blocked_step, closed_step
from strainopt.reduce.coupled import coupled_step
from strainopt.reduce.directions import flux_unit, growing_program, open_directions
from strainopt.reduce.irreversible import irreversible_step
from strainopt.reduce.parallel import parallel_step, stand_ins
from strainopt.reduce.polytope import Polytope, Step, StepKind
from strainopt.reduce.reduced import ReducedNetwork, counted
from strainopt.reduce.rows import rows_step

__all__ = ["reduce_network"]

logger = logging.getLogger(__name__)


def reduce_network(
    network: Network,
    *,
    biomass: int,
    growth_floor: float,
    protected: Sequence[int] = (),
    closable: Collection[int] | None = None,
    merge_parallel: bool = False,
    ranges: bool = False,
    processes: int = 1,
    solver: Backend | None = None,
    deadline: float = math.inf,
) -> ReducedNetwork:
    """Make the network smaller without losing a design whose states grow at or above the floor.

    Parameters
    ----------
    network : Network
        With the scenario applied.
    biomass : int
        Reaction of growth.
    growth_floor : float
        1/h; no state that matters grows slower (`min_growth`, times alpha for the pessimistic method).
    protected : sequence of int
        Further reactions whose flux appears in objectives (target, substrate). They keep factor 1 where they are
        not in one lump with growth or an earlier one, and no parallel column stands in for them.
    closable : collection of int, optional
        Reactions that some candidate can close; all of them if not given. Only `merge_parallel` looks at it.
    merge_parallel : bool
        Drop columns that a parallel one, not closable, can stand in for (see `parallel`).
    ranges : bool
        Also compute the flux range of every column: two linear programs per column, fewer where states show it.
    processes : int
        For the ranges.
    solver : Backend, optional
        GLPK if not given.
    deadline : float
        A `time.monotonic()` moment from which what is not settled stays as it is: larger, wider, and as true.

    Returns
    -------
    ReducedNetwork

    Raises
    ------
    ModelError
        No state grows at the floor, or the bounds contradict each other.
    SolverError
        A linear program was not solved.
    """
    engine = backend("glpk") if solver is None else solver
    work = _Work(network, biomass=biomass, growth_floor=growth_floor, protected=protected, solver=engine)
    work.lump()
    work.settle_directions(deadline)
    work.lump()
    if merge_parallel and work.merge(range(network.shape[1]) if closable is None else closable):
        work.lump()
    work.take(rows_step(work.polytope))
    reduced = work.reduced(*(work.ranges(processes, deadline) if ranges else (None, None)))
    logger.info("reduced %d reactions to %d columns, %d rows", network.shape[1], *reduced.shape[::-1])
    return reduced


class _Work:
    """The polytope so far and the steps that led to it."""

    def __init__(
        self, network: Network, *, biomass: int, growth_floor: float, protected: Sequence[int], solver: Backend
    ) -> None:
        self.n_reactions = network.shape[1]
        self.polytope = Polytope.of(network)
        self.origin = biomass
        self.floor = growth_floor
        self.protected = (biomass, *protected)
        self.solver = solver
        self.steps: list[Step] = []
        self.kinds: list[tuple[StepKind, int, int, int]] = []
        self.lps = 0

    def take(self, step: Step) -> None:
        """Go on in the step's columns."""
        before, after = self.polytope, self.polytope.after(step)
        signs = 0
        if step.kind is StepKind.IRREVERSIBLE:
            signs = int(np.sum(after.lower != before.lower) + np.sum(after.upper != before.upper))
        kind = step.kind
        columns, rows = before.n_columns - after.n_columns, len(before.used_rows) - len(after.used_rows)
        if kind is StepKind.COUPLED:
            dead = before.n_columns - sum(len(pairs) for pairs in step.expand)
            self.kinds.append((StepKind.BLOCKED, dead, 0, 0))
            columns -= dead
        self.kinds.append((kind, columns, rows, signs))
        self.steps.append(step)
        self.polytope = after

    def column(self, reaction: int) -> int:
        """Where a reaction's flux is now; -1 if nowhere."""
        here = reaction
        for step in self.steps:
            here = next((new for new, pairs in enumerate(step.expand) if any(old == here for old, _ in pairs)), -1)
            if here < 0:
                return -1
        return here

    def lump(self) -> None:
        """Closed columns out and coupled ones together, until nothing changes."""
        while True:
            before = self.polytope.n_columns
            self.take(closed_step(self.polytope))
            leaders = [column for column in map(self.column, self.protected) if column >= 0]
            self.take(coupled_step(self.polytope, leaders=leaders))
            if self.polytope.n_columns == before:
                return

    def settle_directions(self, deadline: float) -> None:
        """Blocked columns out, signs of the others into the bounds."""
        biomass = self.column(self.origin)
        if biomass < 0:
            raise ModelError(
                "the biomass reaction can carry no flux",
                why="in every steady state of this scenario its flux is zero",
                hint="check the biomass reaction and the medium (strainopt inspect)",
            )
        found = open_directions(
            self.polytope, biomass=biomass, growth_floor=self.floor, solver=self.solver, deadline=deadline
        )
        self.lps += found.lps
        self.take(irreversible_step(self.polytope, found))
        self.take(blocked_step(self.polytope, found))

    def merge(self, closable: Collection[int]) -> bool:
        """Parallel columns that another stands in for leave; whether there were any."""
        column_of = self._column_of(self._expansion())
        weights = np.asarray(abs(self._expansion()).T @ np.ones(self.n_reactions))
        stands = stand_ins(
            self.polytope,
            protected={self.column(reaction) for reaction in self.protected},
            closable={int(column_of[reaction]) for reaction in closable},
            weights=weights,
        )
        step = parallel_step(
            self.polytope,
            stands,
            biomass=self.column(self.origin),
            growth_floor=self.floor,
            solver=self.solver,
        )
        self.lps += 2 * len(stands)
        self.take(step)
        return step.n_after < step.n_before

    def ranges(self, processes: int, deadline: float) -> tuple[FloatArray, FloatArray]:
        """Flux range of every column over the states that grow at the floor."""
        program = growing_program(self.polytope, biomass=self.column(self.origin), growth_floor=self.floor)
        found = fva_ranges(program, None, processes=processes, solver=self.solver, deadline=deadline)
        unit = flux_unit(self.floor)
        return found.lower * unit, found.upper * unit

    def reduced(self, range_lower: FloatArray | None, range_upper: FloatArray | None) -> ReducedNetwork:
        """The value handed out."""
        expansion = self._expansion()
        starts, rows, data = expansion.indptr, expansion.indices, expansion.data
        members = tuple(
            tuple(sorted((int(rows[k]), float(data[k])) for k in range(starts[j], starts[j + 1])))
            for j in range(expansion.shape[1])
        )
        return ReducedNetwork(
            stoichiometry=self.polytope.matrix,
            lower=self.polytope.lower,
            upper=self.polytope.upper,
            range_lower=range_lower,
            range_upper=range_upper,
            members=members,
            column_of=self._column_of(expansion),
            biomass=self.column(self.origin),
            growth_floor=self.floor,
            steps=tuple(self.steps),
            counts=counted(self.kinds),
            lps=self.lps,
        )

    def _expansion(self) -> sparse.csc_array:
        product = self.steps[0].expansion
        for step in self.steps[1:]:
            product = product @ step.expansion
        return sparse.csc_array(product)

    def _column_of(self, expansion: sparse.csc_array) -> npt.NDArray[np.intp]:
        column_of = np.full(self.n_reactions, -1, dtype=np.intp)
        entries = sparse.coo_array(expansion)
        column_of[entries.row] = entries.col
        return column_of
