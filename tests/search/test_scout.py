"""The scout finds designs and changes no answer: the referee is enumeration, and each design is evaluated again."""

from __future__ import annotations

import math
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strainopt.bilevel.problem import Method
from strainopt.io.models import read_model
from strainopt.search.benders import descent, scout
from strainopt.search.benders.assembly import assembled, most_deletions
from strainopt.search.benders.descent import Descent
from strainopt.search.benders.engine import solve_benders
from strainopt.search.benders.scaled import scaled
from strainopt.search.benders.scout import climb
from strainopt.search.benders.walk import Walk
from strainopt.search.benders.witnesses import Witnesses
from strainopt.search.enumerate import enumerate_designs
from strainopt.search.evaluate import Evaluator
from strainopt.search.outcome import Found, Limits
from tests.engines.cases import Case, posed, translated
from tests.search.fermenters import fermenter


@pytest.fixture(scope="module")
def problem():
    network = read_model("textbook").network
    lower = network.lower.copy()
    lower[network.reaction("EX_o2_e")] = 0.0
    asked = posed(network.with_bounds(lower, network.upper), "EX_succ_e", Case(Method.ROBUSTKNOCK), k=4)
    return translated(asked).problem


@pytest.fixture
def eager(monkeypatch):
    """It looks at the first node, whatever the size."""
    monkeypatch.setattr(descent, "CHECK_EVERY", 1)
    for name, value in (("FIRST", 0), ("HURRIED", 0), ("SMALLEST", 1), ("ASKS", (10,))):
        monkeypatch.setattr(scout, name, value)


def tree_of(problem, accept) -> Descent:
    """A tree of its own, as the scout has one."""
    evaluator = Evaluator(problem)
    grown = scaled(problem, wild_growth=evaluator.evaluate(frozenset()).growth)
    return assembled(problem, accept, scaled=grown, evaluator=evaluator, limits=Limits(), seed=0, solver=None)


class Counted(scout.Scout):
    """Counts its looks."""

    looks = 0

    def _look(self, *args, **kwargs) -> None:
        Counted.looks += 1
        super()._look(*args, **kwargs)


@pytest.mark.usefixtures("eager")
@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    method=st.sampled_from(list(Method)),
    budget=st.sampled_from([2.0, 3.0, 4.0]),
    hurried=st.booleans(),
)
def test_random_cells_have_the_same_answer_with_a_scout_at_every_node(seed, method, budget, hurried) -> None:
    drawn = fermenter(seed, method=method, genes=False, max_cost=budget)
    if drawn is None:
        return
    deadline = time.monotonic() + 100.0 if hurried else math.inf
    found = solve_benders(drawn, limits=Limits(seed=seed % 7, deadline=deadline))
    referee = enumerate_designs(drawn, limits=Limits())
    assert found.status is referee.status
    best = referee.designs[0].value if referee.designs else 0.0
    value = found.designs[0].value if found.designs else 0.0
    assert abs(value - best) <= max(1e-4 * abs(best), 2e-6 * drawn.value_scale)


@pytest.mark.usefixtures("eager")
def test_further_designs_contain_none_of_those_before(problem, monkeypatch) -> None:
    """The scout of the first question knows nothing of what later ones exclude."""
    monkeypatch.setattr("strainopt.search.benders.engine.Scout", Counted)
    Counted.looks = 0
    several = solve_benders(problem, limits=Limits(), designs=4).designs
    assert Counted.looks > 0
    assert len(several) == 4
    for place, one in enumerate(several):
        assert not any(before.deleted <= one.deleted for before in several[:place])


def test_a_walk_and_a_climb_find_designs_that_hold_within_size_and_budget(problem) -> None:
    found: list[Found] = []

    def accept(one: Found) -> None:
        found.append(one)
        tree.oracle.set_beta(1.01 * one.value)

    tree = tree_of(problem, accept)
    try:
        tree.oracle.set_beta(0.3 * problem.product_scale)
        tree.oracle.scatter(50)
        costs = [1.0 + 0.5 * (one % 2) for one in range(problem.n_candidates)]
        walk = Walk(tree.oracle, costs, size=3, budget=4.0, generator=np.random.default_rng(0))
        assert walk.go(2_000)
        walked = found[-1]
        assert len(walked.deleted) <= 3
        assert sum(costs[one] for one in walked.deleted) <= 4.0
        climb(tree, lambda: found, size=most_deletions(problem), budget=problem.max_cost)
    finally:
        tree.oracle.programs.close()
    best = solve_benders(problem, limits=Limits()).designs[0]
    for one in found:
        seen = Evaluator(problem).evaluate(one.deleted)
        assert seen.viable
        assert seen.value == pytest.approx(one.value, abs=1e-7 * problem.value_scale)
        assert one.value <= best.value * (1.0 + 1e-4)
    assert [one.value for one in found] == sorted(one.value for one in found)


def test_clauses_are_taken_over_once_as_they_are_and_without_conditions() -> None:
    one, other = (Witnesses(3, caps_product=True, slack=1e-3) for _ in range(2))
    one.add(0b011, growth=0.5, product=1.0)
    one.add(0b100, growth=0.7, product=0.0, condition=0b1)
    for _ in range(2):
        other.learn_from(one)
    assert other.supports == [0b011]
    for required, speaks in ((0.5015, 1), (0.502, 0)):
        assert (one.unhit(0, (), required), other.unhit(0, (), required)) == (speaks, speaks)
    one.learn_from(other)
    assert len(one) == 2


def test_a_climb_ends_with_its_questions(problem) -> None:
    tree = tree_of(problem, lambda one: tree.oracle.set_beta(1.01 * one.value))
    try:
        tree.oracle.set_beta(0.01 * problem.product_scale)
        start = Found(frozenset({0, 1}), 0.0, 1.0)
        climb(tree, lambda: [start], size=4, budget=math.inf, asks=5)
        assert 5 <= tree.oracle.counts.asked <= 10
    finally:
        tree.oracle.programs.close()
