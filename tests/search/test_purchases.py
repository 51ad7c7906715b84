"""Knock-ins, forced and costed candidates: every engine against the brute force of `tests.bilevel.referee`."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strainopt.bilevel.problem import AllIntact, AnyIntact, Bought, Leaf, Method
from strainopt.errors import UsageError
from strainopt.search import purchases
from strainopt.search.enumerate import enumerate_designs
from strainopt.search.evaluate import Evaluator
from strainopt.search.milp import solve_milp
from strainopt.search.outcome import Limits, SearchStatus
from strainopt.search.purchases import deletions_only, solve_with_purchases
from tests.bilevel.referee import value
from tests.search.fermenters import fermenter

SEEDS = st.integers(min_value=0, max_value=10**6)


def with_knock_ins(rule, bought):
    """The tree with these candidates turned into knock-ins."""
    if isinstance(rule, Leaf):
        return Bought(rule.candidate) if rule.candidate in bought else rule
    return replace(rule, parts=tuple(with_knock_ins(part, bought) for part in rule.parts))


def mixed(seed, *, method, genes=False, force=False):
    """A fermenter some of whose candidates are knock-ins, one of them forced if asked; None where it cannot grow."""
    problem = fermenter(seed, method=method, genes=genes, costs=True, max_cost=3.5)
    if problem is None:
        return None
    rng = np.random.default_rng(seed + 1)
    count = problem.n_candidates
    bought = {int(c) for c in rng.choice(count, size=int(rng.integers(1, 4)), replace=False)}
    forced = frozenset({int(rng.integers(count))}) if force else frozenset()
    intact = {column: with_knock_ins(rule, bought) for column, rule in problem.intact.items()}
    return replace(problem, intact=intact, forced=forced)


def brute_force(problem):
    """Best value of any affordable set with the forced ones; -inf if none is viable."""
    best = -math.inf
    for size in range(problem.n_candidates + 1):
        for chosen in map(frozenset, itertools.combinations(range(problem.n_candidates), size)):
            if problem.forced <= chosen and sum(problem.costs[c] for c in chosen) <= problem.max_cost + 1e-9:
                found = value(problem, chosen)
                best = best if found is None else max(best, found)
    return best


def agree(problem, outcome):
    """The outcome's value is that of brute force, its set affordable and worth what it says."""
    best, scale = brute_force(problem), problem.value_scale
    if best <= 2e-4 * scale:
        assert not outcome.designs or outcome.designs[0].value <= 3e-4 * scale
        return
    assert outcome.status is SearchStatus.OPTIMAL
    design = outcome.designs[0]
    assert design.value == pytest.approx(best, abs=1.5e-4 * scale + 1e-5)
    assert outcome.bound >= best - 1e-6 * scale
    assert problem.forced <= design.deleted
    assert sum(problem.costs[c] for c in design.deleted) <= problem.max_cost
    assert Evaluator(problem).evaluate(design.deleted).value == pytest.approx(design.value, abs=1e-9 * scale)


@pytest.mark.parametrize("force", [False, True])
@pytest.mark.parametrize("genes", [False, True])
@pytest.mark.parametrize("method", Method)
@settings(max_examples=4, deadline=None)
@given(seed=SEEDS)
def test_the_searches_equal_brute_force(method, genes, force, seed):
    problem = mixed(seed, method=method, genes=genes, force=force)
    if problem is not None:
        agree(problem, enumerate_designs(problem, limits=Limits()))
        agree(problem, solve_with_purchases(problem, limits=Limits(seed=seed % 5)))


@pytest.mark.parametrize("method", Method)
@settings(max_examples=3, deadline=None)
@given(seed=SEEDS, force=st.booleans())
def test_the_mixed_integer_programs_equal_brute_force(method, seed, force):
    problem = mixed(seed, method=method, force=force)
    if problem is not None:
        agree(problem, solve_milp(problem, limits=Limits()))


@settings(max_examples=40, deadline=None)
@given(seed=SEEDS, genes=st.booleans())
def test_a_bundle_closes_the_columns_that_the_whole_problem_closes(seed, genes):
    problem = mixed(seed, method=Method.OPTKNOCK, genes=genes, force=True)
    if problem is None:
        return
    for size in range(len(problem.knock_ins) + 1):
        for bundle in map(frozenset, itertools.combinations(sorted(problem.knock_ins), size)):
            case = deletions_only(problem, bundle | (problem.forced & problem.knock_ins))
            if case is None:
                continue
            for part in itertools.combinations(range(len(case.members)), 2):
                whole = case.fixed | {case.members[i] for i in part}
                shut = np.flatnonzero((case.problem.lower == 0.0) & (case.problem.upper == 0.0))
                closed = set(case.problem.closed_columns(frozenset(part))) | set(shut)
                assert closed == set(problem.closed_columns(whole)) | set(
                    np.flatnonzero((problem.lower == 0.0) & (problem.upper == 0.0))
                )
                assert case.part(whole) == frozenset(part)


def test_an_excluded_set_with_a_knock_in_binds_only_where_it_is_bought():
    problem = next(filter(None, (mixed(seed, method=Method.OPTKNOCK) for seed in range(9))))
    bought, other = min(problem.knock_ins), min(set(range(problem.n_candidates)) - problem.knock_ins)
    asked = replace(problem, excluded_sets=(frozenset({bought, other}),))
    without, with_it = deletions_only(asked, frozenset()), deletions_only(asked, frozenset({bought}))
    assert without is not None
    assert with_it is not None
    assert without.problem.excluded_sets == ()
    assert with_it.problem.excluded_sets == (frozenset({with_it.members.index(other)}),)


def test_trees_with_nothing_left_to_decide_disappear():
    problem = next(filter(None, (mixed(seed, method=Method.OPTKNOCK) for seed in range(9))))
    column = min(problem.intact)
    bought = min(problem.knock_ins)
    either = AnyIntact((Bought(bought), AllIntact((Leaf(0), Leaf(1)))))
    asked = replace(problem, intact={**problem.intact, column: either})
    case = deletions_only(asked, frozenset({bought}))
    assert case is not None
    assert column not in case.problem.intact


def test_forced_candidates_beyond_the_budget_leave_no_design():
    problem = next(filter(None, (mixed(seed, method=Method.OPTKNOCK) for seed in range(9))))
    asked = replace(problem, forced=frozenset(range(problem.n_candidates)), max_cost=1.0)
    for outcome in (solve_with_purchases(asked, limits=Limits()), enumerate_designs(asked, limits=Limits())):
        assert outcome.status is SearchStatus.INFEASIBLE
        assert outcome.designs == ()


def test_too_many_bundles_are_refused(monkeypatch):
    monkeypatch.setattr(purchases, "MOST_BUNDLES", 1)
    problem = next(filter(None, (mixed(seed, method=Method.OPTKNOCK) for seed in range(9))))
    with pytest.raises(UsageError, match="knock-ins"):
        solve_with_purchases(problem, limits=Limits())


def test_a_stop_leaves_an_honest_bound():
    problem = next(filter(None, (mixed(seed, method=Method.OPTKNOCK) for seed in range(9))))
    outcome = solve_with_purchases(problem, limits=Limits(stop=lambda: True))
    assert outcome.status is SearchStatus.INTERRUPTED
    assert outcome.bound >= brute_force(problem) - 1e-6
