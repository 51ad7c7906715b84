"""The network's own operations."""

from __future__ import annotations

import numpy as np
import pytest

from strainopt.errors import UsageError
from strainopt.network.lookup import nearest
from tests.network.small_network import bounds, network


def test_deletions_only_shrink_the_bounds() -> None:
    toy = network()
    shrunk = toy.without([toy.reaction("EX_s_e"), toy.reaction("ATPM"), toy.reaction("IN_o_e")])
    assert bounds(shrunk, "EX_s_e") == (0.0, 0.0)
    assert bounds(shrunk, "IN_o_e") == (0.0, 0.0)
    # The force on ATPM (lower bound 2) stays, so that no flux state is left.
    assert bounds(shrunk, "ATPM") == (2.0, 0.0)
    assert bounds(toy, "EX_s_e") == (-10.0, 1000.0)


def test_genes_disable_reactions_by_their_rules() -> None:
    toy = network()
    assert toy.disabled_by_genes(["g1"]) == ()
    assert toy.disabled_by_genes(["g1", "g2"]) == (toy.reaction("path"),)
    assert toy.disabled_by_genes(["g3", "g2", "g1"]) == (toy.reaction("path"), toy.reaction("ATPM"))


def test_boundary_reactions_have_one_metabolite() -> None:
    assert [network().reaction_ids[at] for at in np.flatnonzero(network().boundary)] == [
        "EX_s_e",
        "IN_o_e",
        "sink_w",
        "growth",
    ]


def test_objective_and_indices() -> None:
    toy = network()
    assert toy.with_objective(2).objective.tolist() == [0.0, 0.0, 1.0, 0.0, 0.0, 0.0]
    assert toy.shape == (4, 6)
    assert [toy.gene(name) for name in toy.gene_ids] == [0, 1, 2]
    with pytest.raises(UsageError, match="no gene 'g9'"):
        toy.gene("g9")


@pytest.mark.parametrize(
    ("name", "known", "hint"),
    [
        ("EX_glc_e", ("EX_glyc_e", "EX_glc__D_e"), "EX_glc__D_e"),
        ("EX_succ(e)", ("EX_succ_e", "EX_suc_e"), "EX_succ_e"),
        ("pgi", ("PGI", "PGK"), "PGI"),
        ("2645_10", ("2645.10", "2645.1"), "2645.10"),
        ("kinase", ("hexokinase_x",), "hexokinase_x"),
    ],
)
def test_nearest(name: str, known: tuple[str, ...], hint: str) -> None:
    assert nearest(name, known) == f"did you mean {hint}?"


@pytest.mark.parametrize("name", ["", "?", "zzzzzz"])
def test_nearest_knows_when_to_be_silent(name: str) -> None:
    assert nearest(name, ("PGI", "PGK")) == ""
