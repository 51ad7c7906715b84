"""Evaluation of published and hand-derived designs by plain linear programs on the original network."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from strainopt.bilevel.problem import Method, Ties
from strainopt.design.evaluate import evaluate
from strainopt.design.problem import Certify, Coupling, Level
from strainopt.design.verify import Checks, evaluate_design, smallest_part, verify_design
from strainopt.errors import UsageError
from strainopt.io.models import read_model
from strainopt.lp.registry import backend

# Klamt group, StrainDesign notebooks (klamt-lab/straindesign @85b35b9, docs/source/examples JN_06): e_coli_core,
# ethanol; growth, least and most product.
CLASSES = [
    ("PPS THD2 TKT2 MDH", 0.6652, 0.0, 4.7505, Coupling.PGCP),
    ("ACALDt PTAr PPS PYRt2 MDH", 0.6612, 4.9352, 4.9352, Coupling.WGCP),
    ("PGL ATPS4r NADH16", 0.2005, 14.0932, 14.6723, Coupling.DGCP),
    ("LDH_D ATPS4r NADH16", 0.2026, 14.1962, 14.1962, Coupling.SUCP),
]


@pytest.mark.models
@pytest.mark.parametrize(("names", "growth", "least", "most", "coupling"), CLASSES)
def test_published_coupling_classes(external_model, names, growth, least, most, coupling):
    network = read_model(external_model("e_coli_core.xml.gz")).network
    design = evaluate_design(
        network,
        biomass=network.reaction("BIOMASS_Ecoli_core_w_GAM"),
        target=network.reaction("EX_etoh_e"),
        interventions=names.split(),
        min_growth=0.1,
    )
    assert design.growth == pytest.approx(growth, abs=6e-5)
    assert design.product_min == pytest.approx(least, abs=6e-5)
    assert design.product_max == pytest.approx(most, abs=6e-5)
    assert design.coupling is coupling
    assert design.verified


# COBRA Toolbox, OptKnock tutorial (COBRA.tutorials @0570296, design/optKnock): iJO1366 without oxygen uptake,
# glucose fixed at 10, transporters as set there; growth, least and most product.
TUTORIAL = [
    ("EX_succ_e", "PFL RPI", 0.1173, 0.0389, 2.3131),
    ("EX_succ_e", "PFL TKT2", 0.1831, 0.0607, 1.4148),
    ("EX_succ_e", "ALCD2x LDH_D PFL", 0.1126, 9.1091, 9.1091),
    ("EX_succ_e", "ACALD LDH_D PFL", 0.1126, 4.2335, 9.1091),
    ("EX_lac__D_e", "PFL PGI", 0.0831, 0.0, 18.7166),
    ("EX_lac__D_e", "ACKr ALCD2x GLCabcpp PGI PYK TKT1", 0.0854, 10.3846, 18.6206),
]


@pytest.fixture(scope="module")
def tutorial():
    network = read_model("iJO1366").network
    lower, upper = network.lower.copy(), network.upper.copy()
    for name, low, high in (
        ("EX_glc__D_e", -10.0, -10.0),
        ("EX_o2_e", 0.0, 1000.0),
        ("GLCabcpp", -1000.0, 1000.0),
        ("GLCptspp", -1000.0, 1000.0),
        ("GLCt2pp", 0.0, 0.0),
    ):
        column = network.reaction(name)
        lower[column], upper[column] = low, high
    return network.with_bounds(lower, upper)


@pytest.mark.parametrize(("target", "names", "growth", "least", "most"), TUTORIAL)
def test_published_optknock_designs(tutorial, target, names, growth, least, most):
    design = evaluate_design(
        tutorial,
        biomass=tutorial.reaction("BIOMASS_Ec_iJO1366_core_53p95M"),
        target=tutorial.reaction(target),
        interventions=names.split(),
        min_growth=0.05,
        method=Method.OPTKNOCK,
    )
    assert design.growth == pytest.approx(growth, abs=6e-5)
    # Four digits, cut off rather than rounded in one case.
    assert design.product_min == pytest.approx(least, abs=1e-4)
    assert design.product_max == pytest.approx(most, abs=1e-4)
    assert design.objective == pytest.approx(design.product_max, rel=1e-9)
    assert design.verified


def test_published_acetate_design():
    # cameo-notebooks @7f59207: iJO1366, default medium, acetate: ATPS4rpp, 13.942932 at growth 0.402477.
    network = read_model("iJO1366").network
    design = evaluate_design(
        network,
        biomass=network.reaction("BIOMASS_Ec_iJO1366_core_53p95M"),
        target=network.reaction("EX_ac_e"),
        interventions=["ATPS4rpp"],
        min_growth=0.098,
        method=Method.OPTKNOCK,
    )
    assert design.growth == pytest.approx(0.402477, abs=1e-6)
    assert design.objective == pytest.approx(13.942932, abs=5e-6)
    assert design.coupling is Coupling.PGCP


@pytest.mark.parametrize(("names", "guarantee"), [("PGI ACKr CO2t", 9.67), ("PGI CO2t PFL", 10.41)])
@pytest.mark.parametrize("certify", list(Certify))
def test_the_wrong_answer_of_a_big_m_of_1000(textbook, names, guarantee, certify):
    # docs/formulations.md: a popular package calls the first set optimal; the second guarantees more.
    design = evaluate_design(
        textbook,
        biomass=textbook.reaction("Biomass_Ecoli_core"),
        target=textbook.reaction("EX_succ_e"),
        interventions=names.split(),
        min_growth=0.05,
        checks=Checks.standard(certify),
    )
    assert design.objective == design.product_min == pytest.approx(guarantee, abs=5e-3)
    assert design.verified


# models/README.md: class of each mutant, and least and most product at maximal growth.
HAND = [
    ("two_routes", "to_i", 10.0, 0.0, 10.0, Coupling.PGCP),
    ("two_routes", "full", 12.0, 3.0, 3.0, Coupling.WGCP),
    ("two_routes", "make_w to_i", 10.0, 10.0, 10.0, Coupling.SUCP),
    ("two_routes", "", 20.0, 0.0, 0.0, Coupling.NONE),
    ("isozymes", "bypass fast", 10.0, 10.0, 10.0, Coupling.DGCP),
    ("maintenance", "resp", 4.0, 6.0, 6.0, Coupling.SUCP),
]


@pytest.mark.parametrize(("name", "names", "growth", "least", "most", "coupling"), HAND)
def test_derived_classes(small, name, names, growth, least, most, coupling):
    network = small(name)
    design = evaluate_design(
        network,
        biomass=network.reaction("growth"),
        target=network.reaction("EX_p_e"),
        interventions=names.split(),
        min_growth=1.0,
        substrate=network.reaction("EX_s_e"),
    )
    assert (design.growth, design.product_min, design.product_max) == pytest.approx((growth, least, most), abs=1e-6)
    assert design.coupling is coupling


def test_without_a_substrate_the_strongest_class_is_not_claimed(small):
    # These networks have no formulas, so no carbon source can be told; SUCP needs one.
    network = small("two_routes")
    design = evaluate_design(
        network,
        biomass=network.reaction("growth"),
        target=network.reaction("EX_p_e"),
        interventions=["make_w", "to_i"],
    )
    assert design.coupling is Coupling.DGCP
    assert math.isnan(design.yield_min)
    assert math.isnan(design.yield_max)


def test_yields_at_maximal_growth(small):
    network = small("two_routes")
    design = evaluate_design(
        network,
        biomass=network.reaction("growth"),
        target=network.reaction("EX_p_e"),
        interventions=["full"],
        substrate=network.reaction("EX_s_e"),
    )
    assert (design.yield_min, design.yield_max) == pytest.approx((0.3, 0.3))


def test_a_forced_flux_is_never_lifted(small):
    # models/README.md: {ATPM} leaves no state, as its bounds force 8.
    network = small("maintenance")
    design = evaluate_design(
        network, biomass=network.reaction("growth"), target=network.reaction("EX_p_e"), interventions=["ATPM"]
    )
    assert not design.verified
    assert math.isnan(design.growth)
    assert "no steady state" in design.refusal


def test_slow_mutants_are_not_verified(small):
    network = small("maintenance")
    design = evaluate_design(
        network,
        biomass=network.reaction("growth"),
        target=network.reaction("EX_p_e"),
        interventions=["resp"],
        min_growth=4.5,
    )
    assert design.growth == pytest.approx(4.0)
    assert not design.verified
    assert "below 4.5" in design.refusal


@pytest.mark.parametrize(("ties", "value"), [(Ties.PESSIMISTIC, 0.0), (Ties.OPTIMISTIC, 10.0)])
def test_ties_decide_the_parsimonious_product(small, ties, value):
    # models/README.md: after {to_i} the ways by p and by w have equally many steps.
    network = small("two_routes")
    design = evaluate_design(
        network,
        biomass=network.reaction("growth"),
        target=network.reaction("EX_p_e"),
        interventions=["to_i"],
        method=Method.PFBA,
        ties=ties,
    )
    assert design.product_pfba == design.objective == pytest.approx(value, abs=1e-6)


def test_a_wrong_claim_is_refused(small, ask):
    problem = ask(small("two_routes"), k=1)
    checks = Checks.standard()
    right = verify_design(problem, ["full"], theoretical_max=10.0, checks=checks, claimed=3.0001)
    wrong = verify_design(problem, ["full"], theoretical_max=10.0, checks=checks, claimed=3.01)
    assert right.verified
    assert not wrong.verified
    assert "3.01" in wrong.refusal


class _Liar:
    """A solver whose objective is a little off: the second opinion must notice."""

    name = "liar"

    def __init__(self):
        self.honest = backend("glpk")

    def solve(self, program, *, time_limit=float("inf")):
        result = self.honest.solve(program, time_limit=time_limit)
        return replace(result, objective=result.objective * 1.01)


def test_two_solvers_must_agree(small, ask):
    problem = ask(small("two_routes"), k=1)
    design = verify_design(problem, ["full"], theoretical_max=10.0, checks=Checks(second=_Liar()))
    assert not design.verified
    assert "liar" in design.refusal


def test_useless_deletions_are_dropped(small, ask):
    network = small("two_routes")
    part = smallest_part(ask(network), ["make_w", "to_i", "full"], theoretical_max=10.0, solver=backend("glpk"))
    # `full` stops with `to_i` anyway.
    assert part == ("make_w", "to_i")


def test_gene_level_tells_collateral_reactions(textbook):
    # textbook, rule of ACALDt and CO2t, H2Ot, NH4t, O2t ...: s0001 alone. Deleting CO2t's gene takes ACALDt, too.
    design = evaluate_design(
        textbook,
        biomass=textbook.reaction("Biomass_Ecoli_core"),
        target=textbook.reaction("EX_succ_e"),
        interventions=["s0001", "b4025"],
        level=Level.GENE,
        method=Method.ROBUSTKNOCK,
    )
    rules = dict(zip(textbook.reaction_ids, textbook.rules, strict=True))
    expected = {name for name, rule in rules.items() if rule and not rule.holds_without({"s0001", "b4025"})}
    assert set(design.reactions) == expected
    assert set(design.collateral) < expected
    assert "CO2t" not in design.collateral or design.objective == pytest.approx(0.0, abs=1e-6)


def test_genes_of_a_reaction_design_are_those_of_its_rules(small):
    network = small("isozymes")
    design = evaluate_design(
        network,
        biomass=network.reaction("growth"),
        target=network.reaction("EX_p_e"),
        interventions=["bypass", "fast", "fast"],
    )
    assert design.interventions == ("bypass", "fast")
    assert design.genes == ("g1", "g2", "g5")


def test_unknown_ids_are_named_with_the_nearest(textbook):
    with pytest.raises(UsageError, match="PGII") as caught:
        evaluate_design(textbook, biomass=12, target=30, interventions=["PGII"])
    assert "PGI" in caught.value.hint


def test_exchange_written_inwards_counts_as_uptake(small):
    # models/README.md, inward: a positive flux of IN_s_e is uptake. {aerobic}: p = 10 from 10 s.
    network = small("inward")
    design = evaluate_design(
        network,
        biomass=network.reaction("growth"),
        target=network.reaction("EX_p_e"),
        interventions=["aerobic"],
        substrate=network.reaction("IN_s_e"),
    )
    assert (design.yield_min, design.yield_max) == pytest.approx((1.0, 1.0))
    assert design.coupling is Coupling.SUCP
    assert np.isfinite(design.residual)


def test_evaluation_stands_beside_the_wild_type(small, ask):
    # models/README.md: maintenance, wild type growth 6.4 without p; {resp} 4 with p = 6.
    answer = evaluate(ask(small("maintenance"), k=0), ["resp"])
    assert (answer.wild_type.growth, answer.wild_type.product_max) == pytest.approx((6.4, 0.0), abs=1e-6)
    assert (answer.status, answer.objective, answer.gap) == ("optimal", pytest.approx(6.0), 0.0)
    dead = evaluate(ask(small("maintenance"), k=0), ["ATPM"])
    assert (dead.status, dead.proven) == ("error", False)
    assert "no steady state" in dead.stop_reason
