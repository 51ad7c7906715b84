"""Tables and documents: names, formats, and that the same answer gives the same bytes."""

from __future__ import annotations

import json
import math
from dataclasses import fields

import numpy as np
import pytest

from strainopt.bilevel.problem import Method
from strainopt.design.engines import EngineChoice
from strainopt.design.problem import Coupling, Design, DesignProblem, Engine, FunnelStep
from strainopt.design.solve import solve
from strainopt.io.models import read_model
from strainopt.report.document import ModelInfo, Run, result_document, to_text
from strainopt.report.fluxes import flux_profiles
from strainopt.report.numbers import cell, plain
from strainopt.report.provenance import provenance
from strainopt.report.tables import (
    DESIGN_COLUMNS,
    FLUX_COLUMNS,
    FUNNEL_COLUMNS,
    designs_table,
    fluxes_table,
    funnel_table,
)

# docs/cli.md
DOCUMENT_KEYS = {
    "schema_version", "command", "status", "proven", "objective", "bound", "gap", "stop_reason", "seconds", "model",
    "scenario", "options", "wild_type", "target", "funnel", "engine", "designs", "provenance",
}  # fmt: skip
DESIGN_KEYS = {
    "rank", "interventions", "reactions", "genes", "n_interventions", "cost", "objective", "growth", "product_min",
    "product_max", "product_pfba", "yield_min", "yield_max", "coupling", "verified", "residual",
}  # fmt: skip


@pytest.fixture(scope="module")
def problem():
    network = read_model("textbook").network
    lower = network.lower.copy()
    lower[network.reaction("EX_o2_e")] = 0.0
    return DesignProblem(
        network=network.with_bounds(lower, network.upper),
        biomass=network.reaction("Biomass_Ecoli_core"),
        target=network.reaction("EX_succ_e"),
        method=Method.ROBUSTKNOCK,
        max_knockouts=2.0,
        min_growth=0.05,
        candidates=("PFL", "ACKr", "ALCD2x", "LDH_D", "PYK", "GND"),
    )


def answered(problem):
    return solve(problem, choice=EngineChoice(Engine.ENUMERATE), designs=3, within=1.0)


@pytest.fixture(scope="module")
def answer(problem):
    return answered(problem)


def run(problem):
    return Run(
        command="design",
        model=ModelInfo.of(problem.network, sha256="0" * 64),
        target="EX_succ_e",
        scenario={"bounds": {"EX_o2_e": [0.0, None]}},
        options={"method": Method.ROBUSTKNOCK, "max_knockouts": 2, "time_limit": math.inf},
        provenance=provenance(seed=7),
    )


def test_document_has_the_keys_of_the_contract(problem, answer):
    document = result_document(run(problem), answer)
    assert set(document) >= DOCUMENT_KEYS
    assert all(set(design) >= DESIGN_KEYS for design in document["designs"])
    assert len(document["designs"]) == len(answer.designs) > 0
    assert set(document["model"]) == {"id", "sha256", "reactions", "metabolites", "genes"}
    assert set(document["wild_type"]) == {"growth", "product_min", "product_max"}
    assert set(document["target"]) == {"id", "theoretical_max"}
    assert set(document["engine"]) >= {"name", "solver", "rounds", "lps", "big_m"}
    assert document["engine"]["big_m"] is None
    assert set(document["provenance"]) == {
        "strainopt", "python", "cobra", "solvers", "platform", "seed", "started", "config_sha256",
    }  # fmt: skip
    assert document["options"] == {"method": "robustknock", "max_knockouts": 2, "time_limit": None}
    assert json.loads(to_text(document)) == document


