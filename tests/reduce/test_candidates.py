"""The candidate funnel: each filter takes what its sentence says, and cobra agrees on what is essential."""

from __future__ import annotations

import cobra
import numpy as np
import pytest
from cobra.flux_analysis import single_gene_deletion, single_reaction_deletion
from cobra.io import load_model

from strainopt.errors import ModelError, UsageError
from strainopt.io.models import read_model
from strainopt.network.gpr import AllOf, AnyOf, Gene
from strainopt.network.scenario import Level
from strainopt.reduce.candidates import candidate_funnel, chosen_ids
from strainopt.reduce.funnel import DEFAULT_FILTERS, LOSSLESS_FILTERS, Filter
from strainopt.reduce.static import is_spontaneous_gene
from tests.reduce.random_networks import network_of

FLOOR = 0.05


@pytest.fixture(scope="module")
def anaerobic():
    network = read_model("textbook").network
    lower = network.lower.copy()
    lower[network.reaction("EX_o2_e")] = 0
    return network.with_bounds(lower, network.upper)


@pytest.fixture(scope="module")
def referee() -> cobra.Model:
    model = load_model("textbook")
    model.solver = "glpk"
    model.reactions.EX_o2_e.lower_bound = 0
    return model


def funnel(network, **options):
    biomass = int(np.argmax(network.objective))
    target = network.reaction("EX_succ_e")
    return candidate_funnel(network, biomass=biomass, target=target, min_growth=FLOOR, **options)


def removed(result, step):
    return {row.filter: row.removed for row in result.steps}[step]


def too_slow(table) -> set[str]:
    return {next(iter(ids)) for ids, growth in zip(table["ids"], table["growth"], strict=True) if not growth >= FLOOR}


@pytest.mark.parametrize("level", list(Level))
def test_essential_agrees_with_single_deletions_by_cobra(anaerobic, referee, level):
    names = anaerobic.reaction_ids if level is Level.REACTION else anaerobic.gene_ids
    table = (
        single_reaction_deletion(referee, processes=1)
        if level is Level.REACTION
        else single_gene_deletion(referee, processes=1)
    )
    left = funnel(anaerobic, level=level, filters=[Filter.ESSENTIAL]).candidates
    always = set(names) - set(funnel(anaerobic, level=level, filters=[]).candidates)
    assert set(left) == set(names) - too_slow(table) - always


def test_the_account_adds_up_and_ids_stay_in_order(anaerobic):
    result = funnel(anaerobic)
    assert [row.filter for row in result.steps] == [
        "all", "target", "biomass", "forced", "exchange", "no-gpr", "spontaneous", "essential", "blocked",
    ]  # fmt: skip
    assert (result.steps[0].removed, result.steps[0].left) == (0, 95)
    for before, after in zip(result.steps, result.steps[1:], strict=False):
        assert after.left == before.left - after.removed
    assert result.steps[-1].left == len(result.candidates)
    places = [anaerobic.reaction_index[name] for name in result.candidates]
    assert places == sorted(places)
    # ATPM is the only forced flux of the model (8.39 mmol/gDW/h). Phosphate leaves the cell in biomass only, so its
    # exchange and its carrier are coupled to growth; of the 20 exchanges that one and the target are gone before.
    assert removed(result, "forced") == 1
    assert "EX_pi_e" not in funnel(anaerobic, filters=[]).candidates
    assert removed(result, "exchange") == 18


def test_blocked_means_no_flux_at_the_floor(anaerobic, referee):
    ranges = {}
    with referee:
        referee.reactions.Biomass_Ecoli_core.lower_bound = FLOOR
        for reaction in referee.reactions:
            referee.objective = reaction
            ranges[reaction.id] = (referee.slim_optimize(), -_least(referee, reaction))
    idle = {name for name, (most, least) in ranges.items() if abs(most) < 1e-7 and abs(least) < 1e-7}
    assert idle
    left = funnel(anaerobic, filters=[Filter.BLOCKED]).candidates
    assert set(funnel(anaerobic, filters=[]).candidates) - set(left) == idle


def _least(model, reaction) -> float:
    model.objective = {reaction: -1.0}
    return model.slim_optimize()


