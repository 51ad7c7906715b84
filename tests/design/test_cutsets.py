"""Minimal cut sets against published counts (docs/references.md, R2 and R3) and against brute force."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from strainopt.design.cutsets import CutSetQuestion, solve_cut_sets
from strainopt.design.regions import parse_region
from strainopt.errors import ModelError, UsageError
from strainopt.flux.fba import fba
from strainopt.io.models import read_model
from strainopt.lp.registry import backend
from strainopt.network.scenario import Level
from strainopt.search.outcome import Limits
from tests.runs import EVERY, SOME


def ask(network, suppress, size, *, protect=(), level=Level.REACTION, candidates=None, solver=None, seed=0):
    ids = network.reaction_ids if level is Level.REACTION else network.gene_ids
    return solve_cut_sets(
        CutSetQuestion(
            network=network,
            biomass=int(np.flatnonzero(network.objective)[0]),
            level=level,
            candidates=tuple(ids) if candidates is None else tuple(candidates),
            suppress=tuple(parse_region(text, network, where="--suppress") for text in suppress),
            protect=tuple(parse_region(text, network, where="--protect") for text in protect),
            max_size=size,
        ),
        limits=Limits(seed=seed),
        solver=None if solver is None else backend(solver),
    )


def test_small_example_has_the_published_sets(external_model):
    network = read_model(external_model("model_small_example.xml.gz")).network
    assert len(ask(network, ["R4 >= 1"], 10).designs) == 7
    assert len(ask(network, ["R4 >= 1"], 10, protect=["R3 >= 1"]).designs) == 5


def test_toy_network_has_the_published_sets(external_model):
    network = read_model(external_model("toy_gMCS_cobratoolbox.xml.gz")).network
    growth = network.reaction_ids[int(np.flatnonzero(network.objective)[0])]
    genes = ask(network, [f"{growth} >= 0.001"], 3, level=Level.GENE)
    assert [set(design) for design in genes.designs] == [{"g5"}, {"g1", "g4"}, {"g2", "g3", "g4"}]
    others = [name for name in network.reaction_ids if name != growth]
    assert len(ask(network, [f"{growth} >= 0.001"], 6, candidates=others).designs) == 6


@pytest.mark.parametrize(("solver", "seed"), EVERY)
def test_core_model_genes_have_the_published_counts(external_model, solver, seed):
    network = read_model(external_model("e_coli_core.xml.gz")).network
    found = ask(network, ["BIOMASS_Ecoli_core_w_GAM >= 0.001"], 3, level=Level.GENE, solver=solver, seed=seed)
    assert found.proven
    assert found.by_size == {1: 7, 2: 53, 3: 395}


@pytest.mark.parametrize(("solver", "seed"), SOME)
def test_genes_of_a_genome_scale_model_have_the_published_counts(external_model, solver, seed):
    network = read_model(external_model("iML1515.xml.gz")).network
    found = ask(network, ["BIOMASS_Ec_iML1515_core_75p37M >= 0.001"], 3, level=Level.GENE, solver=solver, seed=seed)
    assert found.proven
    assert found.by_size == {1: 196, 2: 78, 3: 119}


@pytest.mark.parametrize(("solver", "seed"), EVERY)
def test_compressed_network_has_the_published_counts(external_model, solver, seed):
    network = read_model(external_model("ECC2comp_optlang_enumerator.xml.gz")).network
    inner = [name for name, edge in zip(network.reaction_ids, network.boundary, strict=True) if not edge]
    assert len(inner) == 82
    found = ask(network, ["Growth >= 0.01"], 3, candidates=inner, solver=solver, seed=seed)
    assert found.by_size == {1: 7, 2: 50, 3: 138}
    kept = ask(network, ["Growth >= 0.01"], 3, candidates=inner, protect=["EthEx >= 1"], solver=solver, seed=seed)
    assert len(kept.designs) == 163


def test_every_set_stops_growth_and_is_minimal_and_none_is_missing():
    """Brute force by single programs: all sets of at most two reactions of `textbook`."""
    network = read_model("textbook").network
    candidates = [name for name, rule in zip(network.reaction_ids, network.rules, strict=True) if rule is not None][:24]
    found = {
        frozenset(design) for design in ask(network, ["Biomass_Ecoli_core >= 0.1"], 2, candidates=candidates).designs
    }
    expected: set[frozenset[str]] = set()
    for size in (1, 2):
        for names in itertools.combinations(candidates, size):
            chosen = frozenset(names)
            if any(part <= chosen for part in expected):
                continue
            state = fba(network.without(network.reaction(name) for name in names))
            if not state.growth >= 0.1:
                expected.add(chosen)
    assert found == expected


def test_a_region_without_states_is_refused():
    network = read_model("textbook").network
    with pytest.raises(ModelError, match="no flux state"):
        ask(network, ["Biomass_Ecoli_core >= 50"], 1)


@pytest.mark.parametrize(
    ("text", "fragment"),
    [
        ("EX_ac_e", "no inequality"),
        ("EX_ac_e >= x", "no number"),
        ("EX_ac_e EX_co2_e >= 1", "a sign is missing"),
        ("2 >= 1", "names no reaction"),
        ("EX_acc_e >= 1", "no reaction"),
    ],
)
def test_what_cannot_be_read_is_explained(text, fragment):
    with pytest.raises(UsageError, match=fragment):
        parse_region(text, read_model("textbook").network, where="--suppress")


def test_coefficients_and_signs():
    network = read_model("textbook").network
    region = parse_region("2 PGI - 0.5*PFK + ACKr <= 3, PGI = 1", network, where="--suppress")
    column = network.reaction_index
    assert region.rows.shape == (3, 95)
    assert (region.rows[0, column["PGI"]], region.rows[0, column["PFK"]], region.rows[0, column["ACKr"]]) == (
        -2,
        0.5,
        -1,
    )
    assert region.right.tolist() == [-3.0, 1.0, -1.0]
