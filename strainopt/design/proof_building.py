"""Filling a proof: the checker's own tree, with linear programs that supply what it lacks, until it lacks nothing.

What is written is sufficient by construction, since the tree that is run here is the one that checkers run; and a
mistake here can only make a proof that is refused.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from itertools import combinations

import numpy as np

from strainopt.bilevel.problem import BilevelProblem, Leaf
from strainopt.bilevel.problem import Method as BilevelMethod
from strainopt.design.proof_genes import kept_genes
from strainopt.design.proof_states import LumpedStates
from strainopt.errors import InterruptedRunError, VerificationError
from strainopt.lp.program import IntArray
from strainopt.proof.arithmetic import coefficients
from strainopt.proof.case import Case
from strainopt.proof.check import add_witness
from strainopt.proof.facts import Ceilings, Clauses
from strainopt.proof.purchases import roots
from strainopt.proof.records import Inequality, Level, Method, Question, Witness
from strainopt.proof.tree import Node, Replay
from strainopt.search.benders.record import Certificate, Recorder
from strainopt.search.outcome import Limits
from strainopt.tolerances import FACE_SLACK

__all__ = ["Builder", "lumped_problem"]

SCATTERED = 200
"""Most witnesses of the undeleted network to begin with; small problems need fewer."""

SCATTERED_PER_ITEM = 3

USEFUL = 1e-11
"""A ceiling that is lower by less, relative to 1 + its size, is not worth a line."""

BELOW_BETA = 1e-7
"""Part of beta that witnesses stay below it, so that rounding does not carry them over."""

MORE = 0.05
"""Part of the slack of comparisons of growth by which witnesses grow faster than they need to."""

EAGER = 2
"""Sets that may grow by so many get their ceiling at once, others where nothing known settles them."""

ATTEMPTS = 4
"""Witnesses drawn before a set is given up; each has other weights."""


def lumped_problem(case: Case, states: LumpedStates, *, product_scale: float) -> BilevelProblem:
    """The lumps of a question as the arrays that linear programs are made of; its switches only say what to weigh."""
    question = case.question
    n = len(case.lumps)
    closable = sorted({lump for item in case.items.items for lump in item.lumps})
    return BilevelProblem(
        matrix=states.matrix,
        lower=states.lower,
        upper=states.upper,
        growth=coefficients(case.lumps, case.columns.of(case.network.reaction_index[question.biomass])),
        product=coefficients(case.lumps, case.columns.of(case.network.reaction_index[question.target])),
        intact={lump: Leaf(number) for number, lump in enumerate(closable)},
        costs=np.ones(len(closable)),
        names=tuple(str(lump) for lump in closable),
        max_cost=question.budget,
        min_growth=question.min_growth,
        method=_method(question),
        product_scale=product_scale,
        flux_weights=np.ones(n),
        range_lower=states.lower,
        range_upper=states.upper,
        alpha=question.alpha,
    )


def _method(question: Question) -> BilevelMethod:
    return BilevelMethod(question.method.value)


class Builder:
    """A helper of the replay that adds the facts it lacks.

    Attributes
    ----------
    inequalities, witnesses : lists
        In the order in which they were found.
    """

    def __init__(self, case: Case, states: LumpedStates, recorder: Recorder, limits: Limits) -> None:
        self._case, self._states, self._recorder, self._limits = case, states, recorder, limits
        self._beta = case.question.beta
        self.inequalities: list[Inequality] = []
        self.witnesses: list[Witness] = []
        self._supports: list[int] = []
        self._ceilings = self._new_ceilings()
        self._clauses = Clauses(len(case.items.items))
        self._asked: set[frozenset[int]] = set()
        self._random = np.random.default_rng(limits.seed)
        # states without product are looked for with its lump closed, so that it is zero exactly
        self._unmade = case.product_lumps if case.question.method is Method.OPTCOUPLE else frozenset()

    def _new_ceilings(self) -> Ceilings:
        closable = {lump for item in self._case.items.items for lump in item.lumps}
        return Ceilings(self._case.arithmetic, beta=self._beta, lumps=closable)

    def run(self) -> int:
        """Replay and fill until a replay lacks nothing; the number of nodes of the last one.

        Raises
        ------
        VerificationError
            Some set can neither be excluded nor shown to make no more than beta.
        InterruptedRunError
            A limit came first.
        """
        self._scatter()
        while True:
            before = len(self.inequalities), len(self.witnesses)
            nodes = self._replay()
            if (len(self.inequalities), len(self.witnesses)) == before:
                return nodes
            self._sort()

    def _sort(self) -> None:
        """Short supports first: the tree looks at the first few."""
        order = sorted(range(len(self.witnesses)), key=lambda place: (self._supports[place].bit_count(), place))
        self.witnesses = [self.witnesses[place] for place in order]
        self._clauses = Clauses(len(self._case.items.items))
        self._supports = []
        for witness in self.witnesses:
            self._clauses.add(
                self._case.support(witness, where="witness"), self._case.rate(witness.flux, self._biomass)
            )
            self._supports.append(self._clauses.supports[-1])

    @property
    def _biomass(self) -> str:
        return self._case.question.biomass

    def _replay(self) -> int:
        replay = Replay(
            items=self._case.items,
            forced=self._case.arithmetic.forced,
            ceilings=self._ceilings,
            clauses=self._clauses,
            threshold=self._case.threshold,
            budget=self._case.question.budget,
            knock_ins=frozenset(self._case.knock_ins.values()),
            helper=self,
        )
        replay.run(roots(self._case))
        return replay.nodes

    def _scatter(self) -> None:
        nothing = np.array(sorted(self._unmade), dtype=np.intp)
        self._learn_ceiling((), frozenset())
        for _ in range(min(SCATTERED, SCATTERED_PER_ITEM * len(self._case.items.items))):
            self._check_limits()
            ceiling = self._least(frozenset())
            if ceiling < self._case.threshold.hopeless or not self._learn_witness(nothing, (), ceiling):
                return
        self._sort()

    # what the replay calls

    def enters(self, node: Node) -> None:
        """Nodes with much below them get their ceiling at once: it shrinks the tree."""
        if node.more >= EAGER and node.closed not in self._asked:
            self._learn_ceiling(node.members, node.closed)

    def stuck(self, node: Node) -> bool:
        """Add a ceiling, or a witness, that settles the node."""
        self._check_limits()
        if node.closed not in self._asked and self._learn_ceiling(node.members, node.closed):
            return True
        closed = np.array(sorted(node.closed | self._unmade), dtype=np.intp)
        reach = self._recorder.reach(closed, most_product=self._most_product)
        for growth in self._demands(node, reach):
            if any(self._learn_witness(closed, node.members, growth) for _ in range(ATTEMPTS)):
                return True
        # growth rates that tie: rounding in the ceiling decides whether a witness reaches it
        return self._learn_ceiling(node.members, node.closed, tight=True)

    # facts

    @property
    def _most_product(self) -> float:
        return self._beta * (1.0 - BELOW_BETA) if self._case.threshold.caps_product else math.inf

    def _demands(self, node: Node, reach: float) -> Iterator[float]:
        """Ceilings of the node's parts whose demand is within reach, smallest parts first, and the node's own."""
        own = self._least(node.closed)
        added = node.members[len(node.given) :]
        for size in range(len(added)):
            for part in combinations(added, size):
                ceiling = self._least(self._case.items.closed((*node.given, *part)))
                if self._demand(ceiling) <= reach - MORE * FACE_SLACK * (1.0 + abs(reach)):
                    yield ceiling
                    yield own
                    return
        yield own

    def _demand(self, ceiling: float) -> float:
        """Growth asked of a witness: a little more than what makes it speak."""
        least = self._case.threshold.speaks(ceiling)
        return least + MORE * FACE_SLACK * (1.0 + abs(least))

    def _least(self, closed: frozenset[int]) -> float:
        return self._ceilings.least(self._ceilings.close(self._ceilings.all_open(), closed, closed))

    def _learn_ceiling(self, members: tuple[int, ...], closed: frozenset[int], *, tight: bool = False) -> bool:
        """Add the ceiling of a set if it says more than what is known; of a smaller set, if that is lethal already."""
        self._check_limits()
        self._asked.add(closed)
        known = self._least(closed)
        if known < self._case.threshold.hopeless:
            return True
        found = self._certified(closed, tight=tight)
        if found is None:
            return False
        if found.ceiling < self._case.threshold.hopeless:
            found = self._smallest_lethal(members, found)
        elif math.isfinite(known) and found.ceiling >= known - USEFUL * (1.0 + abs(known)):
            return False
        one = Inequality(found.growth, found.product, self._states.prices(found.prices))
        self.inequalities.append(one)
        self._ceilings.add([one])
        return self._least(closed) < known

    def _smallest_lethal(self, members: tuple[int, ...], found: Certificate) -> Certificate:
        kept = members
        for item in members:
            part = tuple(other for other in kept if other != item)
            closed = self._case.items.closed(part)
            if closed & self._case.arithmetic.forced:
                continue
            smaller = self._certified(closed)
            if smaller is not None and smaller.ceiling < self._case.threshold.hopeless:
                kept, found = part, smaller
        return found

    def _certified(self, closed: frozenset[int], *, tight: bool = False) -> Certificate | None:
        return self._recorder.certificate(np.array(sorted(closed), dtype=np.intp), tight=tight)

    def _learn_witness(self, closed: IntArray, members: tuple[int, ...], ceiling: float) -> bool:
        flux = self._recorder.witness(closed, growth=self._demand(ceiling), most_product=self._most_product)
        if flux is None:
            return False
        state = self._states.lift(flux, closed)
        if state is None or state.get(self._biomass, 0.0) < self._case.threshold.speaks(ceiling):
            return False
        if self._case.threshold.caps_product and state.get(self._case.question.target, 0.0) > self._beta:
            return False
        genes: tuple[str, ...] = ()
        if self._case.question.level is Level.GENE:
            chosen = (self._case.items.items[item] for item in members)
            gone = frozenset(item.names[0] for item in chosen if item.by_rule)
            genes = kept_genes(self._case, state, gone=gone, random=self._random)
        witness = Witness(state, genes)
        try:
            support = self._case.support(witness, where="witness")
            if any(support >> item & 1 for item in members):
                # a narrowed flux that rounding carried over its bound
                return False
            add_witness(self._case, self._clauses, witness, where="witness")
        except VerificationError:
            return False
        self._supports.append(self._clauses.supports[-1])
        self.witnesses.append(witness)
        return True

    def _check_limits(self) -> None:
        if time.monotonic() > self._limits.deadline or (self._limits.stop is not None and self._limits.stop()):
            raise InterruptedRunError("the proof was not finished in time", hint="give it more time (--time-limit)")