def test_static_filters_as_cobra_counts_them(anaerobic, referee):
    kept = set(funnel(anaerobic, filters=[]).candidates)
    reactions = [reaction for reaction in referee.reactions if reaction.id in kept]
    expected = {
        Filter.EXCHANGE: {r.id for r in reactions if r.boundary},
        Filter.TRANSPORT: {r.id for r in reactions if len(r.compartments) > 1},
        Filter.NO_GPR: {r.id for r in reactions if not r.genes},
        Filter.SPONTANEOUS: {r.id for r in reactions if any(gene.id == "s0001" for gene in r.genes)},
    }
    for chosen, gone in expected.items():
        assert gone
        assert kept - set(funnel(anaerobic, filters=[chosen]).candidates) == gone


def small(rules):
    """Two exchanges, biomass, and one internal reaction per rule, all between the same two metabolites."""
    columns = [{1: -1.0}, {1: -1.0}, {0: 1.0}] + [{0: -1.0, 1: 1.0}] * len(rules)
    return network_of(columns, [0] * len(columns), [10] * len(columns), rules=[None, None, None, *rules])


def small_funnel(network, **options):
    return candidate_funnel(network, biomass=0, target=1, min_growth=1.0, **options)


def test_spontaneous_reactions_are_those_that_no_real_gene_stops():
    s, a, b = Gene("s0001"), Gene("a"), Gene("b")
    network = small([s, AnyOf((a, s)), AllOf((a, s)), AnyOf((a, b))])
    left = small_funnel(network, filters=[Filter.SPONTANEOUS]).candidates
    assert left == ("R2", "R5", "R6")
    assert small_funnel(network, filters=[Filter.SPONTANEOUS], level=Level.GENE).candidates == ("a", "b")
    assert [is_spontaneous_gene(name) for name in ("s0001", "SPONT", "Spontaneous", "b0001", "s00011")] == [
        True, True, True, False, False,
    ]  # fmt: skip


def test_genes_that_stop_the_only_route_are_essential_and_blocked_ones_do_nothing():
    a, b, c = Gene("a"), Gene("b"), Gene("c")
    network = small([AllOf((a, b)), AllOf((a, c))])
    assert small_funnel(network, filters=[Filter.ESSENTIAL], level=Level.GENE).candidates == ("b", "c")
    upper = network.upper.copy()
    upper[4] = 0
    closed = network.with_bounds(network.lower, upper)
    assert small_funnel(closed, filters=[Filter.BLOCKED], level=Level.GENE).candidates == ("a", "b")
    assert small_funnel(closed, filters=[Filter.ESSENTIAL], level=Level.GENE).candidates == ("c",)


def test_a_named_list_keeps_what_the_default_filters_would_take(anaerobic):
    listed = ["EX_ac_e", "ACKr", "PFL", "ENO", "EX_succ_e"]
    result = funnel(anaerobic, include=listed)
    # Without phosphoenolpyruvate from enolase there is no growth; the target itself is never a candidate.
    assert set(result.candidates) == {"EX_ac_e", "ACKr", "PFL"}
    assert removed(result, "include") == 90
    assert funnel(anaerobic, include=listed, filters=DEFAULT_FILTERS).candidates == ("ACKr", "PFL")
    assert set(funnel(anaerobic, include=listed, filters=[]).candidates) == {"EX_ac_e", "ACKr", "PFL", "ENO"}
    assert frozenset({Filter.ESSENTIAL, Filter.BLOCKED}) == LOSSLESS_FILTERS
    assert "ACKr" not in funnel(anaerobic, exclude=["ACK*"]).candidates


def test_ids_and_patterns(anaerobic):
    chosen = chosen_ids(anaerobic, ["EX_*", "PGI"], level=Level.REACTION, where="candidates")
    assert len(chosen) == 21
    assert chosen_ids(anaerobic, ["b1852"], level=Level.GENE, where="candidates") == {"b1852"}
    with pytest.raises(UsageError, match="pattern 'ex_\\*' matches no reaction"):
        chosen_ids(anaerobic, ["ex_*"], level=Level.REACTION, where="candidates")
    with pytest.raises(UsageError) as unknown:
        chosen_ids(anaerobic, ["PGi"], level=Level.REACTION, where="candidates")
    assert "PGI" in unknown.value.hint
    with pytest.raises(UsageError):
        funnel(anaerobic, exclude=["no-such-reaction"])


def test_more_growth_than_the_network_has_is_an_error(anaerobic):
    with pytest.raises(ModelError):
        candidate_funnel(
            anaerobic, biomass=int(np.argmax(anaerobic.objective)), target=0, min_growth=5.0, filters=[Filter.ESSENTIAL]
        )
