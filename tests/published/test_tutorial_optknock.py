"""Optima of the COBRA Toolbox's OptKnock tutorial, proven by the MILP engine on iJO1366.

Sources: with the lower bound of ATPM at 0 the tutorial's own objectives for succinate (2.745537 for PFL and RPI,
8.809009 with three); with ATPM as the model has it an exhaustive search by plain linear programs (docs/references.md),
which finds PFL and TKT2, 1.4148, on which a third deletion does not improve, and 17.2029 and 17.3345 for lactate.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from strainopt.bilevel.writing import Formulation
from strainopt.design.engines import EngineChoice
from strainopt.design.problem import Engine
from strainopt.design.solve import solve
from strainopt.design.translate import product_coefficients, reduce_problem, translate
from strainopt.lp.registry import backend
from strainopt.lp.result import Status
from strainopt.search.claims import MilpSettings, milp_claim
from strainopt.search.evaluate import Evaluator
from strainopt.search.outcome import Limits
from tests.published.cases import tutorial

OPTIMA = [
    ("EX_succ_e", 2, True, 1.4148, ("PFL", "TKT2")),
    pytest.param("EX_succ_e", 3, True, 1.4148, ("PFL", "TKT2"), marks=pytest.mark.slow),
    ("EX_succ_e", 2, False, 2.745537, ("PFL", "RPI")),
    ("EX_succ_e", 3, False, 8.809009, ("ACALD", "LDH_D", "PFL")),
    ("EX_lac__D_e", 2, True, 17.2029, None),
    ("EX_lac__D_e", 3, True, 17.3345, None),
]


@pytest.mark.parametrize(("target", "k", "maintenance", "value", "names"), OPTIMA)
def test_the_milp_engine_proves_the_optimum(ijo1366, target, k, maintenance, value, names):
    asked = tutorial(ijo1366, target, k=k, maintenance=maintenance)
    answer = solve(asked.problem, choice=EngineChoice(Engine.MILP))
    assert answer.status == "optimal"
    assert answer.objective == pytest.approx(value, abs=1e-4)
    assert answer.statistics["certificate"] == "no design beats the answer (search without big-M)"
    # the program closed its own gap at the same value
    assert answer.statistics["program_bound"] == pytest.approx(value, rel=1e-3)
    (design,) = answer.designs
    assert design.verified
    if names is not None:
        found = [design.interventions, *design.equivalents]
        # ethanol needs acetaldehyde, so either step to it may go: two designs of one value, of which any is an answer
        assert set(names) in [{"ACALD" if one == "ALCD2x" else one for one in other} for other in found]


def test_the_program_finds_the_optimum_by_itself(ijo1366):
    # no design is handed to the solver, no certificate asked for
    asked = tutorial(ijo1366, "EX_succ_e", k=2, maintenance=True)
    problem = translate(
        asked.problem,
        reduce_problem(asked.problem),
        product_scale=asked.facts.wild_type.theoretical_max,
        product=product_coefficients(asked.problem),
    ).problem
    evaluator = Evaluator(problem)
    settings = replace(MilpSettings(formulation=Formulation.STRONG_DUALITY), start=False)
    claim = milp_claim(problem, backend=backend("highs"), settings=settings, limits=Limits(), evaluator=evaluator)
    evaluator.close()
    assert claim.status is Status.OPTIMAL
    assert claim.statistics["program_objective"] == pytest.approx(1.4148, abs=1e-4)
    assert claim.statistics["program_bound"] == pytest.approx(1.4148, rel=1e-3)
