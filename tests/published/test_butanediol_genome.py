"""A published OptKnock optimum of a genome-scale network, found by a commercial solver, proven here.

Source: see `tests.published.butanediol`. Growth of at least 0.2, three deletions: 3.92263480 with AKGDH, ATPS4rpp and
ACKr or PTAr (growth 0.231105, product from 0 to 3.922635; evaluated by cobra and GLPK as well).
"""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.published.butanediol import BIOMASS, TARGET, write_candidates, write_model
from tests.runs import SOME

VALUE = 3.92263480
DELETED = ({"AKGDH", "ATPS4rpp", "ACKr"}, {"AKGDH", "ATPS4rpp", "PTAr"})
COMMAND = ("--target", TARGET, "--biomass", BIOMASS, "--method", "optknock", "--min-growth", "0.2")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Holds the model and candidates files."""
    made = tmp_path_factory.mktemp("butanediol")
    write_model(made / "model.json")
    write_candidates(made / "deletions.tsv")
    return made


def ask(folder, *more: str):
    """The answer to a command, as a user gives it."""
    command = [sys.executable, "-m", "strainopt", "design", str(folder / "model.json"), *COMMAND, *more]
    ran = subprocess.run([*command, "--engine", "benders", "--json"], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


@pytest.mark.slow
@pytest.mark.parametrize(("solver", "seed"), SOME)
def test_three_deletions(folder, solver, seed):
    candidates = str(folder / "deletions.tsv")
    document = ask(folder, "-k", "3", "--candidates-file", candidates, "--solver", solver, "--seed", str(seed))
    assert document["proven"]
    assert document["objective"] == pytest.approx(VALUE, abs=1e-6)
    design = document["designs"][0]
    assert design["verified"]
    assert design["growth"] == pytest.approx(0.231105, abs=1e-6)
    assert design["product_min"] == pytest.approx(0.0, abs=1e-6)
    assert design["product_max"] == pytest.approx(VALUE, abs=1e-6)
    sets = [set(design["interventions"]), *(set(other) for other in design["equivalents"])]
    assert any(published in sets for published in DELETED)
