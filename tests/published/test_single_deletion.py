"""The best single deletion among all candidates of a genome-scale model.

Source: cameo-notebooks @7f59207, iJO1366, default medium, acetate, OptKnock, one deletion, growth at least 10 % of
the wild type's: ATPS4rpp, 13.942932 at growth 0.402477. (A rerun printed in 2021 gives 8.2076 with EX_o2_e.)
"""

from __future__ import annotations

import pytest

from strainopt.bilevel.problem import Method
from strainopt.design.engines import EngineChoice
from strainopt.design.problem import Engine
from strainopt.design.question import Question, pose
from strainopt.design.solve import solve
from tests.published.cases import BIOMASS


@pytest.mark.parametrize("engine", [Engine.ENUMERATE, Engine.BENDERS])
def test_acetate_by_one_deletion(ijo1366, engine):
    asked = Question(target="EX_ac_e", method=Method.OPTKNOCK, max_knockouts=1.0, min_growth="10%")
    problem = pose(ijo1366, asked, biomass=ijo1366.reaction(BIOMASS)).problem
    answer = solve(problem, choice=EngineChoice(engine))
    assert answer.status == "optimal"
    (design,) = answer.designs
    assert design.interventions == ("ATPS4rpp",)
    assert design.objective == pytest.approx(13.942932, abs=5e-6)
    assert design.growth == pytest.approx(0.402477, abs=1e-6)