def test_nan_is_null_in_json_and_empty_in_tables():
    assert plain({"a": float("nan"), "b": (np.float64(1.5), -0.0), "c": {3, 1}, "d": Coupling.DGCP}) == {
        "a": None, "b": [1.5, 0.0], "c": [1, 3], "d": "dGCP",
    }  # fmt: skip
    assert math.copysign(1.0, plain(-0.0)) == 1.0
    assert cell(float("nan")) == ""
    with pytest.raises(TypeError):
        plain(object())


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.1, "0.1"), (1 / 3, "0.333333333"), (-0.0, "0"), (1e-13, "0"), (-2.5e-7, "-2.5e-07"), (1000.0, "1000"),
     (math.inf, "inf"), (True, "true"), (3, "3"), (np.float64(2.5), "2.5"), (None, ""), (("b", "a"), "b;a"),
     ((("a", "b"), ("c",)), "a+b;c"), ((), ""), (Coupling.SUCP, "SUCP"), ("0010", "0010"), ("2645.10", "2645.10"),
     ("a\tb\n", "a b")],
)  # fmt: skip
def test_cells(value, text):
    assert cell(value) == text


def test_columns_are_attributes_of_the_result_classes():
    assert set(DESIGN_COLUMNS) - {"n_interventions"} <= {field.name for field in fields(Design)}
    assert set(DESIGN_COLUMNS) >= DESIGN_KEYS
    assert tuple(field.name for field in fields(FunnelStep)) == FUNNEL_COLUMNS


def test_tables_have_one_row_per_thing(problem, answer):
    designs = designs_table(answer.designs).to_text().splitlines()
    assert designs[0].split("\t") == list(DESIGN_COLUMNS)
    assert len(designs) == 1 + len(answer.designs)
    assert designs[1].split("\t")[1] == ";".join(answer.designs[0].interventions)
    funnel = funnel_table(answer.funnel).to_text().splitlines()
    assert len(funnel) == 1 + len(answer.funnel)


def test_flux_profiles_are_states_of_the_mutants(problem, answer):
    network = problem.network
    profiles = flux_profiles(problem, answer.designs[:1])
    assert [profile.rank for profile in profiles] == [0, 1]
    for profile in profiles:
        assert profile.complete
        assert np.abs(network.stoichiometry @ profile.pfba).max() < 1e-6
        assert (profile.lower <= profile.pfba + 1e-6).all()
        assert (profile.pfba <= profile.upper + 1e-6).all()
    design = answer.designs[0]
    mutant = profiles[1]
    assert (mutant.lower[problem.target], mutant.upper[problem.target]) == pytest.approx(
        (design.product_min, design.product_max), abs=1e-6
    )
    for name in design.reactions:
        column = network.reaction(name)
        assert mutant.lower[column] == mutant.upper[column] == mutant.pfba[column] == 0.0
    text = fluxes_table(network, profiles).to_text().splitlines()
    assert text[0].split("\t") == list(FLUX_COLUMNS)
    assert len(text) == 1 + 2 * network.shape[1]


def test_ranges_left_out_for_lack_of_time_are_empty_and_the_state_is_there(problem):
    (profile,) = flux_profiles(problem, (), deadline=0.0)
    assert not profile.complete
    assert np.isnan(profile.lower).all()
    assert np.isfinite(profile.pfba).all()
    line = fluxes_table(problem.network, (profile,)).to_text().splitlines()[1]
    assert line.split("\t")[3:] == ["", ""]


def test_two_runs_give_the_same_bytes(problem, answer):
    again = answered(problem)
    assert designs_table(answer.designs).to_text() == designs_table(again.designs).to_text()
    first = fluxes_table(problem.network, flux_profiles(problem, answer.designs)).to_text()
    second = fluxes_table(problem.network, flux_profiles(problem, again.designs)).to_text()
    assert first == second
    assert funnel_table(answer.funnel) == funnel_table(again.funnel)


def test_provenance_knows_what_is_installed():
    import highspy  # noqa: F401 - the solver whose version must be found

    found = provenance(seed=3, config_sha256="ab")
    assert found.strainopt
    assert found.cobra
    assert dict(found.solvers)["highspy"]
    assert (found.seed, found.config_sha256) == (3, "ab")
    assert found.started.endswith("+00:00")
