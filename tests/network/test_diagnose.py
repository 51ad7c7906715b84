"""Static findings, one network change at a time."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from strainopt.network.diagnose import biomass_candidates, diagnose
from strainopt.network.findings import EXAMPLES, Severity, finding
from strainopt.network.gpr import parse_rule
from tests.network.small_network import network


def found(of) -> dict[str, tuple[str, ...]]:
    return {item.code: item.examples for item in diagnose(of)}


def test_the_toy_itself() -> None:
    # ATPM is forced (lower 2); everything else is in order.
    assert found(network()) == {"flux-forced": ("ATPM",)}


def test_dead_ends_follow_the_bounds() -> None:
    upper = network().upper.copy()
    upper[network().reaction_index["growth"]] = 0.0
    # x can then only be made; growth itself has both bounds zero.
    result = found(network(upper=upper))
    assert result["metabolite-dead-end"] == ("x_c",)
    assert result["reaction-closed"] == ("growth",)


def test_empty_and_one_sided_reactions_and_unused_metabolites() -> None:
    dense = network().stoichiometry.toarray()
    dense[:, 2] = 0.0
    assert found(network(stoichiometry=sparse.csc_array(dense)))["reaction-empty"] == ("path",)
    dense[:, 2] = [1.0, 1.0, 0.0, 0.0]
    assert found(network(stoichiometry=sparse.csc_array(dense)))["one-sided"] == ("path",)
    dense[1, :] = 0.0
    assert found(network(stoichiometry=sparse.csc_array(dense)))["metabolite-unused"] == ("o_e",)


def test_unlimited_uptake_counts_carbon_only() -> None:
    lower, upper = network().lower.copy(), network().upper.copy()
    lower[0], upper[1] = -1000.0, 1000.0
    assert found(network(lower=lower, upper=upper))["uptake-unlimited"] == ("EX_s_e",)
    lower[0] = -np.inf
    result = found(network(lower=lower, upper=upper))
    assert result["uptake-unlimited"] == ("EX_s_e",)
    assert result["bounds-infinite"] == ("EX_s_e",)


def test_genes_without_effect() -> None:
    rules = list(network().rules)
    # g1 alone suffices, so the complex with g2 never matters.
    rules[2] = parse_rule("g1 or (g1 and g2)")
    result = found(network(rules=tuple(rules), gene_ids=("g1", "g2", "g3", "g4")))
    assert result["gene-idle"] == ("g2 in path",)
    assert result["gene-unused"] == ("g4",)


def test_biomass_is_guessed_by_id_and_name() -> None:
    assert biomass_candidates(network()) == ("growth",)
    ids = ("a", "b", "c", "d", "e", "f")
    assert biomass_candidates(network(reaction_ids=ids)) == ("f",)


def test_a_finding_counts_all_and_shows_a_few() -> None:
    item = finding("code", Severity.INFO, message="text", places=[str(n) for n in range(EXAMPLES + 3)])
    assert item.count == EXAMPLES + 3
    assert len(item.examples) == EXAMPLES
