"""An answer that a constant of 1000 made wrong.

On `textbook` (aerobic, succinate, K = 3, growth >= 0.05, gene-associated reactions, RobustKnock) a popular package with
GLPK and M = 1000 calls {PGI, ACKr, CO2t} optimal, which guarantees 9.67; {PGI, CO2t, PFL} guarantees 10.41
(docs/formulations.md; both values by plain linear programs with cobra).
"""

from __future__ import annotations

import pytest

from strainopt.bilevel.problem import Method
from strainopt.design.engines import EngineChoice
from strainopt.design.problem import Engine
from strainopt.design.question import Question, pose
from strainopt.design.solve import solve


@pytest.fixture(scope="module")
def problem(textbook):
    with_genes = [name for name, rule in zip(textbook.reaction_ids, textbook.rules, strict=True) if rule is not None]
    asked = Question(
        target="EX_succ_e",
        method=Method.ROBUSTKNOCK,
        max_knockouts=3.0,
        min_growth="0.05",
        candidates=tuple(with_genes),
        filters=frozenset(),
    )
    return pose(textbook, asked, biomass=textbook.reaction("Biomass_Ecoli_core")).problem


@pytest.mark.parametrize(("engine", "solver"), [(Engine.MILP, "highs"), (Engine.MILP, "glpk"), (Engine.BENDERS, None)])
def test_the_optimum_is_proven(problem, engine, solver):
    answer = solve(problem, choice=EngineChoice(engine, solver=solver))
    assert answer.status == "optimal"
    assert answer.proven
    assert answer.objective >= 10.406
    assert answer.bound >= 10.406
    assert all(design.verified for design in answer.designs)
    if engine is Engine.MILP:
        assert answer.statistics["program_bound"] >= 10.406
