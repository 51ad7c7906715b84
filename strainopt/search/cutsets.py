"""Minimal cut sets: every smallest set of deletions that makes unwanted behaviour impossible and keeps the wanted.

The tree and the clauses are those of the design search (`benders`), with a simpler oracle. A flux vector of an
unwanted region is a witness: a cut set must hit its support (Klamt and Gilles 2004; the duality of cut sets and
elementary modes used one mode at a time). Where no such flux vector is left, by a checked proof of infeasibility,
the set is a cut set. It is minimal, since smaller ones were found at smaller sizes and their supersets left out.
A set that leaves no state in a wanted region is lethal for all its supersets.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from strainopt.bilevel.problem import Intact, closed_columns, open_without
from strainopt.errors import SolverError
from strainopt.lp.backend import Backend
from strainopt.lp.certify import residual
from strainopt.lp.program import FloatArray, IntArray, LinearProgram
from strainopt.lp.registry import default_lp
from strainopt.lp.result import Status
from strainopt.lp.trusted import TrustCounts, TrustedSession
from strainopt.search.benders.clauses import Knowledge, bits
from strainopt.search.benders.oracle import SearchStopped
from strainopt.search.benders.support import Supports
from strainopt.search.benders.tree import Tree
from strainopt.search.benders.weights import Weights
from strainopt.search.outcome import Limits, SearchProgress, SearchStatus, doubts
from strainopt.tolerances import RESIDUAL

__all__ = ["CutSetProblem", "CutSets", "Region", "find_cut_sets"]

SCATTERED = 200
"""Witnesses per region before the search starts."""


@dataclass(frozen=True, eq=False)
class Region:
    """Flux vectors with `rows @ v >= right`; rows has shape (r, n)."""

    rows: FloatArray
    right: FloatArray


@dataclass(frozen=True, eq=False)
class CutSetProblem:
    """Make every `suppress` region empty, keep every `protect` region non-empty, with at most `max_size` deletions.

    The polytope and the switches are as in `BilevelProblem`.
    """

    matrix: sparse.csc_array
    lower: FloatArray
    upper: FloatArray
    intact: dict[int, Intact]
    n_candidates: int
    suppress: tuple[Region, ...]
    protect: tuple[Region, ...]
    max_size: int


@dataclass(frozen=True)
class CutSets:
    """The answer: all minimal cut sets up to a size.

    Attributes
    ----------
    sets : tuple of frozenset
        By size, then by candidate numbers.
    complete_up_to : int
        No cut set up to this size is missing.
    statistics : dict
        Witnesses that were dropped, and verdicts that had to be asked for again.
    """

    status: SearchStatus
    sets: tuple[frozenset[int], ...]
    complete_up_to: int
    stop_reason: str
    nodes: int
    lps: int
    statistics: dict[str, int]


def find_cut_sets(problem: CutSetProblem, *, limits: Limits, solver: Backend | None = None) -> CutSets:
    """Find every minimal cut set up to the size, by increasing size.

    Parameters
    ----------
    problem : CutSetProblem
        The question.
    limits : Limits
        Time, seed, and who is told.
    solver : Backend, optional
        Of the linear programs; default GLPK.

    Returns
    -------
    CutSets
        OPTIMAL: complete. INFEASIBLE: proven that there is none. Otherwise what was found before the stop.

    Raises
    ------
    SolverError
        The emptiness of a region could not be certified by any solver.
    """
    oracle = _Oracle(problem, limits, solver or default_lp())
    tree = Tree(oracle.knowledge, oracle, [1.0] * problem.n_candidates)
    everything, done = (1 << problem.n_candidates) - 1, -1
    status, reason = SearchStatus.OPTIMAL, "search complete"
    try:
        oracle.scatter()
        for size in range(problem.max_size + 1):
            oracle.size = size
            tree.explore(0, everything, float(size))
            done = size
    except SearchStopped as stopped:
        status = SearchStatus.INTERRUPTED if stopped.interrupted else SearchStatus.TIME_LIMIT
        reason = "interrupted" if stopped.interrupted else "time limit"
    finally:
        oracle.close()
    if status is SearchStatus.OPTIMAL and not oracle.found:
        status, reason = SearchStatus.INFEASIBLE, "no cut set of this size exists"
    ordered = sorted(oracle.found, key=lambda one: (len(one), sorted(one)))
    return CutSets(status, tuple(ordered), done, reason, tree.nodes, oracle.lps, oracle.statistics)


class _Oracle:
    def __init__(self, problem: CutSetProblem, limits: Limits, solver: Backend) -> None:
        self.problem = problem
        self.limits = limits
        self.knowledge = Knowledge(problem.n_candidates)
        self.supports = Supports(problem.intact, seed=limits.seed)
        random = np.random.default_rng(limits.seed)
        self.unwanted = [_RegionPrograms(problem, region, random, solver) for region in problem.suppress]
        self.wanted = [_RegionPrograms(problem, region, random, solver) for region in problem.protect]
        self.found: list[frozenset[int]] = []
        self.started = self.told = time.monotonic()
        self.size = 0
        self._spared = 0

    @property
    def lps(self) -> int:
        return sum(programs.lps for programs in (*self.unwanted, *self.wanted))

    @property
    def statistics(self) -> dict[str, int]:
        every = (*self.unwanted, *self.wanted)
        trust = sum((programs.trust for programs in every), TrustCounts())
        return {
            "clauses": len(self.knowledge.supports),
            **doubts(trust, dropped=sum(programs.dropped for programs in every)),
        }

    def close(self) -> None:
        for programs in (*self.unwanted, *self.wanted):
            programs.close()

    def check_limits(self) -> None:
        now = time.monotonic()
        if now > self.limits.deadline:
            raise SearchStopped(interrupted=False)
        if self.limits.stop is not None and self.limits.stop():
            raise SearchStopped(interrupted=True)
        if self.limits.observer is not None and now - self.told > 1.0:
            self.told = now
            count = float(len(self.found))
            elapsed = now - self.started
            self.limits.observer(SearchProgress("cut sets", count, float("nan"), 0, self.lps, elapsed, self.size - 1))

    def scatter(self) -> None:
        """Learn many clauses of the undeleted network first."""
        nothing = np.zeros(0, dtype=np.intp)
        for programs in self.unwanted:
            for _ in range(SCATTERED):
                self.check_limits()
                flux = programs.witness(nothing)
                if flux is None:
                    break
                self.knowledge.add_clause(self.supports.of(flux, 0))

    def ask(self, deleted: int) -> bool:
        """Learn a clause from what is still possible, or that the set is a cut set or stops something wanted."""
        self.check_limits()
        self._spare()
        closed = closed_columns(self.problem.intact, frozenset(bits(deleted)))
        for programs in self.unwanted:
            flux = programs.witness(closed)
            if flux is None:
                flux = programs.certain(closed)
            if flux is not None:
                self.knowledge.add_clause(self.supports.of(flux, deleted))
                return True
        if any(programs.certain(closed) is None for programs in self.wanted):
            self.knowledge.add_lethal(self._least_harmful(deleted))
            return False
        self.found.append(frozenset(bits(deleted)))
        self.knowledge.add_lethal(deleted)
        return False

    def _spare(self) -> None:
        """Witnesses need not do without what only candidates close that are in no further cut set."""
        if self.knowledge.dead == self._spared:
            return
        self._spared = self.knowledge.dead
        free = open_without(self.problem.intact, self.problem.n_candidates, frozenset(bits(self._spared)))
        for programs in self.unwanted:
            programs.weights.set_free(free)

    def _least_harmful(self, deleted: int) -> int:
        """A minimal part that already stops something wanted."""
        part = deleted
        for candidate in bits(deleted):
            smaller = part & ~(1 << candidate)
            closed = closed_columns(self.problem.intact, frozenset(bits(smaller)))
            if any(programs.certain(closed) is None for programs in self.wanted):
                part = smaller
        return part


class _RegionPrograms:
    """One region as linear programs: a cheap witness, and a certain answer.

    Fluxes are scaled so that the smallest nonzero right-hand side is 1; otherwise fluxes near a solver's tolerance
    would be taken for zero and a wrong clause learned.
    """

    def __init__(self, problem: CutSetProblem, region: Region, random: np.random.Generator, solver: Backend) -> None:
        sizes = np.abs(region.right[region.right != 0.0])
        unit = 1.0 / float(sizes.min()) if len(sizes) else 1.0
        self.lps = self.dropped = 0
        self._lower, self._upper = problem.lower * unit, problem.upper * unit
        m, n = problem.matrix.shape
        rows, right = sparse.csr_array(region.rows), region.right * unit
        self._switched = np.array(sorted(problem.intact), dtype=np.intp)
        low, high = self._lower[self._switched], self._upper[self._switched]
        self._both = self._switched[(low < 0.0) & (high > 0.0)]
        self._twin = np.full(n, -1, dtype=np.intp)
        self._twin[self._both] = n + np.arange(len(self._both))
        body = sparse.csc_array(sparse.vstack([problem.matrix, rows]))
        matrix = sparse.csc_array(sparse.hstack([body, -body[:, self._both]]))
        lower = np.concatenate([self._lower, np.zeros(len(self._both))])
        upper = np.concatenate([self._upper, -self._lower[self._both]])
        lower[self._both] = 0.0
        self._signs = np.where(upper > 0.0, 1.0, -1.0)
        self._row_lower = np.concatenate([np.zeros(m), right])
        self._row_upper = np.concatenate([np.zeros(m), np.full(len(right), np.inf)])
        self._split = LinearProgram(np.zeros(len(lower)), matrix, self._row_lower, self._row_upper, lower, upper)
        self._session = solver.open(self._split)
        self.weights = Weights(self._switched, n, generator=random)
        self._weigh(np.arange(len(self._switched)), self.weights.all())
        whole = LinearProgram(np.zeros(n), body, self._row_lower, self._row_upper, self._lower, self._upper)
        self._certain = TrustedSession(whole, backend=solver)

    @property
    def trust(self) -> TrustCounts:
        return self._certain.counts

    def witness(self, closed: IntArray) -> FloatArray | None:
        """A state of the region that uses few switched columns, by random weights; None says nothing."""
        n = len(self._lower)
        columns = np.concatenate([closed, self._twin[closed][self._twin[closed] >= 0]])
        zeros = np.zeros(len(columns))
        if _forced(self._lower, self._upper, closed):
            return None
        self._session.set_bounds(columns, zeros, zeros)
        self._weigh(*self.weights.some())
        self.lps += 1
        status = self._session.solve()
        found = self._session.values() if status is Status.OPTIMAL else None
        self._session.set_bounds(columns, self._split.lower[columns], self._split.upper[columns])
        if found is None:
            return None
        found[columns] = 0.0
        if residual(self._split, found) > RESIDUAL:
            self.dropped += 1
            return None
        flux: FloatArray = found[:n].copy()
        # a column used both ways counts as used
        flux[self._both] = np.maximum(np.abs(found[self._both]), np.abs(found[self._twin[self._both]]))
        self.weights.used(flux)
        return flux

    def _weigh(self, places: IntArray, weights: FloatArray) -> None:
        """Give some switched columns new weights, both ways of a flux the same."""
        columns, twins = self._switched[places], self._twin[self._switched[places]]
        self._session.set_objective_entries(columns, -weights * self._signs[columns])
        split = twins >= 0
        self._session.set_objective_entries(twins[split], -weights[split] * self._signs[twins[split]])

    def certain(self, closed: IntArray) -> FloatArray | None:
        """A state of the region, or None with a checked proof that there is none."""
        if _forced(self._lower, self._upper, closed):
            return None
        zeros = np.zeros(len(closed))
        self._certain.set_bounds(closed, zeros, zeros)
        self.lps += 1
        status = self._certain.solve()
        flux = self._certain.values() if status is Status.OPTIMAL else None
        self._certain.set_bounds(closed, self._lower[closed], self._upper[closed])
        if status not in (Status.OPTIMAL, Status.INFEASIBLE):
            raise SolverError("no certified answer whether a region is empty", why=f"the solver said {status.value}")
        if flux is not None:
            flux[closed] = 0.0
        return flux

    def close(self) -> None:
        self._session.close()
        self._certain.close()


def _forced(lower: FloatArray, upper: FloatArray, closed: IntArray) -> bool:
    return bool(((lower[closed] > 0.0) | (upper[closed] < 0.0)).any())
