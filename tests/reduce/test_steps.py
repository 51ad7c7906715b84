"""Each step alone, on networks whose reduction is found by hand."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strainopt.errors import ModelError
from strainopt.lp.registry import backend
from strainopt.reduce.blocked import blocked_step, closed_step
from strainopt.reduce.coupled import coupled_step
from strainopt.reduce.directions import open_directions
from strainopt.reduce.exact import PRIME, exact_number, null_space, rational
from strainopt.reduce.irreversible import irreversible_step
from strainopt.reduce.parallel import parallel_step, stand_ins
from strainopt.reduce.pipeline import reduce_network
from strainopt.reduce.polytope import Polytope
from strainopt.reduce.rows import rows_step
from tests.reduce.random_networks import network_of


def chain() -> Polytope:
    """-> A; A -> 2 B; C <- B written backward; C ->: fluxes 1, 1, -2, 2 in one ratio."""
    columns = [{0: 1.0}, {0: -1.0, 1: 2.0}, {2: -1.0, 1: 1.0}, {2: -1.0}]
    return Polytope.of(network_of(columns, [0, 0, -30, -1000], [10, 1000, 1000, 1000]))


@given(st.integers(-(10**30), 10**30), st.integers(1, 10**30))
def test_a_fraction_is_read_back_from_its_residue(numerator, denominator):
    value = Fraction(numerator, denominator)
    assert rational(value.numerator * pow(value.denominator, -1, PRIME) % PRIME) == value


@given(st.integers(10**79, 10**90), st.integers(10**79, 10**90))
def test_a_fraction_too_long_to_be_certain_is_not_read_back(numerator, denominator):
    # two numbers below the prime that only chance would make the residue of a short fraction
    assert rational(numerator * pow(denominator, -1, PRIME) % PRIME) in (None, Fraction(numerator, denominator))


@settings(max_examples=20)
@given(st.integers(0, 10**6))
def test_lumps_of_long_decimals_hold_their_ratios(seed):
    # coefficients of sixteen digits: after five steps their product has more digits than can be told from chance
    source = np.random.default_rng(seed)
    made, used = 10.0 ** source.uniform(-3, 3, 12), 10.0 ** source.uniform(-3, 3, 12)
    columns = [{0: made[0]}, *({step - 1: -used[step - 1], step: made[step]} for step in range(1, 12)), {11: -used[11]}]
    chain = Polytope.of(network_of(columns, [0.0] * 13, [1000.0] * 13))
    flux = np.cumprod(np.concatenate([[1.0], made / used]))
    for lump in coupled_step(chain).expand:
        first, factor = lump[0]
        for column, other in lump[1:]:
            assert float(other / factor) == pytest.approx(flux[column] / flux[first], rel=1e-10)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (0.3333333333333333, Fraction(1, 3)),
        (0.1, Fraction(1, 10)),
        (0.000223, Fraction(223, 1000000)),
        (-2.0, Fraction(-2)),
        (0.33, Fraction(33, 100)),
        (59.810001, Fraction(59810001, 1000000)),
        (1e-9, Fraction(1, 10**9)),
    ],
)
def test_coefficients_are_the_numbers_the_author_meant(written, meant):
    assert exact_number(written) == meant


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6))
def test_null_vectors_and_rank(seed):
    source = np.random.default_rng(seed)
    dense = source.integers(-2, 3, size=(5, 7)) * (source.random((5, 7)) < 0.5)
    dense[4] = dense[0] - 2 * dense[1]
    columns = [{i: Fraction(int(dense[i, j])) for i in range(5) if dense[i, j]} for j in range(7)]
    space = null_space(columns)
    vector = space.random_vector(seed)
    assert all(sum(int(a) * v for a, v in zip(row, vector, strict=True)) % PRIME == 0 for row in dense)
    rank = int(np.linalg.matrix_rank(dense))
    assert len(space.independent_rows) == len(space.pivots) == rank
    assert len(space.free) == 7 - rank
    assert rank == 0 or np.linalg.matrix_rank(dense[list(space.independent_rows)]) == rank


def test_a_chain_becomes_one_column_in_the_scale_of_its_largest_flux():
    # The lump's flux is that of B -> C as written; the uptake's limit 10 is the tightest: 10 / 0.5 against 30.
    step = coupled_step(chain())
    assert step.n_after == 1
    assert dict(step.expand[0]) == {0: Fraction(-1, 2), 1: Fraction(-1, 2), 2: 1, 3: -1}
    assert (step.lower[0], step.upper[0]) == (-20.0, 0.0)
    np.testing.assert_array_equal(step.lift(np.array([-4.0])), [2, 2, -4, 4])
    np.testing.assert_array_equal(step.apply(np.array([2.0, 2, -4, 4])), [-4.0])
    np.testing.assert_array_equal(step.objective(np.array([1.0, 0, 0, 3])), [-3.5])
    np.testing.assert_array_equal(step.total_flux(np.ones(4)), [3.0])


def test_a_leader_gives_the_scale():
    step = coupled_step(chain(), leaders=[1, 2])
    assert dict(step.expand[0]) == {0: 1, 1: 1, 2: -2, 3: 2}
    assert (step.lower[0], step.upper[0]) == (0.0, 10.0)


def test_coupling_that_no_pair_of_neighbours_shows_is_found():
    # A and B have three reactions each, but the sum of both balances couples uptake and secretion.
    columns = [{0: 1.0}, {0: -1.0, 1: 1.0}, {0: 1.0, 1: -1.0}, {1: -1.0}]
    step = coupled_step(Polytope.of(network_of(columns, [0, 0, 0, 0], [9, 99, 99, 99])))
    assert [dict(pairs) for pairs in step.expand] == [{0: 1, 3: 1}, {1: 1}, {2: 1}]


def test_a_dead_end_leaves_and_a_forced_one_is_an_error():
    columns = [{0: 1.0}, {0: -1.0}, {0: -1.0, 1: 1.0}]
    step = coupled_step(Polytope.of(network_of(columns, [0, 0, 0], [9, 9, 9])))
    assert [dict(pairs) for pairs in step.expand] == [{0: 1, 1: 1}]
    with pytest.raises(ModelError, match="forced flux"):
        coupled_step(Polytope.of(network_of(columns, [0, 0, 1], [9, 9, 9])))


def test_coupled_bounds_that_contradict_each_other_are_an_error():
    columns = [{0: 1.0}, {0: -1.0}]
    with pytest.raises(ModelError, match="one ratio"):
        coupled_step(Polytope.of(network_of(columns, [0, 5], [4, 9])))


def branched() -> Polytope:
    """Growth takes A at 1 or more, of 10 taken up: three routes A <-> B, B ->, of which one is closed."""
    columns = [{0: -1.0}, {1: -1.0}, {0: 1.0}, {0: -1.0, 1: 1.0}, {0: -2.0, 1: 2.0}, {0: -1.0, 1: 1.0}]
    return Polytope.of(network_of(columns, [0, 0, 0, -1000, 0, 0], [1000, 1000, 10, 1000, 1000, 0]))


def test_directions_signs_and_closed_columns():
    polytope = branched()
    assert [pairs[0][0] for pairs in closed_step(polytope).expand] == [0, 1, 2, 3, 4]
    # At a floor of 10 all that is taken up must become biomass: nothing leaves as B, but A -> B -> A may turn.
    found = open_directions(polytope, biomass=0, growth_floor=10.0, solver=backend("glpk"))
    np.testing.assert_array_equal(found.forward, [True, False, True, False, True, False])
    np.testing.assert_array_equal(found.backward, [False, False, False, True, False, False])
    step = irreversible_step(polytope, found)
    np.testing.assert_array_equal(step.lower, [0, 0, 0, -1000, 0, 0])
    np.testing.assert_array_equal(step.upper, [1000, 0, 10, 0, 1000, 0])
    assert [pairs[0][0] for pairs in blocked_step(polytope, found).expand] == [0, 2, 3, 4]
    with pytest.raises(ModelError, match="grows at 11"):
        open_directions(polytope, biomass=0, growth_floor=11.0, solver=backend("glpk"))


def test_a_parallel_column_leaves_only_where_the_other_can_carry_all_and_is_no_candidate():
    polytope, ones = branched(), np.ones(6)
    assert stand_ins(polytope, protected={0, 1}, closable={3, 4, 5}, weights=ones) == ()
    # Column 4 makes 2 B per unit of flux: half the total flux, so it stands in for 3, never the other way round.
    found = stand_ins(polytope, protected={0, 1}, closable=(), weights=ones)
    assert [(stand.kept, stand.gone, stand.ratio) for stand in found] == [
        (4, 3, Fraction(1, 2)),
        (4, 5, Fraction(1, 2)),
    ]
    # Net flux runs only from A to B, since nothing else makes B, so column 4's bounds hold the total.
    step = parallel_step(polytope, found, biomass=0, growth_floor=1.0, solver=backend("glpk"))
    assert [pairs[0][0] for pairs in step.expand] == [0, 1, 2, 4]
    np.testing.assert_array_equal(step.apply(np.array([1.0, 9, 10, -5, 7, 0])), [1, 9, 10, 4.5])
    tight = polytope.with_bounds(polytope.lower, np.array([1000, 1000, 10, 1000, 4, 0.0]))
    # Nine units of B in two per unit of flux make 4.5, above column 4's bound, so only the closed column leaves.
    step = parallel_step(tight, found, biomass=0, growth_floor=1.0, solver=backend("glpk"))
    assert [pairs[0][0] for pairs in step.expand] == [0, 1, 2, 3, 4]


def test_repeated_mass_balances_leave():
    columns = [{0: 1.0, 1: -1.0, 2: 3.0}, {0: -1.0, 1: 1.0, 2: -3.0}, {2: 1.0}, {2: -1.0}]
    polytope = Polytope.of(network_of(columns, [0] * 4, [9] * 4))
    after = polytope.after(rows_step(polytope))
    assert len(after.used_rows) == 2
    assert np.linalg.matrix_rank(after.matrix.toarray()) == 2


def test_no_growth_is_an_error():
    columns = [{0: -1.0, 1: -1.0}, {0: -1.0}, {0: 1.0}]
    with pytest.raises(ModelError, match="biomass reaction can carry no flux"):
        reduce_network(network_of(columns, [0, 0, 0], [9, 9, 9]), biomass=0, growth_floor=0.1)
    columns = [{0: -1.0}, {0: -1.0}, {0: 1.0}]
    with pytest.raises(ModelError, match=r"grows at 9\.5"):
        reduce_network(network_of(columns, [0, 0, 0], [10, 9, 9]), biomass=0, growth_floor=9.5)
    # A fixed uptake is met: growth 9 exactly is enough.
    assert reduce_network(network_of(columns, [0, 0, 0], [9, 9, 9]), biomass=0, growth_floor=9.0).shape[1] == 1
