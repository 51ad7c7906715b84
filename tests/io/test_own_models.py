"""The networks of models/: their derived optima (models/README.md) against every deletion set, by LPs of scipy."""

from __future__ import annotations

import importlib.util
import itertools
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import linprog

from strainopt.io.models import read_model
from strainopt.io.sources import packaged_models
from strainopt.network.medium import Medium
from strainopt.network.network import Network
from strainopt.network.scenario import Level, Scenario, apply_scenario

ROOT = Path(__file__).resolve().parents[2]
LEAST_GROWTH = 1.0


def extreme(network: Network, objective: np.ndarray, *, extra: tuple[np.ndarray, float] | None = None) -> float:
    """Largest objective @ v, or nan where no flux state exists; `extra` adds a @ v >= b."""
    rows = {"A_ub": -extra[0][None, :], "b_ub": [-extra[1]]} if extra else {}
    result = linprog(
        -objective,
        A_eq=network.stoichiometry.toarray(),
        b_eq=np.zeros(network.shape[0]),
        bounds=list(zip(network.lower, network.upper, strict=True)),
        **rows,
    )
    return -result.fun if result.status == 0 else np.nan


def values(network: Network) -> dict[str, float] | None:
    """Growth, and the value of one mutant by several methods; None if it does not grow enough."""
    growth, product = np.zeros(network.shape[1]), np.zeros(network.shape[1])
    growth[network.reaction_index["growth"]] = product[network.reaction_index["EX_p_e"]] = 1.0
    best = extreme(network, growth)
    if not best >= LEAST_GROWTH:
        return None
    at_best = (growth, best - 1e-9)
    upper = network.upper.copy()
    upper[network.reaction_index["EX_p_e"]] = 0.0
    without = extreme(network.with_bounds(network.lower, upper), growth)
    return {
        "growth": best,
        "optknock": extreme(network, product, extra=at_best),
        "robustknock": -extreme(network, -product, extra=at_best),
        "strong": -extreme(network, -product, extra=(growth, LEAST_GROWTH)),
        "optcouple": best - (0.0 if np.isnan(without) else without),
    }


def mutants(network: Network, most: int, level: Level):
    candidates = (
        network.gene_ids
        if level is Level.GENE
        else [name for name, rule in zip(network.reaction_ids, network.rules, strict=True) if rule is not None]
    )
    for size in range(most + 1):
        for chosen in itertools.combinations(candidates, size):
            mutant, _ = apply_scenario(network, Scenario(knockouts=chosen, level=level))
            found = values(mutant)
            if found is not None:
                yield frozenset(chosen), found


REACTION, GENE = Level.REACTION, Level.GENE
# model, level, deletions, method, optimum, one best design: the tables of models/README.md.
OPTIMA = [
    ("two_routes", REACTION, 1, "optknock", 10.0, {"to_i"}),
    ("two_routes", REACTION, 1, "robustknock", 3.0, {"full"}),
    ("two_routes", REACTION, 1, "strong", 0.0, set()),
    ("two_routes", REACTION, 2, "optknock", 10.0, {"to_i"}),
    ("two_routes", REACTION, 2, "robustknock", 10.0, {"to_i", "make_w"}),
    ("two_routes", REACTION, 2, "strong", 1.0, {"to_i", "make_w"}),
    ("two_routes", REACTION, 1, "optcouple", 2.0, {"full"}),
    ("two_routes", REACTION, 2, "optcouple", 12.0, {"full", "make_w"}),
    ("isozymes", REACTION, 1, "optknock", 0.0, set()),
    ("isozymes", REACTION, 2, "robustknock", 10.0, {"fast", "bypass"}),
    ("isozymes", REACTION, 2, "strong", 1.0, {"fast", "bypass"}),
    ("isozymes", GENE, 1, "optknock", 0.0, set()),
    ("isozymes", GENE, 2, "robustknock", 10.0, {"g1", "g2"}),
    ("isozymes", GENE, 2, "strong", 1.0, {"g1", "g2"}),
    ("isozymes", GENE, 2, "optcouple", 10.0, {"g1", "g2"}),
    ("maintenance", REACTION, 1, "optknock", 6.0, {"resp"}),
    ("maintenance", REACTION, 2, "optcouple", 4.0, {"resp"}),
    ("parsimony", REACTION, 1, "optcouple", 0.0, set()),
    ("parsimony", REACTION, 2, "optcouple", 10.0, {"best", "long1"}),
    ("maintenance", REACTION, 1, "robustknock", 6.0, {"resp"}),
    ("maintenance", REACTION, 2, "strong", 4.5, {"resp"}),
    ("parsimony", REACTION, 1, "optknock", 10.0, {"best"}),
    ("parsimony", REACTION, 1, "robustknock", 0.0, set()),
    ("parsimony", REACTION, 2, "robustknock", 10.0, {"best", "long1"}),
    ("parsimony", REACTION, 2, "strong", 1.0, {"best", "long1"}),
]


