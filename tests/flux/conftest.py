"""Networks for the flux tests: random ones, and those that cobra ships, read by cobra alone."""

from __future__ import annotations

import logging
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import strategies as st
from scipy import sparse

from strainopt.network.network import Network


def build(stoichiometry, lower, upper, objective) -> Network:
    """A network with made-up ids."""
    matrix = sparse.csc_array(np.asarray(stoichiometry, dtype=float))
    rows, columns = matrix.shape
    return Network(
        id="made",
        reaction_ids=tuple(f"R{j}" for j in range(columns)),
        metabolite_ids=tuple(f"M{i}" for i in range(rows)),
        gene_ids=(),
        reaction_names=("",) * columns,
        metabolite_names=("",) * rows,
        metabolite_compartments=("",) * rows,
        metabolite_formulas=("",) * rows,
        stoichiometry=matrix,
        lower=np.asarray(lower, dtype=float),
        upper=np.asarray(upper, dtype=float),
        objective=np.asarray(objective, dtype=float),
        rules=(None,) * columns,
    )


def from_cobra(model) -> Network:
    import cobra

    logging.getLogger("cobra").setLevel(logging.ERROR)
    reactions = model.reactions
    network = build(
        cobra.util.create_stoichiometric_matrix(model),
        [r.lower_bound for r in reactions],
        [r.upper_bound for r in reactions],
        [float(r.objective_coefficient) for r in reactions],
    )
    values = {**network.__dict__, "reaction_ids": tuple(r.id for r in reactions)}
    values["metabolite_ids"] = tuple(m.id for m in model.metabolites)
    return Network(**values)


@cache
def packaged(name: str) -> Network:
    from cobra.io import load_model

    return from_cobra(load_model(name))


@cache
def from_file(path: Path) -> Network:
    from cobra.io import read_sbml_model

    return from_cobra(read_sbml_model(str(path)))


def bounded(network: Network, changes: dict[str, tuple[float | None, float | None]]) -> Network:
    """The network with some bounds replaced; None keeps a side."""
    lower, upper = network.lower.copy(), network.upper.copy()
    for name, (low, high) in changes.items():
        column = network.reaction(name)
        lower[column] = lower[column] if low is None else low
        upper[column] = upper[column] if high is None else high
    return network.with_bounds(lower, upper)


@pytest.fixture(scope="session")
def textbook() -> Network:
    return packaged("textbook")


@pytest.fixture(scope="session")
def ijo1366() -> Network:
    return packaged("iJO1366")


@st.composite
def networks(draw) -> Network:
    """Small networks with exchanges, reversible, blocked and forced reactions; some are infeasible."""
    rows, inner = draw(st.integers(2, 4)), draw(st.integers(2, 6))
    seed = draw(st.integers(0, 2**32 - 1))
    random = np.random.default_rng(seed)
    matrix = random.choice([-2, -1, -1, 0, 0, 0, 1, 1, 2], size=(rows, inner)).astype(float)
    matrix = np.hstack([matrix, -np.eye(rows)])
    columns = matrix.shape[1]
    upper = random.choice([0.0, 1.0, 5.0, 10.0, 1000.0], size=columns, p=[0.1, 0.2, 0.2, 0.2, 0.3])
    lower = -random.choice([0.0, 1.0, 10.0, 1000.0], size=columns, p=[0.5, 0.1, 0.3, 0.1])
    if draw(st.booleans()):
        forced = random.integers(columns)
        lower[forced] = upper[forced] * 0.5
    objective = np.zeros(columns)
    objective[random.integers(columns)] = 1.0
    return build(matrix, lower, upper, objective)
