"""Production envelopes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from scipy.optimize import linprog

from strainopt.errors import ModelError
from strainopt.flux.envelope import envelope
from tests.flux.conftest import bounded, build, networks


def product_at(network, biomass, product, growth):
    """Least and most product at a growth rate, by scipy."""
    bounds = np.column_stack([network.lower, network.upper])
    bounds[biomass] = growth
    unit = np.zeros(network.shape[1])
    unit[product] = 1.0
    balance = {"A_eq": network.stoichiometry.toarray(), "b_eq": np.zeros(network.shape[0]), "bounds": bounds}
    return linprog(unit, **balance).fun, -linprog(-unit, **balance).fun


@settings(max_examples=40, deadline=None)
@given(networks())
def test_border_is_what_scipy_finds_at_growth_rates_between(network):
    biomass, product = int(np.argmax(network.objective)), network.shape[1] - 1
    bounds = np.column_stack([network.lower, network.upper])
    balance = {"A_eq": network.stoichiometry.toarray(), "b_eq": np.zeros(network.shape[0])}
    if linprog(np.zeros(network.shape[1]), bounds=bounds, **balance).status == 2:
        with pytest.raises(ModelError):
            envelope(network, product=product, biomass=biomass)
        return
    found = envelope(network, product=product, biomass=biomass)
    first, last = found.upper[0, 0], found.upper[-1, 0]
    for part in (0.0, 0.13, 0.5, 0.77, 1.0):
        growth = first + part * (last - first)
        least, most = product_at(network, biomass, product, growth)
        rates = np.array([growth])
        assert found.least(rates)[0] == pytest.approx(least, abs=1e-4)
        assert found.most(rates)[0] == pytest.approx(most, abs=1e-4)


@pytest.mark.parametrize(("target", "oxygen"), [("EX_ac_e", -1000), ("EX_etoh_e", 0), ("EX_succ_e", 0)])
def test_textbook_border_and_convexity(textbook, target, oxygen):
    network = bounded(textbook, {"EX_o2_e": (oxygen, None)})
    biomass, product = int(np.argmax(network.objective)), network.reaction(target)
    found = envelope(network, product=product, biomass=biomass)
    for growth in np.random.default_rng(1).uniform(0, found.upper[-1, 0], 12):
        least, most = product_at(network, biomass, product, growth)
        assert found.least(np.array([growth]))[0] == pytest.approx(least, abs=1e-5)
        assert found.most(np.array([growth]))[0] == pytest.approx(most, abs=1e-5)
    slopes = np.diff(found.upper[:, 1]) / np.diff(found.upper[:, 0])
    assert np.all(np.diff(slopes) < 0), "every vertex of the upper chain turns, and turns down"


def test_vertices_do_not_depend_on_the_order_of_reactions(textbook):
    order = np.random.default_rng(3).permutation(textbook.shape[1])
    shuffled = build(
        textbook.stoichiometry.toarray()[:, order],
        textbook.lower[order],
        textbook.upper[order],
        textbook.objective[order],
    )
    biomass, product = int(np.argmax(textbook.objective)), textbook.reaction("EX_ac_e")
    places = np.argsort(order)
    one = envelope(textbook, product=product, biomass=biomass)
    other = envelope(shuffled, product=int(places[product]), biomass=int(places[biomass]))
    assert one.upper == pytest.approx(other.upper, abs=1e-6)
    assert one.lower == pytest.approx(other.lower, abs=1e-6)


def test_a_triangle_has_its_three_vertices():
    # Ten units of substrate for growth or product: most product 10 - growth, least 0.
    network = build([[1, -1, -1]], [0, 0, 0], [10, 100, 100], [0, 1, 0])
    found = envelope(network, product=2, biomass=1)
    assert found.upper == pytest.approx(np.array([[0, 10], [10, 0]]), abs=1e-9)
    assert found.lower == pytest.approx(np.array([[0, 0], [10, 0]]), abs=1e-9)
    assert np.isnan(found.most(np.array([11.0]))).all()


def test_a_hidden_corner_of_small_height_is_found():
    # The product needs uptake of a second substrate, limited to 4: a corner at growth 6.
    network = build([[1, -1, -1, 0], [0, 0, -1, 1]], [0] * 4, [10, 100, 100, 4], [0, 1, 0, 0])
    found = envelope(network, product=2, biomass=1)
    assert found.upper == pytest.approx(np.array([[0, 4], [6, 4], [10, 0]]), abs=1e-9)


def test_a_product_that_cannot_be_made_gives_a_flat_envelope(textbook):
    network = bounded(textbook, {"EX_ac_e": (0, 0)})
    biomass = int(np.argmax(network.objective))
    found = envelope(network, product=network.reaction("EX_ac_e"), biomass=biomass)
    assert found.upper == pytest.approx(np.array([[0, 0], [0.873922, 0]]), abs=1e-6)
    assert found.lower == pytest.approx(found.upper, abs=1e-9)


def test_no_growth_gives_one_point_on_each_chain(textbook):
    biomass = int(np.argmax(textbook.objective))
    network = textbook.without([biomass])
    found = envelope(network, product=network.reaction("EX_ac_e"), biomass=biomass)
    # 20 acetate from 10 glucose: two carbons of every six leave as CO2.
    assert found.upper == pytest.approx(np.array([[0, 20]]), abs=1e-6)
    assert found.lower == pytest.approx(np.array([[0, 0]]), abs=1e-6)


def test_a_single_state_is_a_single_point():
    network = build([[1, -1, -1]], [3, 1, 2], [3, 1, 2], [0, 1, 0])
    found = envelope(network, product=2, biomass=1)
    assert found.upper == pytest.approx(np.array([[1, 2]]))
    assert found.lower == pytest.approx(np.array([[1, 2]]))


def test_no_state_or_no_limit_is_an_error_with_a_hint(textbook):
    starved = bounded(textbook, {"EX_glc__D_e": (0, 0)})
    with pytest.raises(ModelError) as caught:
        envelope(starved, product=0, biomass=int(np.argmax(textbook.objective)))
    assert caught.value.hint
    endless = build([[1, -1, -1]], [0, 0, 0], [np.inf, 1, np.inf], [0, 1, 0])
    with pytest.raises(ModelError, match="no limit"):
        envelope(endless, product=2, biomass=1)
