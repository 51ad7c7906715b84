"""Growth and product ranges against published designs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from scipy.optimize import linprog

from strainopt.flux.ranges import product_range
from strainopt.lp.result import Status
from tests.flux.conftest import bounded, from_file, networks


@pytest.fixture(scope="module")
def tutorial(ijo1366):
    """iJO1366 in the medium of the OptKnock tutorial of the COBRA Toolbox (COBRA.tutorials @0570296)."""
    return bounded(
        ijo1366,
        {
            "EX_glc__D_e": (-10, -10),
            "EX_o2_e": (0, None),
            "GLCabcpp": (-1000, 1000),
            "GLCptspp": (-1000, 1000),
            "GLCt2pp": (0, 0),
        },
    )


@pytest.mark.parametrize(
    ("product", "deleted", "growth", "least", "most"),
    [
        ("EX_succ_e", "PFL RPI", 0.1173, 0.0389, 2.3131),
        ("EX_succ_e", "PFL TKT2", 0.1831, 0.0607, 1.4148),
        ("EX_succ_e", "PFL RPE", 0.1846, 0.0612, 1.2154),
        ("EX_succ_e", "PFL TALA", 0.1862, 0.0617, 1.0126),
        ("EX_succ_e", "ALCD2x LDH_D PFL", 0.1126, 9.1091, 9.1091),
        ("EX_succ_e", "ACALD LDH_D PFL", 0.1126, 4.2335, 9.1091),
        ("EX_lac__D_e", "PFL PGI", 0.0831, 0, 18.7166),
        ("EX_lac__D_e", "GND PGI PTAr", 0.0852, 0, 18.6391),
        ("EX_lac__D_e", "ACKr ALCD2x GLCabcpp PGI PYK TKT1", 0.0854, 10.3846, 18.6206),
    ],
)
def test_published_designs_of_the_optknock_tutorial(tutorial, product, deleted, growth, least, most):
    mutant = tutorial.without(tutorial.reaction(name) for name in deleted.split())
    biomass = tutorial.reaction("BIOMASS_Ec_iJO1366_core_53p95M")
    found = product_range(mutant, biomass=biomass, product=tutorial.reaction(product))
    # Four digits are published, some of them cut and not rounded.
    assert (found.growth, found.product_min, found.product_max) == pytest.approx((growth, least, most), abs=1e-4)


@pytest.mark.models
@pytest.mark.parametrize(
    ("deleted", "growth", "least", "most"),
    [
        ("PPS THD2 TKT2 MDH", 0.6652, 0, 4.7505),
        ("ACALDt PTAr PPS PYRt2 MDH", 0.6612, 4.9352, 4.9352),
        ("PGL ATPS4r NADH16", 0.2005, 14.0932, 14.6723),
        ("LDH_D ATPS4r NADH16", 0.2026, 14.1962, 14.1962),
    ],
)
def test_published_coupling_examples(external_model, deleted, growth, least, most):
    # Ethanol on e_coli_core: the notebooks JN_06 of StrainDesign (klamt-lab/straindesign @85b35b9).
    network = from_file(external_model("e_coli_core.xml.gz"))
    mutant = network.without(network.reaction(name) for name in deleted.split())
    biomass, product = network.reaction("BIOMASS_Ecoli_core_w_GAM"), network.reaction("EX_etoh_e")
    found = product_range(mutant, biomass=biomass, product=product)
    assert (found.growth, found.product_min, found.product_max) == pytest.approx((growth, least, most), abs=6e-5)


@settings(max_examples=50, deadline=None)
@given(networks())
def test_product_range_is_what_scipy_finds_with_growth_fixed(network):
    balance = {"A_eq": network.stoichiometry.toarray(), "b_eq": np.zeros(network.shape[0])}
    bounds = np.column_stack([network.lower, network.upper])
    biomass = int(np.argmax(network.objective))
    first = linprog(-network.objective, bounds=bounds, **balance)
    unit = np.zeros(network.shape[1])
    unit[-1] = 1.0
    found = product_range(network, biomass=biomass, product=network.shape[1] - 1)
    if first.status == 2:
        assert found.status is Status.INFEASIBLE
        assert np.isnan([found.growth, found.product_min, found.product_max]).all()
        return
    bounds[biomass, 0] = -first.fun - 1e-9
    assert found.growth == pytest.approx(-first.fun, abs=1e-6)
    assert found.product_min == pytest.approx(linprog(unit, bounds=bounds, **balance).fun, abs=1e-5)
    assert found.product_max == pytest.approx(-linprog(-unit, bounds=bounds, **balance).fun, abs=1e-5)
