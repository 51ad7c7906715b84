"""Networks that the tests of the design layer ask their questions about."""

from __future__ import annotations

import pytest

from strainopt.bilevel.problem import Method, Ties
from strainopt.design.problem import DesignProblem, Level, Measure
from strainopt.io.models import read_model


@pytest.fixture(scope="session")
def small():
    """One of the small networks of models/README.md by name."""
    return lambda name: read_model(name).network


@pytest.fixture(scope="session")
def textbook():
    return read_model("textbook").network


@pytest.fixture(scope="session")
def anaerobic(textbook):
    lower = textbook.lower.copy()
    lower[textbook.reaction("EX_o2_e")] = 0.0
    return textbook.with_bounds(lower, textbook.upper)


@pytest.fixture(scope="session")
def ask():
    """Writes a design question with reaction names."""
    return question


def question(
    network,
    *,
    biomass="growth",
    target="EX_p_e",
    method=Method.ROBUSTKNOCK,
    k=2,
    min_growth=1.0,
    candidates=None,
    level=Level.REACTION,
    alpha=1.0,
    ties=Ties.PESSIMISTIC,
    costs=None,
    measure=Measure.RATE,
    substrate=None,
):
    if candidates is None:
        with_genes = [name for name, rule in zip(network.reaction_ids, network.rules, strict=True) if rule is not None]
        candidates = network.gene_ids if level is Level.GENE else with_genes
    return DesignProblem(
        network=network,
        biomass=network.reaction(biomass),
        target=network.reaction(target),
        method=method,
        max_knockouts=float(k),
        min_growth=min_growth,
        candidates=tuple(candidates),
        level=level,
        costs=dict(costs or {}),
        alpha=alpha,
        ties=ties,
        measure=measure,
        substrate=None if substrate is None else network.reaction(substrate),
    )