@pytest.mark.parametrize(("name", "level", "most", "method", "optimum", "design"), OPTIMA)
def test_derived_optima(name: str, level: Level, most: int, method: str, optimum: float, design: set[str]) -> None:
    found = dict(mutants(read_model(name).network, most, level))
    assert max(item[method] for item in found.values()) == pytest.approx(optimum, abs=1e-6)
    assert found[frozenset(design)][method] == pytest.approx(optimum, abs=1e-6)


def test_forced_maintenance() -> None:
    network = read_model("maintenance").network
    # By hand: g + r = 10 and 4 r = g + 8.
    assert values(network)["growth"] == pytest.approx(6.4)
    assert dict(mutants(network, 1, REACTION))[frozenset({"resp"})]["growth"] == pytest.approx(4.0)
    both, _ = apply_scenario(network, Scenario(knockouts=("resp", "ferm")))
    assert np.isnan(extreme(both, both.objective))


def test_only_one_pair_of_genes_disables_both_routes() -> None:
    found = dict(mutants(read_model("isozymes").network, 2, GENE))
    assert [sorted(genes) for genes, item in found.items() if item["robustknock"] > 1e-6] == [["g1", "g2"]]


def test_least_total_flux_decides_in_parsimony() -> None:
    network, _ = apply_scenario(read_model("parsimony").network, Scenario(knockouts=("best",)))
    effort = -np.where(network.lower < 0.0, -1.0, 1.0)
    growth, product = np.zeros(network.shape[1]), np.zeros(network.shape[1])
    growth[network.reaction_index["growth"]] = product[network.reaction_index["EX_p_e"]] = 1.0
    with_product = network.lower.copy()
    with_product[network.reaction_index["EX_p_e"]] = 10.0
    without = network.upper.copy()
    without[network.reaction_index["EX_p_e"]] = 0.0
    at_best = (growth, 10.0)
    assert extreme(network.with_bounds(with_product, network.upper), effort, extra=at_best) == pytest.approx(-40.0)
    assert extreme(network.with_bounds(network.lower, without), effort, extra=at_best) == pytest.approx(-60.0)


@pytest.mark.parametrize(
    ("medium", "growth", "product"),
    [(None, 16.0, 4.0), ((("IN_s_e", 10.0),), 10.0, 10.0), ((("IN_s_e", 10.0), ("IN_o_e", 20.0)), 20.0, 0.0)],
)
def test_inward_exchanges(medium, growth: float, product: float) -> None:
    scenario = Scenario(medium=None if medium is None else Medium(medium))
    network, _ = apply_scenario(read_model("inward").network, scenario)
    found = values(network)
    assert found["growth"] == pytest.approx(growth)
    assert found["robustknock"] == pytest.approx(product, abs=1e-6)
    assert found["optknock"] == pytest.approx(product, abs=1e-6)


def test_the_files_are_what_the_script_writes(tmp_path: Path) -> None:
    spec = importlib.util.spec_from_file_location("models_build", ROOT / "models" / "build.py")
    script = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = script
    spec.loader.exec_module(script)
    script.main(tmp_path)
    written = {path.name: path.read_text() for path in tmp_path.iterdir()}
    kept = {path.name: path.read_text() for path in (ROOT / "models").glob("*.xml")}
    assert written == kept


def test_every_network_of_our_own_is_packaged() -> None:
    project = (ROOT / "pyproject.toml").read_text()
    for path in (ROOT / "models").glob("*.xml"):
        assert f'"models/{path.name}" = "strainopt/models/{path.name}"' in project
        assert packaged_models()[path.stem] == path
