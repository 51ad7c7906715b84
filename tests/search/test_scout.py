"""The scout finds designs and changes no answer: the referee is enumeration, and each design is evaluated again."""

from __future__ import annotations

import itertools
import math
import time
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strainopt.bilevel.problem import Method
from strainopt.io.models import read_model
from strainopt.search.benders import descent, scout
from strainopt.search.benders.assembly import assembled, most_deletions
from strainopt.search.benders.clauses import some_parts_of
from strainopt.search.benders.climbs import FARTHEST, Climber, climb
from strainopt.search.benders.descent import Descent
from strainopt.search.benders.engine import solve_benders
from strainopt.search.benders.scaled import scaled
from strainopt.search.benders.trim import trimmed
from strainopt.search.benders.walk import Walk
from strainopt.search.benders.witnesses import Witnesses
from strainopt.search.enumerate import enumerate_designs
from strainopt.search.evaluate import Evaluator
from strainopt.search.outcome import Found, Limits, SearchStatus
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
    for name, value in (("FIRST", 0), ("HURRIED", 0), ("LEFT_ALONE", 0.0), ("SMALLEST", 1), ("ASKS", 10)):
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


@pytest.mark.usefixtures("eager")
def test_a_walk_ends_where_all_designs_are_too_large(problem, monkeypatch) -> None:
    """Large sets make far more than the best single deletion does, and there is no end of them."""
    vain: list[tuple[int, int]] = []
    large: list[Found] = []

    class Watched(scout.Scout):
        def _walk(self, own, beta, *, below, asks) -> None:
            before, known = own.tree.oracle.counts.asked, len(self._found())
            super()._walk(own, beta, below=below, asks=asks)
            if len(self._found()) == known:
                vain.append((own.tree.oracle.counts.asked - before, asks))

        def _trim(self, own) -> None:
            large.extend(self._large)
            super()._trim(own)

    monkeypatch.setattr("strainopt.search.benders.engine.Scout", Watched)
    monkeypatch.setattr(scout, "ASKS", 60)
    asked = replace(problem, max_cost=1.0)
    found = solve_benders(asked, limits=Limits(deadline=time.monotonic() + 200.0))
    referee = enumerate_designs(asked, limits=Limits())
    assert found.status is SearchStatus.OPTIMAL
    assert found.designs[0].value == pytest.approx(referee.designs[0].value, rel=1e-4)
    assert len(large) > 1
    assert all(len(one.deleted) > 1 for one in large)
    assert vain
    assert all(took <= allowed for took, allowed in vain)


@pytest.mark.usefixtures("eager")
def test_designs_of_the_scout_are_within_the_budget(problem, monkeypatch) -> None:
    """Walks do not look at costs; what is kept of them has to."""
    kept: list[Found] = []

    class Watched(scout.Scout):
        def _take(self, one) -> None:
            known = len(self._found())
            super()._take(one)
            kept.extend(self._found()[known:])

    monkeypatch.setattr("strainopt.search.benders.engine.Scout", Watched)
    costs = 1.0 + 0.5 * (np.arange(problem.n_candidates) % 2)
    asked = replace(problem, costs=costs, max_cost=4.0)
    found = solve_benders(asked, limits=Limits(deadline=time.monotonic() + 200.0))
    assert found.status is SearchStatus.OPTIMAL
    assert kept
    for one in kept:
        assert sum(costs[candidate] for candidate in one.deleted) <= 4.0


def test_a_walk_and_a_climb_find_designs_that_hold_within_size(problem) -> None:
    found: list[Found] = []

    def accept(one: Found) -> None:
        found.append(one)
        tree.oracle.set_beta(1.01 * one.value)

    tree = tree_of(problem, accept)
    try:
        tree.oracle.set_beta(0.3 * problem.product_scale)
        tree.oracle.scatter(50)
        walk = Walk(tree.oracle, lambda: len(found), size=3, generator=np.random.default_rng(0))
        assert walk.go(2_000)
        assert len(found) == 1
        assert len(found[0].deleted) <= 3
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


def climber_of(problem, *, share: float) -> tuple[Climber, Descent, list[Found]]:
    """At a value to beat that is a part of the largest product, from the first two candidates."""
    found = [Found(frozenset({0, 1}), 0.0, 1.0)]

    def accept(one: Found) -> None:
        found.append(one)
        tree.oracle.set_beta(1.0001 * one.value)

    tree = tree_of(problem, accept)
    tree.oracle.set_beta(share * problem.product_scale)
    return Climber(tree, lambda: found, size=4, budget=4.0), tree, found


