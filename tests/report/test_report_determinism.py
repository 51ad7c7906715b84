"""Same input, same bytes, also in another process with another hash seed."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

SCRIPT = """
from strainopt.bilevel.problem import Method
from strainopt.design.engines import EngineChoice
from strainopt.design.problem import DesignProblem, Engine, Level
from strainopt.design.solve import solve
from strainopt.io.models import read_model
from strainopt.report.fluxes import flux_profiles
from strainopt.report.tables import designs_table, fluxes_table, funnel_table

network = read_model("textbook").network
problem = DesignProblem(
    network, network.reaction("Biomass_Ecoli_core"), network.reaction("EX_succ_e"), Method.OPTKNOCK, 2.0, 0.05,
    network.gene_ids, level=Level.GENE,
)
answer = solve(problem, choice=EngineChoice(Engine.{engine}), designs=3, within=1.0)
print(designs_table(answer.designs).to_text() + funnel_table(answer.funnel).to_text())
print(fluxes_table(network, flux_profiles(problem, answer.designs)).to_text())
"""


@pytest.mark.parametrize("engine", ["BENDERS", "ENUMERATE"])
def test_hash_seeds_change_nothing(engine):
    texts = []
    for seed in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT.replace("{engine}", engine)],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        )
        texts.append(done.stdout)
    assert texts[0] == texts[1]
    assert "s0001" in texts[0]
