"""What no design beats at any cost: against every set, and as a shortcut of the search that loses nothing."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strainopt.bilevel.problem import Method
from strainopt.search.benders import anycost, engine
from strainopt.search.benders.anycost import at_any_cost
from strainopt.search.benders.engine import solve_benders
from strainopt.search.enumerate import enumerate_designs
from strainopt.search.evaluate import Evaluator
from strainopt.search.outcome import Limits
from strainopt.tolerances import IMPROVEMENT
from tests.search.fermenters import fermenter
from tests.search.test_benders import agree

SEEDS = st.integers(min_value=0, max_value=10**6)
METHODS = st.sampled_from([Method.OPTKNOCK, Method.ROBUSTKNOCK, Method.PESSIMISTIC, Method.PFBA, Method.STRONG])


def ask(problem, *, floor=None):
    scale = problem.product_scale
    return at_any_cost(
        problem,
        floor=1e-4 * scale if floor is None else floor,
        improved=lambda value: value + 0.5 * IMPROVEMENT * abs(value) + 1e-7 * scale,
        limits=Limits(seed=1),
        check=lambda: None,
    )


@settings(max_examples=25)
@given(seed=SEEDS, method=METHODS, genes=st.booleans())
def test_the_bound_holds_for_every_set(seed, method, genes):
    problem = fermenter(seed, method=method, genes=genes, max_cost=99.0)
    if problem is None:
        return
    best = max((one.value for one in enumerate_designs(problem, limits=Limits()).designs), default=0.0)
    seen = ask(problem)
    assert seen.bound >= best - 1e-7 * problem.product_scale
    if not genes:
        # each column has a candidate of its own: nothing is relaxed but the cost, which does not matter
        assert (
            seen.bound <= max(best * (1.0 + IMPROVEMENT), 1e-4 * problem.product_scale) + 1e-6 * problem.product_scale
        )
        for chosen in seen.sets[:1]:
            assert Evaluator(problem).evaluate(chosen).value == pytest.approx(best, rel=IMPROVEMENT)


@settings(max_examples=20)
@given(seed=SEEDS, method=METHODS, genes=st.booleans())
def test_the_search_with_it_equals_enumeration_whatever_the_budget(seed, method, genes):
    problem = fermenter(seed, method=method, genes=genes, max_cost=99.0)
    if problem is not None:
        agree(problem)


@pytest.mark.parametrize("method", [Method.OPTKNOCK, Method.ROBUSTKNOCK])
def test_what_cannot_be_afforded_is_not_given(method, monkeypatch):
    monkeypatch.setattr(engine, "SMALL_BUDGET", 0)
    dearer = 0
    for seed in range(30):
        problem = fermenter(seed, method=method, genes=True, costs=True, max_cost=2.0)
        if problem is None:
            continue
        found, referee = agree(problem)
        best = referee.designs[0].value if referee.designs else 0.0
        dearer += ask(problem).bound > 1.01 * best + 0.01 * problem.product_scale
        assert all(sum(problem.costs[c] for c in one.deleted) <= 2.0 for one in found.designs)
    assert dearer > 3


def test_giving_up_proves_nothing(monkeypatch):
    monkeypatch.setattr(anycost, "MOST_LPS", 0)
    problem = next(p for p in (fermenter(s, method=Method.ROBUSTKNOCK, max_cost=99.0) for s in range(50)) if p)
    seen = ask(problem)
    assert seen.bound == math.inf
    agree(problem)


def test_a_value_above_all_is_confirmed_at_once():
    problem = next(p for p in (fermenter(s, method=Method.OPTKNOCK, max_cost=99.0) for s in range(50)) if p)
    best = solve_benders(problem, limits=Limits()).designs[0].value
    seen = ask(problem, floor=best * (1.0 + IMPROVEMENT))
    assert seen.bound == best * (1.0 + IMPROVEMENT)
    assert seen.sets == ()
