"""A narrowed column and its rests run through exactly the bounds that the chosen candidates leave."""

from __future__ import annotations

import itertools
import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from strainopt.bilevel.problem import Leaf, holds
from strainopt.design.narrowing import Capacity, Narrow, with_rests

ends = st.sampled_from([0.0, 0.5, 1.0, 2.0, 5.0, math.inf])


def capacity(lower, upper, intact):
    known = np.array([max(lower, -5.0)]), np.array([min(upper, 5.0)])
    return Capacity(np.array([lower]), np.array([upper]), *known, intact, np.array([3]))


def interval(made, chosen):
    """Least and most of the sum of all open columns; None if a closed one is forced."""
    low = high = 0.0
    for column in range(len(made.lower)):
        open_ = column not in made.intact or holds(made.intact[column], chosen)
        if open_:
            low, high = low + made.lower[column], high + made.upper[column]
        elif made.lower[column] > 0.0 or made.upper[column] < 0.0:
            return None
    return low, high


@settings(max_examples=200, deadline=None)
@given(lower=ends, upper=ends, bounds=st.lists(st.tuples(ends, ends), min_size=1, max_size=3), closable=st.booleans())
def test_sums_run_through_the_bounds_that_are_left(lower, upper, bounds, closable):
    narrows = [Narrow(number, 0, max(-low, -lower), min(high, upper)) for number, (low, high) in enumerate(bounds)]
    intact = {0: Leaf(len(bounds))} if closable else {}
    made = with_rests(capacity(-lower, upper, intact), narrows)
    assert np.isfinite([made.lower, made.upper]).all()
    assert (made.source == 3).all()
    for size in range(len(bounds) + 1):
        for chosen in map(frozenset, itertools.combinations(range(len(bounds)), size)):
            wanted = [
                max([-lower, *(narrows[c].lower for c in chosen)]),
                min([upper, *(narrows[c].upper for c in chosen)]),
            ]
            got = interval(made, chosen)
            assert got is not None
            # a missing bound becomes one that no state which matters reaches
            for mine, theirs, reach in zip(got, wanted, (-5.0, 5.0), strict=True):
                assert mine == theirs or (math.isinf(theirs) and abs(mine) > abs(reach))
    if closable:
        assert interval(made, frozenset({len(bounds)})) == (0.0, 0.0)


def test_a_forced_flux_stays_forced():
    made = with_rests(capacity(1.0, 10.0, {}), [Narrow(0, 0, 1.0, 3.0)])
    assert interval(made, frozenset()) == (1.0, 10.0)
    assert interval(made, frozenset({0})) == (1.0, 3.0)


def test_columns_that_nothing_narrows_stay_as_they_are():
    before = capacity(-2.0, 4.0, {0: Leaf(0)})
    made = with_rests(before, [])
    np.testing.assert_array_equal(made.lower, before.lower)
    np.testing.assert_array_equal(made.upper, before.upper)
    assert made.intact == before.intact
