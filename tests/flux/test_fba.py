"""Flux balance analysis and parsimonious flux balance analysis."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from scipy.optimize import linprog

from strainopt.errors import UsageError
from strainopt.flux.fba import fba, fba_program
from strainopt.flux.pfba import pfba, pfba_product_range
from strainopt.lp.result import Status
from tests.flux.conftest import bounded, build, networks


@settings(max_examples=40, deadline=None)
@given(networks())
def test_growth_is_what_scipy_finds(network):
    answer = linprog(
        -network.objective,
        A_eq=network.stoichiometry.toarray(),
        b_eq=np.zeros(network.shape[0]),
        bounds=np.column_stack([network.lower, network.upper]),
    )
    state = fba(network)
    if answer.status == 2:
        assert state.status is Status.INFEASIBLE
        assert np.isnan(state.growth)
        assert np.isnan(state.fluxes).all()
    else:
        assert state.growth == pytest.approx(-answer.fun, abs=1e-6)
        assert network.objective @ state.fluxes == pytest.approx(state.growth, abs=1e-6)


@settings(max_examples=40, deadline=None)
@given(networks())
def test_total_flux_is_what_scipy_finds_for_fluxes_split_in_two(network):
    state = pfba(network)
    if state.status is not Status.OPTIMAL:
        assert fba(network).status is state.status
        return
    columns = network.shape[1]
    both = np.hstack([network.stoichiometry.toarray(), -network.stoichiometry.toarray()])
    answer = linprog(
        np.ones(2 * columns),
        A_eq=both,
        b_eq=np.zeros(network.shape[0]),
        A_ub=np.vstack(
            [
                -np.concatenate([network.objective, -network.objective]),
                np.hstack([np.eye(columns), -np.eye(columns)]),
                np.hstack([-np.eye(columns), np.eye(columns)]),
            ]
        ),
        b_ub=np.concatenate([[-state.growth + 1e-9], network.upper, -network.lower]),
    )
    assert state.sum_abs_flux == pytest.approx(answer.fun, rel=1e-6, abs=1e-5)
    assert np.abs(state.fluxes).sum() == pytest.approx(state.sum_abs_flux, rel=1e-6, abs=1e-6)


def test_textbook_growth_and_total_flux(textbook):
    # Numbers of cobrapy's own tests of pFBA on its textbook model.
    whole = pfba(textbook)
    assert whole.growth == pytest.approx(0.8739, abs=5e-5)
    assert whole.sum_abs_flux == pytest.approx(518.4221, abs=5e-5)
    assert pfba(textbook, fraction=0.95).sum_abs_flux == pytest.approx(493.4400, abs=5e-5)


def test_a_shadow_price_is_the_gain_per_unit_of_surplus(textbook):
    state = fba(textbook)
    row = textbook.metabolite_ids.index("glc__D_e")
    program = fba_program(textbook)
    surplus = np.zeros(textbook.shape[0])
    surplus[row] = -0.01
    answer = linprog(
        -program.objective,
        A_eq=program.matrix.toarray(),
        b_eq=surplus,
        bounds=np.column_stack([program.lower, program.upper]),
    )
    assert (-answer.fun - state.growth) / -0.01 == pytest.approx(state.shadow_prices[row], rel=1e-4)
    assert state.shadow_prices[row] < 0


def test_an_unbounded_objective_is_a_status():
    network = build([[1, -1]], [0, 0], [np.inf, np.inf], [0, 1])
    assert fba(network).status is Status.UNBOUNDED


def test_weights_choose_the_route():
    # Two routes from uptake to growth; the cheaper one carries the flux.
    network = build([[1, -1, -1, 0], [0, 1, 1, -1]], [0] * 4, [10] * 4, [0, 0, 0, 1])
    cheap_first = pfba(network, weights=np.array([1.0, 1.0, 5.0, 1.0]))
    cheap_second = pfba(network, weights=np.array([1.0, 5.0, 1.0, 1.0]))
    assert cheap_first.fluxes[1:3] == pytest.approx([10, 0], abs=1e-9)
    assert cheap_second.fluxes[1:3] == pytest.approx([0, 10], abs=1e-9)
    assert cheap_first.sum_abs_flux == pytest.approx(30)


def test_product_among_equally_parsimonious_states():
    # Growth (last) needs 10 of B by two equal routes; the first drops a product that leaves through its exchange,
    # the second one that leaves through another: 0 to 10 of the product at the same total flux.
    network = build(
        [[1, -1, -1, 0, 0, 0], [0, 1, 1, 0, 0, -1], [0, 1, 0, -1, 0, 0], [0, 0, 1, 0, -1, 0]],
        [0] * 6,
        [10] + [100] * 5,
        [0, 0, 0, 0, 0, 1],
    )
    found = pfba_product_range(network, product=3)
    assert (found.growth, found.product_min, found.product_max) == pytest.approx((10, 0, 10))
    dearer = np.array([1.0, 2.0, 1.0, 1.0, 1.0, 1.0])
    found = pfba_product_range(network, product=3, weights=dearer)
    assert (found.product_min, found.product_max) == pytest.approx((0, 0), abs=1e-6)


def test_pfba_product_of_an_infeasible_network_is_a_status(textbook):
    starved = bounded(textbook, {"EX_glc__D_e": (0, 0)})
    assert pfba_product_range(starved, product=0).status is Status.INFEASIBLE
    assert pfba(starved).status is Status.INFEASIBLE


@pytest.mark.parametrize("fraction", [-0.1, 1.1, float("nan")])
def test_a_fraction_outside_zero_to_one_is_refused(textbook, fraction):
    with pytest.raises(UsageError, match="fraction"):
        pfba(textbook, fraction=fraction)


def test_a_negative_weight_is_refused(textbook):
    with pytest.raises(UsageError, match="weight"):
        pfba(textbook, weights=-np.ones(textbook.shape[1]))
