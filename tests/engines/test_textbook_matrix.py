"""All engines, all methods, one to three deletions on cobra's `textbook`: the same optimum, and verified designs.

The expected value is that of the referee, which evaluates every set by plain linear programs; values are compared
within 1e-4 of the theoretical maximum product, the improvement step of every search.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from strainopt.bilevel.problem import Method
from strainopt.bilevel.writing import Formulation
from strainopt.design.engines import EngineChoice
from strainopt.design.problem import Engine
from strainopt.design.solve import solve
from strainopt.design.verify import Checks, verify_design
from strainopt.io.models import read_model
from strainopt.lp.result import Status
from strainopt.tolerances import TIE, ZERO_PRODUCT
from tests.engines.cases import CASES, TARGETS, Case, best_by_size, cold_claim, posed, translated

STEP = 1e-4

SLOW_BY_KKT = Case(Method.PFBA)
"""Three nested optima by complementarity, 500 binaries: minutes on `textbook` (and right); see the small network."""

NO_KKT = Case(Method.OPTCOUPLE)
"""Nothing there has to be made optimal."""


def says(claim, expected, scale):
    """The program's own answer and bound: no known design was handed to the solver."""
    assert claim.status is Status.OPTIMAL
    assert claim.statistics["program_objective"] == pytest.approx(expected, abs=STEP * scale)
    assert claim.statistics["program_bound"] == pytest.approx(expected, abs=STEP * scale)
    assert claim.found[0].value == pytest.approx(expected, rel=STEP, abs=TIE * scale)


@pytest.mark.parametrize("case", CASES, ids=str)
@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("oxygen", ["aerobic", "anaerobic"])
def test_engines_agree(scenario, oxygen, target, case):
    asked = posed(scenario[oxygen], target, case, k=3)
    translation = translated(asked)
    scale = translation.problem.value_scale
    expected = best_by_size(translation.problem)
    for k in (1, 2, 3):
        best = expected[k]
        problem = replace(asked.problem, max_knockouts=float(k))
        says(cold_claim(replace(translation.problem, max_cost=float(k))), best.value, scale)
        answer = solve(problem, choice=EngineChoice(Engine.BENDERS))
        assert answer.proven
        assert not answer.refused
        if best.value <= ZERO_PRODUCT * scale:
            assert answer.designs == ()
            continue
        assert answer.objective == pytest.approx(best.value, rel=STEP, abs=TIE * scale)
        assert answer.bound == pytest.approx(best.value, abs=2 * STEP * scale)
        assert all(design.verified for design in answer.designs)
        again = verify_design(
            problem,
            translation.candidates.interventions(best.deleted),
            theoretical_max=translation.problem.product_scale,
            growth_max=translation.problem.growth_scale,
            checks=Checks(),
            claimed=best.value,
        )
        assert again.verified, again.refusal


@pytest.mark.parametrize("k", [1, 2])
@pytest.mark.parametrize("case", [case for case in CASES if case not in (SLOW_BY_KKT, NO_KKT)], ids=str)
def test_complementarity_agrees(scenario, case, k):
    asked = posed(scenario["anaerobic"], "EX_etoh_e", case, k=k)
    problem = translated(asked).problem
    claim = cold_claim(problem, formulation=Formulation.KKT)
    says(claim, best_by_size(problem)[k].value, problem.product_scale)


@pytest.mark.parametrize("k", [1, 2])
@pytest.mark.parametrize("case", [case for case in CASES if case != NO_KKT], ids=str)
def test_complementarity_agrees_where_total_flux_decides(case, k):
    network = read_model("parsimony").network
    asked = posed(network, "EX_p_e", case, k=k, biomass="growth", min_growth="1", filters=frozenset())
    problem = translated(asked).problem
    claim = cold_claim(problem, formulation=Formulation.KKT)
    says(claim, best_by_size(problem)[k].value, problem.product_scale)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_whole_way_of_the_milp_engine(scenario, case):
    # start solution, certificate and verification included
    asked = posed(scenario["anaerobic"], "EX_succ_e", case, k=2)
    answer = solve(asked.problem, choice=EngineChoice(Engine.MILP))
    problem = translated(asked).problem
    assert answer.status == "optimal"
    assert answer.statistics["certificate"] == "no design beats the answer (search without big-M)"
    assert answer.objective == pytest.approx(best_by_size(problem)[2].value, abs=STEP * problem.value_scale)
    assert all(design.verified for design in answer.designs)
