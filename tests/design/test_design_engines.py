"""Which engine is chosen, and that a named solver takes effect or is refused."""

from __future__ import annotations

import pytest

from strainopt.design.engines import EngineChoice, choose_engine
from strainopt.design.problem import Engine
from strainopt.design.solve import solve
from strainopt.errors import UsageError


def test_auto_never_enumerates_and_follows_a_named_solver(small, ask):
    problem = ask(small("two_routes"))
    assert choose_engine(problem) is Engine.BENDERS
    assert choose_engine(problem, solver="glpk") is Engine.BENDERS
    assert choose_engine(problem, solver="highs") is Engine.MILP


@pytest.mark.parametrize("engine", [Engine.ENUMERATE, Engine.BENDERS])
def test_a_solver_without_effect_is_refused(small, ask, engine):
    with pytest.raises(UsageError, match="highs"):
        solve(ask(small("two_routes")), choice=EngineChoice(engine, solver="highs"))


@pytest.mark.parametrize("engine", [Engine.MILP, Engine.BENDERS])
def test_engines_agree_with_the_derivation(small, ask, engine):
    # models/README.md: 10 by {to_i, make_w}.
    answer = solve(ask(small("two_routes")), choice=EngineChoice(engine))
    assert (answer.status, answer.engine) == ("optimal", engine.value)
    assert answer.designs[0].interventions == ("make_w", "to_i")
    assert answer.objective == pytest.approx(10.0, rel=1e-6)
