"""Moves say exactly which sets of candidates close a column, and a search over them says what brute force says."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strainopt.bilevel.problem import AllIntact, AnyIntact, Leaf, Method, holds
from strainopt.search.benders import engine, moves
from strainopt.search.benders.clauses import bits, mask_of
from strainopt.search.benders.moves import moves_of
from strainopt.search.enumerate import enumerate_designs
from strainopt.search.outcome import Limits
from tests.search.fermenters import fermenter

N = 6
RULES = st.recursive(
    st.integers(0, N - 1).map(Leaf),
    lambda parts: st.one_of(
        st.lists(parts, min_size=1, max_size=3).map(lambda p: AllIntact(tuple(p))),
        st.lists(parts, min_size=1, max_size=3).map(lambda p: AnyIntact(tuple(p))),
    ),
    max_leaves=7,
)
SETS = [frozenset(s) for size in range(N + 1) for s in itertools.combinations(range(N), size)]


@settings(max_examples=60, deadline=None)
@given(intact=st.dictionaries(st.integers(0, 9), RULES, min_size=1, max_size=5), most=st.integers(1, 4))
def test_a_set_closes_a_column_exactly_if_it_contains_one_of_its_moves(intact, most) -> None:
    known = moves_of(intact, N, most=most)
    for chosen in (one for one in SETS if len(one) <= most):
        mask = mask_of(chosen)
        within = known.within(mask)
        assert sorted(within) == [m for m, candidates in enumerate(known.candidates) if candidates & ~mask == 0]
        for column, rule in intact.items():
            flux = np.zeros(10)
            flux[column] = 1.0
            assert any(known.of(flux, 0) >> move & 1 for move in within) == (not holds(rule, chosen))


@settings(max_examples=60, deadline=None)
@given(intact=st.dictionaries(st.integers(0, 9), RULES, min_size=1, max_size=5), most=st.integers(1, 4))
def test_no_move_of_a_column_contains_another_or_is_too_large(intact, most) -> None:
    known = moves_of(intact, N, most=most)
    for closing in known.closing.values():
        masks = [known.candidates[move] for move in bits(closing)]
        assert all(mask.bit_count() <= most for mask in masks)
        assert not any(one & ~other == 0 for one, other in itertools.permutations(masks, 2))


def test_moves_by_hand() -> None:
    # (a or b) and c is stopped by c, or by a and b together; d and d or c by c with d
    rule = AllIntact((AnyIntact((Leaf(0), Leaf(1))), Leaf(2)))
    other = AnyIntact((AllIntact((Leaf(3), Leaf(3))), Leaf(2)))
    known = moves_of({4: rule, 7: other}, 4, most=2)
    assert [set(bits(one)) for one in known.candidates] == [{0}, {1}, {2}, {3}, {0, 1}, {2, 3}]
    assert {column: set(bits(mask)) for column, mask in known.closing.items()} == {4: {2, 4}, 7: {5}}
    assert moves_of({4: rule}, 3, most=1).single


@pytest.mark.parametrize("most_moves", [0, moves.MOST_MOVES])
@pytest.mark.parametrize("method", [Method.OPTKNOCK, Method.ROBUSTKNOCK])
@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 10**6), costs=st.booleans())
def test_search_over_moves_equals_enumeration(most_moves, method, seed, costs) -> None:
    """Up to four genes of costs 1 and 2, with the moves listed, and with too many of them to be listed."""
    problem = fermenter(seed, method=method, genes=True, costs=costs, max_cost=4.0)
    if problem is None:
        return
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(moves, "MOST_MOVES", most_moves)
        found = engine.solve_benders(problem, limits=Limits())
    referee = enumerate_designs(problem, limits=Limits())
    assert found.status is referee.status
    if referee.designs:
        assert found.designs[0].value == pytest.approx(referee.designs[0].value, rel=1e-4)
