"""The question behind `strainopt cutsets`: which smallest deletions stop some behaviour and keep another?"""

from __future__ import annotations

import itertools
import time
from collections import Counter
from dataclasses import dataclass

import numpy as np

from strainopt.bilevel.problem import Intact, Leaf
from strainopt.design.candidates import Candidates, closure_trees, group_genes
from strainopt.design.regions import FluxRegion
from strainopt.errors import ModelError, UsageError
from strainopt.lp.backend import Backend
from strainopt.lp.program import LinearProgram
from strainopt.lp.result import Status
from strainopt.lp.trusted import TrustedSession
from strainopt.network.network import Network
from strainopt.network.rules import Rule
from strainopt.network.scenario import Level
from strainopt.reduce.pipeline import reduce_network
from strainopt.reduce.reduced import ReducedNetwork
from strainopt.search.cutsets import CutSetProblem, Region, find_cut_sets
from strainopt.search.outcome import Limits

__all__ = ["CutSetAnswer", "CutSetQuestion", "solve_cut_sets"]


@dataclass(frozen=True, eq=False)
class CutSetQuestion:
    """Stop every `suppress` region, keep every `protect` region possible, with at most `max_size` deletions."""

    network: Network
    biomass: int
    level: Level
    candidates: tuple[str, ...]
    suppress: tuple[FluxRegion, ...]
    protect: tuple[FluxRegion, ...]
    max_size: int


@dataclass(frozen=True)
class CutSetAnswer:
    """All minimal cut sets, by size, then ids; `proven` when none up to the size asked for is missing.

    Attributes
    ----------
    status : str
        optimal (complete), infeasible (proven: none), time_limit, interrupted.
    designs : tuple of tuple of str
        Reaction or gene ids, each set sorted.
    complete_up_to : int
        No cut set of at most this many deletions is missing.
    statistics : dict
        What the search counted.
    """

    status: str
    proven: bool
    designs: tuple[tuple[str, ...], ...]
    complete_up_to: int
    stop_reason: str
    seconds: float
    rounds: int
    lps: int
    statistics: dict[str, int]

    @property
    def by_size(self) -> dict[int, int]:
        """How many sets there are of each size."""
        return dict(sorted(Counter(len(design) for design in self.designs).items()))


def solve_cut_sets(
    question: CutSetQuestion, *, limits: Limits | None = None, solver: Backend | None = None
) -> CutSetAnswer:
    """Find all minimal cut sets; the network's lumps and interchangeable genes are expanded again.

    `solver` solves the linear programs; default GLPK.

    Raises
    ------
    ModelError
        A region is empty already without deletions.
    UsageError
        There is nothing to suppress, or no candidate.
    SolverError
        A verdict could not be certified.
    """
    started = time.monotonic()
    limits = Limits() if limits is None else limits
    if not question.suppress:
        raise UsageError("nothing to suppress", where="--suppress", hint='for instance --suppress "GROWTH >= 0.001"')
    if not question.candidates:
        raise UsageError("no candidate to delete", where="--candidates", hint="give fewer filters (--filters)")
    for region, option in (
        *((r, "--suppress") for r in question.suppress),
        *((r, "--protect") for r in question.protect),
    ):
        _refuse_empty(question.network, region, option, solver)
    reduced = reduce_network(question.network, biomass=question.biomass, growth_floor=0.0)
    candidates, intact = _candidates(question, reduced)
    problem = CutSetProblem(
        matrix=reduced.stoichiometry,
        lower=reduced.lower,
        upper=reduced.upper,
        intact=intact,
        n_candidates=len(candidates.groups),
        suppress=tuple(_reduced(region, reduced) for region in question.suppress),
        protect=tuple(_reduced(region, reduced) for region in question.protect),
        max_size=question.max_size,
    )
    found = find_cut_sets(problem, limits=limits, solver=solver)
    designs = sorted(
        (tuple(sorted(choice)) for deleted in found.sets for choice in _expanded(candidates, deleted)),
        key=lambda design: (len(design), design),
    )
    return CutSetAnswer(
        status=found.status.value,
        proven=found.status.proven,
        designs=tuple(designs),
        complete_up_to=found.complete_up_to,
        stop_reason=found.stop_reason,
        seconds=time.monotonic() - started,
        rounds=found.nodes,
        lps=found.lps,
        statistics=found.statistics,
    )


def _expanded(candidates: Candidates, deleted: frozenset[int]) -> itertools.product[tuple[str, ...]]:
    """Every choice of one id per group: members of a group have the same effect, so each choice is minimal too."""
    return itertools.product(*(candidates.groups[number] for number in sorted(deleted)))


def _candidates(question: CutSetQuestion, reduced: ReducedNetwork) -> tuple[Candidates, dict[int, Intact]]:
    network = question.network
    if question.level is Level.REACTION:
        groups: dict[int, list[str]] = {}
        for name in question.candidates:
            column = int(reduced.column_of[network.reaction(name)])
            if column >= 0:
                groups.setdefault(column, []).append(name)
        found = Candidates.of(groups.values(), {})
        return found, {
            int(reduced.column_of[network.reaction(name)]): Leaf(number) for number, name in enumerate(found.names)
        }
    rules: dict[int, list[Rule]] = {}
    for reaction, rule in enumerate(network.rules):
        column = int(reduced.column_of[reaction])
        if rule is not None and column >= 0:
            rules.setdefault(column, []).append(rule)
    genes = sorted(set(question.candidates))
    trees = closure_trees(rules, {name: number for number, name in enumerate(genes)})
    grouped = group_genes(trees, len(genes))
    found = Candidates.of(([genes[number] for number in group] for group in grouped), {})
    return found, closure_trees(rules, {name: number for number, name in enumerate(found.names)})


def _reduced(region: FluxRegion, reduced: ReducedNetwork) -> Region:
    return Region(np.array([reduced.objective(row) for row in region.rows]), region.right)


def _refuse_empty(network: Network, region: FluxRegion, option: str, solver: Backend | None) -> None:
    """A region without any state: suppressing it is done already, protecting it impossible."""
    from scipy import sparse

    m = network.shape[0]
    program = LinearProgram(
        np.zeros(network.shape[1]),
        sparse.csc_array(sparse.vstack([network.stoichiometry, sparse.csr_array(region.rows)])),
        np.concatenate([np.zeros(m), region.right]),
        np.concatenate([np.zeros(m), np.full(len(region.right), np.inf)]),
        network.lower,
        network.upper,
    )
    session = TrustedSession(program, backend=solver)
    try:
        empty = session.solve() is Status.INFEASIBLE
    finally:
        session.close()
    if empty:
        raise ModelError(
            f"no flux state has {region.text}",
            where=option,
            why="the region is empty without any deletion in this scenario",
            hint="check signs (uptake is negative) and the medium; strainopt fva shows what is possible",
        )
