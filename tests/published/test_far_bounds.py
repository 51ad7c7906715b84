"""A model whose missing limits are written as 999999: at such fluxes in cycles no solver can balance rows to 1e-9.

iMM904 (BiGG Models, read from a folder of models where there is one), its own medium, succinate, growth of at least
10 % of the wild type's. Referees: the engine that evaluates every set, and cobra on the model with bounds of 1000.
"""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from cobra.io import read_sbml_model

COMMAND = ("--target", "EX_succ_e", "--min-growth", "10%")


@pytest.fixture(scope="module")
def path(external_model):
    return str(external_model("iMM904.xml.gz"))


def ask(path, *more):
    ran = subprocess.run(
        [sys.executable, "-m", "strainopt", "design", path, *COMMAND, *more, "--json"], capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


def test_one_deletion_as_every_set_evaluated(path):
    found, referee = (ask(path, "-k", "1", "--engine", engine) for engine in ("benders", "enumerate"))
    assert found["proven"]
    assert referee["proven"]
    assert found["objective"] == pytest.approx(referee["objective"], rel=1e-6)


@pytest.mark.parametrize("method", ["robustknock", "optknock"])
def test_a_pair_is_what_cobra_makes_of_it(path, method):
    found = ask(path, "-k", "2", "--method", method)
    assert found["proven"]
    assert found["refused"] == []
    (design,) = found["designs"]
    model = read_sbml_model(path)
    for reaction in model.reactions:
        reaction.bounds = (max(reaction.lower_bound, -1000.0), min(reaction.upper_bound, 1000.0))
    for name in design["interventions"]:
        model.reactions.get_by_id(name).knock_out()
    growth = model.slim_optimize()
    assert growth == pytest.approx(design["growth"], rel=1e-6)
    model.reactions.get_by_id("BIOMASS_SC5_notrace").lower_bound = growth * (1.0 - 1e-9)
    model.objective = "EX_succ_e"
    assert model.slim_optimize() == pytest.approx(design["product_max"], rel=1e-4)
    model.objective_direction = "min"
    assert model.slim_optimize() == pytest.approx(design["product_min"], rel=1e-4)


def test_what_was_cut_is_said(path):
    ran = subprocess.run(
        [sys.executable, "-m", "strainopt", "design", path, *COMMAND, "--dry-run", "--verbose"],
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0
    assert "bounds-cut" in ran.stderr
