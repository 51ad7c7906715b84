"""The proof search against the referee that evaluates every set."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strainopt.bilevel.problem import Leaf, Method, Ties
from strainopt.errors import SolverError
from strainopt.search.benders.engine import solve_benders
from strainopt.search.benders.oracle import Oracle
from strainopt.search.enumerate import enumerate_designs
from strainopt.search.evaluate import Evaluator
from strainopt.search.outcome import Limits, SearchStatus
from tests.bilevel.networks import random_problem
from tests.search.fermenters import fermenter

SEEDS = st.integers(min_value=0, max_value=10**6)


def agree(problem, *, seed: int = 0):
    """Both engines on one problem: same verdict, same value to half of 1e-4, an honest bound, a true claim."""
    found = solve_benders(problem, limits=Limits(seed=seed))
    referee = enumerate_designs(problem, limits=Limits())
    scale = problem.value_scale
    assert found.status is referee.status
    best = referee.designs[0].value if referee.designs else 0.0
    claimed = found.designs[0].value if found.designs else 0.0
    assert abs(claimed - best) <= max(1e-4 * abs(best), 2e-6 * scale)
    assert found.bound >= best - 1e-9 * scale
    if found.designs:
        assert Evaluator(problem).evaluate(found.designs[0].deleted).value == pytest.approx(claimed, abs=1e-7 * scale)
        assert sum(problem.costs[i] for i in found.designs[0].deleted) <= problem.max_cost
    return found, referee


@pytest.mark.parametrize("genes", [False, True])
@pytest.mark.parametrize("method", Method)
@settings(max_examples=20, deadline=None)
@given(seed=SEEDS)
def test_equals_enumeration(method, genes, seed):
    problem = fermenter(seed, method=method, genes=genes)
    if problem is not None:
        agree(problem, seed=seed % 7)


@settings(max_examples=20, deadline=None)
@given(seed=SEEDS, method=st.sampled_from(list(Method)), genes=st.booleans())
def test_equals_enumeration_on_cycles_and_blocked_columns(seed, method, genes):
    problem = random_problem(seed, method=method, genes=genes, max_cost=3)
    if problem is not None:
        agree(problem)


@settings(max_examples=20, deadline=None)
@given(seed=SEEDS, method=st.sampled_from(list(Method)), genes=st.booleans())
def test_equals_enumeration_with_costs_and_excluded_sets(seed, method, genes):
    problem = fermenter(seed, method=method, genes=genes, costs=True)
    if problem is not None:
        agree(replace(problem, excluded_sets=(frozenset({0}), frozenset({1, 2}))))


@settings(max_examples=20, deadline=None)
@given(seed=SEEDS, genes=st.booleans())
def test_equals_enumeration_where_ties_are_for_us(seed, genes):
    problem = fermenter(seed, method=Method.PFBA, genes=genes, ties=Ties.OPTIMISTIC)
    if problem is not None:
        agree(problem)


@settings(max_examples=30, deadline=None)
@given(seed=SEEDS, method=st.sampled_from(list(Method)), units=st.sampled_from([1e-3, 1.0, 1e3]))
def test_equals_enumeration_on_badly_scaled_networks(seed, method, units):
    problem = fermenter(seed, method=method, badly_scaled=True, units=units)
    if problem is not None:
        agree(problem)


def test_the_targets_own_column_as_candidate():
    # deleting it closes the product; opening it again after a program must not lift the row that caps the product
    for seed in range(12):
        problem = fermenter(seed, method=Method.ROBUSTKNOCK)
        if problem is None:
            continue
        target = int(np.flatnonzero(problem.product)[0])
        extended = replace(
            problem,
            intact={**problem.intact, target: Leaf(problem.n_candidates)},
            costs=np.append(problem.costs, 1.0),
            names=(*problem.names, "target"),
        )
        with_target, _ = agree(extended)
        without, _ = agree(problem)
        assert [one.value for one in with_target.designs] == pytest.approx([one.value for one in without.designs])


def test_lethal_single_deletions_are_found_once():
    # each lethal single is learned once and never part of a set that is asked about afterwards
    for seed in range(20):
        problem = fermenter(seed, method=Method.ROBUSTKNOCK)
        if problem is None:
            continue
        found, _ = agree(problem)
        n = problem.n_candidates
        phases = 4
        assert found.statistics["lethal"] <= phases * (n + n * (n - 1) // 2)


def test_a_near_tie_is_not_lethal():
    # Two routes differ in growth by less than any margin: refusing the set {slow route closed} must leave its
    # supersets alive, and one of them is the optimum.
    problem = near_tie()
    evaluator = Evaluator(problem)
    assert evaluator.evaluate(frozenset({0})).value < 1e-6
    best = evaluator.evaluate(frozenset({0, 1}))
    assert best.viable
    assert best.value == pytest.approx(10.0, rel=1e-6)
    found, _ = agree(problem)
    assert found.designs[0].deleted == frozenset({0, 1})


def near_tie():
    """Sugar to biomass by three routes: waste, nearly as good waste, product; each carries 10, growth tied to 1e-10."""
    base = fermenter(1, method=Method.OPTKNOCK) or fermenter(2, method=Method.OPTKNOCK)
    from scipy import sparse

    #              uptake  fast   near          making  growth  product waste
    matrix = [
        [1.0, -1.0, -1.0, -1.0, 0.0, 0.0, 0.0],
        [0.0, 1.0, 1.0 - 1e-10, 1.0 - 2e-10, -1.0, 0.0, 0.0],
        [0.0, 0.0, 0.0, 1.0, 0.0, -1.0, 0.0],
        [0.0, 1.0, 1.0, 0.0, 0.0, 0.0, -1.0],
    ]
    n = 7
    unit = np.eye(n)
    return replace(
        base,
        matrix=sparse.csc_array(np.array(matrix)),
        lower=np.zeros(n),
        upper=np.array([10.0, *[1000.0] * 6]),
        growth=unit[4],
        product=unit[5],
        intact={1: Leaf(0), 2: Leaf(1), 3: Leaf(2)},
        costs=np.ones(3),
        names=("fast", "near", "making"),
        max_cost=2.0,
        min_growth=0.5,
        method=Method.ROBUSTKNOCK,
        product_scale=10.0,
        flux_weights=np.ones(n),
        range_lower=np.zeros(n),
        range_upper=np.array([10.0] * 7),
    )


def test_a_floor_asks_only_for_something_better():
    problem = next(p for p in (fermenter(s, method=Method.ROBUSTKNOCK) for s in range(50)) if p and agree(p)[0].designs)
    best = solve_benders(problem, limits=Limits()).designs[0]
    again = solve_benders(problem, limits=Limits(), floor=best.value)
    assert again.status is SearchStatus.INFEASIBLE
    assert not again.designs
    hinted = solve_benders(problem, limits=Limits(), start=(best.deleted,), floor=0.9 * best.value)
    assert hinted.designs[0].value == pytest.approx(best.value, rel=1e-4)
    lower = solve_benders(problem, limits=Limits(), floor=0.5 * best.value)
    assert lower.designs[0].value == pytest.approx(best.value, rel=1e-4)


def test_several_designs_as_the_referee_ranks_them():
    compared = 0
    for seed in range(30):
        problem = fermenter(seed, method=Method.ROBUSTKNOCK)
        if problem is None:
            continue
        ours = solve_benders(problem, limits=Limits(), designs=3)
        theirs = enumerate_designs(problem, limits=Limits(), designs=3)
        if len(theirs.designs) < 2:
            continue
        compared += 1
        # equal values may be reached by other sets, and then exclude others; the best two are always comparable
        assert ours.designs[0].value == pytest.approx(theirs.designs[0].value, rel=1e-4)
        for place, one in enumerate(ours.designs):
            assert not any(before.deleted <= one.deleted for before in ours.designs[:place])
            assert place == 0 or one.value <= ours.designs[place - 1].value * (1 + 1e-4)
    assert compared > 3


def test_same_seed_same_answer():
    problem = next(p for p in (fermenter(s, method=Method.OPTKNOCK, genes=True) for s in range(9)) if p)
    first, second = (solve_benders(problem, limits=Limits(seed=3)) for _ in range(2))
    assert (first.designs, first.lps, first.rounds) == (second.designs, second.lps, second.rounds)


def test_stopping_keeps_what_was_found_and_an_honest_bound():
    problem = next(p for p in (fermenter(s, method=Method.ROBUSTKNOCK) for s in range(50)) if p and agree(p)[0].designs)
    best = solve_benders(problem, limits=Limits()).designs[0].value
    late = solve_benders(problem, limits=Limits(deadline=time.monotonic() - 1.0))
    assert late.status is SearchStatus.TIME_LIMIT
    assert late.bound >= best
    asked = iter(range(10**9))
    for patience in (0, 3, 10, 40):
        heard = []
        asked = iter(range(10**9))
        limits = Limits(stop=lambda asked=asked, patience=patience: next(asked) >= patience, on_found=heard.append)
        stopped = solve_benders(problem, limits=limits)
        if stopped.status is SearchStatus.OPTIMAL:
            break
        assert stopped.status is SearchStatus.INTERRUPTED
        assert stopped.bound >= best - 1e-9
        if heard:
            assert stopped.designs[0].value == max(one.value for one in heard)


def test_forced_flux_cannot_be_deleted():
    problem = near_tie()
    lower = problem.lower.copy()
    lower[3] = 0.5
    found, referee = agree(replace(problem, lower=lower))
    assert all(2 not in one.deleted for one in (*found.designs, *referee.designs))


@pytest.mark.parametrize("method", Method)
def test_a_witness_that_is_silent_at_its_own_set_costs_an_evaluation_and_no_answer(monkeypatch, method):
    """What rounding may do to one is done here to all: the tree once would have asked for ever."""
    monkeypatch.setattr(Oracle, "_learn_witness", lambda *_: True)
    evaluated = 0
    for seed in range(4):
        problem = fermenter(seed, method=method, max_cost=2.0)
        if problem is not None:
            found, _ = agree(problem)
            evaluated += found.statistics["exact"]
    assert evaluated > 10


def test_a_set_of_which_nothing_is_learned_ends_the_search(monkeypatch):
    monkeypatch.setattr(Oracle, "_learn_witness", lambda *_: True)
    monkeypatch.setattr(Oracle, "_exact", lambda *_: True)
    with pytest.raises(SolverError, match="learns nothing from a set"):
        solve_benders(fermenter(0, method=Method.ROBUSTKNOCK), limits=Limits())
