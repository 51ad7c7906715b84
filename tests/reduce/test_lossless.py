"""Reduction loses no state, no design and no total flux: random networks against plain linear programs."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from strainopt.reduce.pipeline import reduce_network
from tests.reduce.random_networks import BIOMASS, TARGET, networks
from tests.reduce.referee import Polyhedron, full, lumped

many = settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)


def near(value: float) -> object:
    return pytest.approx(value, rel=1e-6, abs=1e-6)


def growing(network) -> float:
    """Half of the largest growth, as the floor; skips networks that cannot grow."""
    best, _ = full(network, BIOMASS, TARGET).most(np.eye(network.shape[1])[BIOMASS])
    assume(best > 1e-3)
    return 0.5 * best


def compare_mutant(before: Polyhedron, after: Polyhedron, floor: float) -> None:
    """Same growth, same product range at most growth, same least total flux; or too slow on both sides."""
    growth, _ = before.most(before.growth)
    lumped_growth, _ = after.most(after.growth)
    if growth < floor * (1 - 1e-6):
        assert lumped_growth < floor * (1 - 1e-7)
        return
    if growth < floor * (1 + 1e-6):
        return
    assert lumped_growth == near(growth)
    # The same slack on both sides makes the two ranges the same number even where they are steep.
    level = growth * (1 - 1e-7)
    for sign in (1.0, -1.0):
        expected, _ = before.most(sign * before.product, least_growth=level)
        assert after.most(sign * after.product, least_growth=level)[0] == near(expected)
    assert after.least_total_flux(level) == near(before.least_total_flux(level))


@many
@given(networks(), st.data())
def test_fluxes_go_down_and_up(network, data):
    floor = growing(network)
    reduced = reduce_network(network, biomass=BIOMASS, growth_floor=floor, protected=[TARGET])
    before, after = full(network, BIOMASS, TARGET), lumped(reduced, network, BIOMASS, TARGET)
    for seed in range(4):
        source = np.random.default_rng(seed)
        _, state = before.most(source.normal(size=network.shape[1]), least_growth=floor)
        np.testing.assert_allclose(reduced.lift(reduced.apply(state)), state, atol=1e-6)
        _, small = after.most(source.normal(size=reduced.shape[1]), least_growth=floor)
        lifted = reduced.lift(small)
        np.testing.assert_allclose(reduced.apply(lifted), small, atol=1e-7)
        np.testing.assert_allclose(before.matrix @ lifted, 0, atol=1e-6)
        assert np.all(lifted >= before.lower - 1e-6)
        assert np.all(lifted <= before.upper + 1e-6)
        coefficients = source.normal(size=network.shape[1])
        assert reduced.objective(coefficients) @ small == near(coefficients @ lifted)
        assert reduced.weights @ abs(small) == near(abs(lifted).sum())
    assert np.linalg.matrix_rank(after.matrix) == after.matrix.shape[0]
    assert reduced.lift(np.eye(reduced.shape[1])[reduced.biomass])[BIOMASS] == 1.0


@pytest.mark.parametrize("deadline", [math.inf, 0.0], ids=["complete", "no time"])
@many
@given(networks(), st.data())
def test_every_mutant_keeps_growth_product_and_total_flux(deadline, network, data):
    floor = growing(network)
    reduced = reduce_network(network, biomass=BIOMASS, growth_floor=floor, protected=[TARGET], deadline=deadline)
    before, after = full(network, BIOMASS, TARGET), lumped(reduced, network, BIOMASS, TARGET)
    compare_mutant(before, after, floor)
    for deleted in data.draw(st.lists(st.sets(st.integers(1, network.shape[1] - 1), max_size=3), max_size=4)):
        compare_mutant(before.without(sorted(deleted)), after.without(reduced.closed_by(sorted(deleted))), floor)


@many
@given(networks(), st.data())
def test_dropping_parallel_columns_loses_no_design(network, data):
    floor = growing(network)
    closable = data.draw(st.sets(st.integers(3, network.shape[1] - 1), max_size=5))
    reduced = reduce_network(
        network, biomass=BIOMASS, growth_floor=floor, protected=[TARGET], closable=closable, merge_parallel=True
    )
    before, after = full(network, BIOMASS, TARGET), lumped(reduced, network, BIOMASS, TARGET)
    compare_mutant(before, after, floor)
    if closable:
        for deleted in data.draw(st.lists(st.sets(st.sampled_from(sorted(closable)), max_size=3), max_size=4)):
            mutant = after.without(reduced.closed_by(sorted(deleted)))
            compare_mutant(before.without(sorted(deleted)), mutant, floor)


@settings(many, max_examples=30)
@given(networks())
def test_ranges_without_time_contain_the_true_ones(network):
    floor = growing(network)
    hurried = reduce_network(
        network, biomass=BIOMASS, growth_floor=floor, protected=[TARGET], ranges=True, deadline=0.0
    )
    before = full(network, BIOMASS, TARGET)
    for reaction, unit in enumerate(np.eye(network.shape[1])):
        most, _ = before.most(unit, least_growth=floor)
        least = -before.most(-unit, least_growth=floor)[0]
        column = hurried.column_of[reaction]
        if column < 0:
            assert (least, most) == (near(0), near(0))
            continue
        factor = dict(hurried.members[column])[reaction]
        ends = factor * hurried.range_lower[column], factor * hurried.range_upper[column]
        assert min(ends) <= least + 1e-6 * (1 + abs(least))
        assert max(ends) >= most - 1e-6 * (1 + abs(most))


@settings(many, max_examples=60)
@given(networks())
def test_ranges_and_what_left(network):
    floor = growing(network)
    reduced = reduce_network(network, biomass=BIOMASS, growth_floor=floor, protected=[TARGET], ranges=True)
    before = full(network, BIOMASS, TARGET)
    unit = np.eye(network.shape[1])
    for reaction in range(network.shape[1]):
        most, _ = before.most(unit[reaction], least_growth=floor)
        least = -before.most(-unit[reaction], least_growth=floor)[0]
        column = reduced.column_of[reaction]
        if column < 0:
            assert (least, most) == (near(0), near(0))
            continue
        factor = dict(reduced.members[column])[reaction]
        ends = factor * reduced.range_lower[column], factor * reduced.range_upper[column]
        assert (min(ends), max(ends)) == (near(least), near(most))
        assert max(abs(least), abs(most)) > 1e-7
        # A column that runs one way says so in its bounds.
        if reduced.range_lower[column] > -1e-9:
            assert reduced.lower[column] >= 0
        if reduced.range_upper[column] < 1e-9:
            assert reduced.upper[column] <= 0
