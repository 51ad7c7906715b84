"""Our reading of real models against cobra's, and their growth against published figures."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

from strainopt.io.models import packaged_models, read_model
from strainopt.lp.program import LinearProgram
from strainopt.lp.registry import backend
from strainopt.network.network import Network
from tests.io.referee import read_with_cobra

# Growth with the files' own bounds, as the models' publications or their keepers' FBA give it.
GROWTH = {
    "e_coli_core.xml.gz": 0.873922,
    "e_coli_core_14bdo_cnapy.xml.gz": 0.873922,
    "ECC2_cnapy.xml.gz": 0.982095,
    "ECC2comp_optlang_enumerator.xml.gz": 2.374995,
    "iCW773R.xml.gz": 0.434189,
    "iJR904.xml.gz": 0.921948,
    "iMLcore.xml.gz": 0.876997,
    "iTO977_cameo.xml.gz": 0.099695,
    "iYO844.xml.gz": 0.117966,
    "model_gpr.xml.gz": 5.0,
    "model_small_example.xml.gz": 100.0,
    "model_weak_coupling.xml.gz": 10.0,
    "toy_gMCS_cobratoolbox.xml.gz": 1000.0,
    "iML1515.xml.gz": 0.876997,
    "yeast-GEM-9.0.2.xml.gz": 0.085844,
}


def compare(path: Path) -> Network:
    network, cobra = read_model(path).network, read_with_cobra(path)
    assert network.reaction_ids == cobra.reactions
    assert network.metabolite_ids == cobra.metabolites
    assert network.gene_ids == cobra.genes
    matrix = network.stoichiometry.tocoo()
    entries = {
        (network.metabolite_ids[row], network.reaction_ids[column]): value
        for row, column, value in zip(matrix.row, matrix.col, matrix.data, strict=True)
    }
    assert entries == cobra.entries
    assert np.array_equal(network.lower, cobra.lower)
    assert np.array_equal(network.upper, cobra.upper)
    assert np.array_equal(network.objective, cobra.objective)
    chosen = random.Random(7)
    genes = sorted(network.gene_ids)
    for part in (2, 4, 10):
        deleted = set(chosen.sample(genes, len(genes) // part))
        for rule, theirs in zip(network.rules, cobra.rules, strict=True):
            # cobra counts an empty rule as true.
            assert (rule is None or rule.holds_without(deleted)) is bool(theirs.eval(deleted))
    return network


def growth(network: Network) -> float:
    zero = np.zeros(network.shape[0])
    program = LinearProgram(network.objective, network.stoichiometry, zero, zero, network.lower, network.upper)
    return backend("highs").solve(program).objective


@pytest.mark.parametrize("name", ["textbook", "mini", "two_routes", "isozymes", "maintenance", "parsimony", "inward"])
def test_packaged_models(name: str) -> None:
    compare(packaged_models()[name])


@pytest.mark.parametrize("name", ["mini.json", "mini.mat", "mini.yml"])
def test_other_formats(name: str) -> None:
    compare(packaged_models()["textbook"].parent / name)


def test_growth_of_the_textbook_model() -> None:
    # Orth, Fleming, Palsson (2010), EcoSal 10.2.1: 0.8739 1/h, aerobic on glucose.
    assert growth(read_model("textbook").network) == pytest.approx(0.8739, abs=5e-5)


@pytest.mark.models
@pytest.mark.parametrize("name", GROWTH)
def test_external_models(name: str, external_model) -> None:
    network = compare(external_model(name))
    assert growth(network) == pytest.approx(GROWTH[name], abs=2e-6)