def test_a_climber_ends_at_a_design_that_no_two_exchanges_improve(problem) -> None:
    """The referee evaluates all sets within two exchanges of the last design."""
    climber, tree, found = climber_of(problem, share=0.01)
    try:
        climber.go()
    finally:
        tree.oracle.programs.close()
    summit, evaluator = found[-1], Evaluator(problem)
    assert len(found) > 1
    assert climber.settled_near(summit.deleted) == FARTHEST
    for kept in itertools.combinations(sorted(summit.deleted), len(summit.deleted) - 2):
        for added in itertools.combinations(range(problem.n_candidates), 2):
            seen = evaluator.evaluate(frozenset(kept) | frozenset(added))
            assert not seen.viable or seen.value <= 1.0002 * summit.value


def test_a_climber_ends_with_its_questions(problem) -> None:
    climber, tree, found = climber_of(problem, share=0.75)
    try:
        climber.go(asks=5)
        assert tree.oracle.counts.asked >= 5
        assert len(found) == 1
        assert climber.settled_near(found[0].deleted) < FARTHEST
        climber.go()
        assert climber.settled_near(found[0].deleted) == FARTHEST
        asked = tree.oracle.counts.asked
        climber.go()
        assert tree.oracle.counts.asked == asked
        # nothing is said of a lower value
        tree.oracle.set_beta(0.5 * tree.oracle.beta)
        assert climber.settled_near(found[0].deleted) == 0
    finally:
        tree.oracle.programs.close()


def trimmed_within(problem, deleted: frozenset[int], *, size: int, worth: float, seed: int = 0) -> Found | None:
    evaluator = Evaluator(problem)
    seen = evaluator.evaluate(deleted)
    assert seen.viable
    return trimmed(
        Found(deleted, seen.value, seen.growth),
        evaluator=evaluator,
        within=lambda part: len(part) <= size,
        worth=worth,
        generator=np.random.default_rng(seed),
    )


@pytest.fixture(scope="module")
def laden(problem) -> tuple[Found, frozenset[int]]:
    """The best design, and the same with ten deletions more that change nothing."""
    best = solve_benders(problem, limits=Limits()).designs[0]
    evaluator, chosen = Evaluator(problem), best.deleted
    for one in range(problem.n_candidates):
        if len(chosen) < len(best.deleted) + 10 and one not in chosen:
            seen = evaluator.evaluate(chosen | {one})
            if seen.viable and seen.value == pytest.approx(best.value, abs=1e-9):
                chosen |= {one}
    assert len(chosen) == len(best.deleted) + 10
    return best, chosen


@pytest.mark.parametrize("seed", range(3))
def test_what_changes_nothing_is_trimmed(problem, laden, seed) -> None:
    best, chosen = laden
    kept = trimmed_within(problem, chosen, size=len(best.deleted), worth=0.0, seed=seed)
    assert kept is not None
    assert kept.deleted <= chosen
    assert len(kept.deleted) <= len(best.deleted)
    assert kept.value == pytest.approx(best.value, abs=1e-6)
    assert Evaluator(problem).evaluate(kept.deleted).value == pytest.approx(kept.value, abs=1e-9)


def test_a_design_that_cannot_be_trimmed_is_given_up(problem, laden) -> None:
    best, chosen = laden
    assert trimmed_within(problem, chosen, size=4, worth=1.0001 * best.value) is None
    assert trimmed_within(problem, chosen, size=0, worth=0.0) is None
    kept = trimmed_within(problem, best.deleted, size=4, worth=0.5 * best.value)
    assert kept is not None
    assert kept.deleted == best.deleted


@pytest.mark.parametrize("size", [3, 8, 9, 14])
def test_some_parts_are_all_of_few_and_the_small_ones_of_many(size) -> None:
    mask = sum(1 << (3 * one) for one in range(size))
    parts = some_parts_of(mask)
    assert len(set(parts)) == len(parts)
    assert {0, mask} <= set(parts)
    assert all(part & ~mask == 0 for part in parts)
    wanted = 2**size if size <= 8 else 2 + size + size * (size - 1) // 2
    assert len(parts) == wanted
