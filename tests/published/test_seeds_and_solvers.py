"""The optimum depends on neither the seed nor the solver of the linear programs.

`textbook`, pairs of deletions, every method. The referee evaluates every set by GLPK.
"""

from __future__ import annotations

import pytest

from strainopt.design.engines import EngineChoice
from strainopt.design.problem import Engine
from strainopt.design.solve import solve
from strainopt.search.outcome import Limits
from tests.engines.cases import CASES, posed
from tests.runs import EVERY


@pytest.mark.parametrize("case", CASES, ids=str)
def test_three_seeds_and_two_solvers_agree(textbook, case):
    asked = posed(textbook, "EX_etoh_e", case, k=2)
    referee = solve(asked.problem, choice=EngineChoice(Engine.ENUMERATE))
    assert referee.proven
    for solver, seed in EVERY:
        answer = solve(asked.problem, choice=EngineChoice(Engine.BENDERS, solver=solver), limits=Limits(seed=seed))
        assert (answer.status, answer.proven, answer.solver) == (referee.status, True, solver)
        assert answer.objective == pytest.approx(referee.objective, rel=1e-6), (solver, seed)
        assert not answer.refused
