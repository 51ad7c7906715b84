"""Weights lean towards what few witnesses use, cost nothing where nothing is closed, and stay positive."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strainopt.bilevel.problem import Method, open_without
from strainopt.search.benders.weights import COUNTED_EVERY, Weights
from tests.search.fermenters import fermenter

COLUMNS = np.array([0, 1, 2, 1])


def weights() -> Weights:
    return Weights(COLUMNS, 3, generator=np.random.default_rng(1))


def typical(made: Weights) -> np.ndarray:
    """The median weight of each place."""
    return np.exp(np.median([np.log(made.all()) for _ in range(4000)], axis=0))


def test_before_any_witness_all_places_weigh_alike() -> None:
    assert np.log(typical(weights())) == pytest.approx(0.0, abs=0.5)


def test_what_most_witnesses_use_weighs_more_both_ways_of_a_flux_alike() -> None:
    made = weights()
    for number in range(COUNTED_EVERY):
        made.used(np.array([0.0, -2.0, 1e-9 if number % 2 else 0.0]))
    seldom, forwards, half, backwards = np.log(typical(made))
    assert seldom + 3.0 < half < forwards - 1.0
    assert forwards == pytest.approx(backwards, abs=0.5)


def test_what_is_free_weighs_next_to_nothing_until_it_is_not() -> None:
    made = weights()
    made.set_free(np.array([1]))
    free = typical(made)
    assert max(free[1], free[3]) < 1e-2 * min(free[0], free[2])
    assert np.all(free > 0.0)
    made.set_free(np.array([0]))
    other = typical(made)
    assert other[0] < 1e-2 * other[1]


def test_some_are_drawn_anew_and_the_seed_says_which() -> None:
    first, second = weights(), weights()
    drawn = [first.some() for _ in range(300)]
    again = [second.some() for _ in range(300)]
    assert all(np.array_equal(a, b) and np.array_equal(u, v) for (a, u), (b, v) in zip(drawn, again, strict=True))
    count = sum(len(places) for places, _ in drawn) / 300
    assert 0 < count < len(COLUMNS)
    assert {place for places, _ in drawn for place in places.tolist()} == set(range(len(COLUMNS)))


@settings(max_examples=40)
@given(seed=st.integers(min_value=0, max_value=10**6), genes=st.booleans(), spared=st.integers(0, 255))
def test_columns_are_open_without_candidates_if_no_set_of_the_others_closes_them(seed, genes, spared) -> None:
    problem = fermenter(seed, method=Method.ROBUSTKNOCK, genes=genes)
    if problem is None:
        return
    n = problem.n_candidates
    without = frozenset(one for one in range(n) if spared >> one & 1)
    others = [one for one in range(n) if one not in without]
    closed: set[int] = set()
    for size in range(min(len(others), 4) + 1):
        for chosen in combinations(others, size):
            closed |= set(problem.closed_columns(frozenset(chosen)).tolist())
    said = set(open_without(problem.intact, n, without).tolist())
    assert said & closed == set()
    if len(others) <= 4:
        assert said == set(problem.intact) - closed
