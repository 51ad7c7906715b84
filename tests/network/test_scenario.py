"""Scenarios and media on a network that is small enough to see."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from strainopt.errors import ModelError, UsageError
from strainopt.network.gpr import parse_rule
from strainopt.network.medium import Medium, apply_medium, uptake_medium, uptake_rates
from strainopt.network.scenario import BoundChange, Level, Scenario, apply_scenario
from tests.network.small_network import bounds, network


def codes(findings) -> dict[str, tuple[str, ...]]:
    return {item.code: item.examples for item in findings}


def test_uptake_rates_understand_both_ways_of_writing_an_exchange() -> None:
    # EX_s_e: s -> with lower -10; IN_o_e: -> o with upper 5; the sink of w takes up 3; growth takes up nothing.
    assert uptake_rates(network()).tolist() == [10.0, 5.0, 0.0, 0.0, 3.0, 0.0]


def test_the_networks_own_medium_changes_nothing() -> None:
    toy = network()
    changed, findings = apply_medium(toy, uptake_medium(toy))
    assert np.array_equal(changed.lower, toy.lower)
    assert np.array_equal(changed.upper, toy.upper)
    assert "medium-closed" not in codes(findings)


def test_a_medium_closes_what_it_does_not_list_and_leaves_secretion_alone() -> None:
    changed, findings = apply_medium(network(), Medium((("EX_s_e", 7.0),)))
    assert bounds(changed, "EX_s_e") == (-7.0, 1000.0)
    assert bounds(changed, "IN_o_e") == (-1000.0, 0.0)
    assert bounds(changed, "sink_w") == (0.0, 1000.0)
    assert bounds(changed, "growth") == (0.0, 1000.0)
    assert bounds(changed, "ATPM") == (2.0, 1000.0)
    assert codes(findings)["medium-closed"] == ("IN_o_e", "sink_w")


def test_a_medium_limits_an_inward_exchange_from_above() -> None:
    changed, _ = apply_medium(network(), Medium((("IN_o_e", 8.0), ("EX_s_e", math.inf))))
    assert bounds(changed, "IN_o_e") == (-1000.0, 8.0)
    assert bounds(changed, "EX_s_e") == (-math.inf, 1000.0)


def test_a_medium_does_not_undo_a_forced_secretion() -> None:
    toy = network()
    lower = toy.lower.copy()
    lower[toy.reaction_index["EX_s_e"]] = 1.0
    changed, _ = apply_medium(toy.with_bounds(lower, toy.upper), Medium((("IN_o_e", 8.0),)))
    assert bounds(changed, "EX_s_e") == (1.0, 1000.0)


@pytest.mark.parametrize(
    ("uptakes", "what", "hint"),
    [
        ((("EX_s", 1.0),), "no reaction 'EX_s'", "EX_s_e"),
        ((("path", 1.0),), "not an exchange", "--bounds"),
        ((("EX_s_e", -1.0),), "uptake limit", "positive"),
        ((("EX_s_e", math.nan),), "uptake limit", "number"),
        ((("EX_s_e", 1.0), ("EX_s_e", 2.0)), "twice", "keep one"),
    ],
)
def test_media_that_cannot_be_meant(uptakes, what: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        apply_medium(network(), Medium(uptakes, source="m9.tsv"))
    assert what in caught.value.what
    assert hint in caught.value.hint
    assert caught.value.where == "m9.tsv"


def test_a_forced_uptake_that_the_medium_forbids_is_an_error() -> None:
    toy = network()
    upper = toy.upper.copy()
    upper[toy.reaction_index["EX_s_e"]] = -5.0
    with pytest.raises(UsageError, match="forces more"):
        apply_medium(toy.with_bounds(toy.lower, upper), Medium((("EX_s_e", 2.0),)))


def test_medium_findings() -> None:
    _, findings = apply_medium(network(), Medium((("sink_w", 2.0),)))
    assert codes(findings)["medium-inside"] == ("sink_w",)
    _, findings = apply_medium(network(), Medium(()))
    assert "medium-empty" in codes(findings)


def test_bounds_come_after_the_medium_and_an_empty_side_keeps_its_value() -> None:
    scenario = Scenario(
        medium=Medium((("EX_s_e", 7.0),)),
        bounds=(BoundChange("IN_o_e", upper=3.0), BoundChange("EX_s_e", lower=-4.0), BoundChange("EX_s_e", upper=0.0)),
    )
    changed, _ = apply_scenario(network(), scenario)
    assert bounds(changed, "IN_o_e") == (-1000.0, 3.0)
    assert bounds(changed, "EX_s_e") == (-4.0, 0.0)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (BoundChange("path", lower=2000.0), "above the upper one"),
        (BoundChange("path", lower=math.nan), "cannot be this bound"),
        (BoundChange("path", lower=math.inf), "cannot be this bound"),
        (BoundChange("path", upper=-math.inf), "cannot be this bound"),
        (BoundChange("pth", lower=0.0), "no reaction 'pth'"),
    ],
)
def test_bounds_that_cannot_be_meant(change: BoundChange, what: str) -> None:
    with pytest.raises(UsageError) as caught:
        apply_scenario(network(), Scenario(bounds=(change,)))
    assert what in caught.value.what
    assert caught.value.hint


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("R_path", "path? Ids go without"),
        ("s_e", "is a metabolite: did you mean EX_s_e?"),
        ("M_s_e", "is a metabolite: did you mean EX_s_e?"),
        ("substrate", "is a metabolite: did you mean EX_s_e?"),
        ("x_c", "is a metabolite: did you mean growth?"),
        ("Substrate Exchange", "is the name of EX_s_e"),
        ("EX_s(e)", "did you mean EX_s_e?"),
        ("PATH", "did you mean path?"),
        ("g1", "is a gene: genes go with --level gene"),
    ],
)
def test_hints_for_unknown_reactions(name: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        network().reaction(name, where="--target")
    assert hint in caught.value.hint
    assert caught.value.where == "--target"
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(("name", "hint"), [("G_g1", "g1"), ("path", "--level reaction"), ("g", "g1")])
def test_hints_for_unknown_genes(name: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        apply_scenario(network(), Scenario(knockouts=(name,), level=Level.GENE))
    assert hint in caught.value.hint


def test_bounds_that_no_cell_reaches_are_cut_where_asked_but_not_the_users_own() -> None:
    far = network(
        lower=np.array([-10.0, -999999.0, -math.inf, 20000.0, -3.0, 0.0]),
        upper=np.array([999999.0, 5.0, math.inf, 999999.0, 999999.0, 10000.0]),
    )
    own = Scenario(bounds=(BoundChange("EX_s_e", upper=50000.0),))
    kept, findings = apply_scenario(far, own)
    assert kept.upper[4] == 999999.0
    assert findings == ()
    cut, findings = apply_scenario(far, own, cut_bounds=True)
    # what forces a flux, and what has no limit, stays
    assert cut.lower.tolist() == [-10.0, -10000.0, -math.inf, 20000.0, -3.0, 0.0]
    assert cut.upper.tolist() == [50000.0, 5.0, math.inf, 999999.0, 10000.0, 10000.0]
    (said,) = findings
    assert said.code == "bounds-cut"
    assert "3 reactions" in said.message


def test_a_gene_that_is_gone_counts_in_later_deletions() -> None:
    rules = ("g1 or g2", "g1 and g2", "(g1 and g3) or (g2 and g3)", "g3")
    before = network()
    count = before.shape[1]
    mixed = replace(before, rules=tuple(parse_rule(rules[at]) if at < len(rules) else None for at in range(count)))
    after, _ = apply_scenario(mixed, Scenario(knockouts=("g1",), level=Level.GENE))
    for later in ({"g2"}, {"g3"}, {"g2", "g3"}, set()):
        closed = np.flatnonzero((after.lower == 0.0) & (after.upper == 0.0)).tolist()
        expected = set(mixed.disabled_by_genes({"g1", *later})) | set(closed)
        assert set(after.disabled_by_genes(later)) | set(closed) == expected


def test_prior_gene_knockouts_go_by_the_rules() -> None:
    one, findings = apply_scenario(network(), Scenario(knockouts=("g1",), level=Level.GENE))
    assert bounds(one, "path") == (0.0, 1000.0)
    assert "knockout-idle" in codes(findings)
    both, findings = apply_scenario(network(), Scenario(knockouts=("g1", "g2"), level=Level.GENE))
    assert bounds(both, "path") == (0.0, 0.0)
    assert "knockout-idle" not in codes(findings)


def test_deleting_a_forced_reaction_leaves_nothing_instead_of_lifting_the_force() -> None:
    changed, findings = apply_scenario(network(), Scenario(knockouts=("ATPM",)))
    assert bounds(changed, "ATPM") == (2.0, 0.0)
    assert codes(findings)["knockout-forced"] == ("ATPM",)


def test_the_growth_reaction_is_the_objective_or_the_one_that_is_named() -> None:
    changed, _ = apply_scenario(network(objective=np.array([0.0, 0.0, 0.0, 0.0, 0.0, 3.0])), Scenario())
    assert changed.objective.tolist() == [0.0, 0.0, 0.0, 0.0, 0.0, 1.0]
    changed, _ = apply_scenario(network(), Scenario(biomass="path"))
    assert changed.objective.tolist() == [0.0, 0.0, 1.0, 0.0, 0.0, 0.0]


@pytest.mark.parametrize(
    ("objective", "what"),
    [((0, 0, 0, 0, 0, 0), "no objective"), ((0, 0, 1, 0, 0, 1), "several terms"), ((0, 0, 0, 0, 0, -1), "minimises")],
)
def test_an_unclear_objective_asks_for_biomass_and_lists_candidates(objective, what: str) -> None:
    toy = network(objective=np.array(objective, dtype=float))
    with pytest.raises(ModelError) as caught:
        apply_scenario(toy, Scenario())
    assert what in caught.value.what
    assert "--biomass" in caught.value.hint
    assert "growth" in caught.value.hint
    assert caught.value.exit_code == 3


def test_without_need_of_growth_an_unclear_objective_stays() -> None:
    for objective in (np.zeros(6), np.array([0.0, 0.0, 0.0, 0.0, 0.0, -1.0]), np.ones(6)):
        changed, _ = apply_scenario(network(objective=objective), Scenario(), growth_needed=False)
        assert np.array_equal(changed.objective, objective)


def test_growth_that_the_bounds_forbid_or_force_is_a_finding() -> None:
    _, findings = apply_scenario(network(), Scenario(bounds=(BoundChange("growth", 0.0, 0.0),)))
    assert "growth-closed" in codes(findings)
    _, findings = apply_scenario(network(), Scenario(bounds=(BoundChange("growth", 0.1, None),)))
    assert "growth-forced" in codes(findings)
