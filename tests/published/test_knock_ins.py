"""Published optima with knock-ins, gene deletions and an exchange among the candidates, proven.

Source: StrainDesign notebooks (klamt-lab/straindesign @85b35b9, docs/source/examples, JN_04 and JN_06): e_coli_core
with nine reactions to 1,4-butanediol, growth of at least 0.5, gene deletions (not s0001), EX_o2_e, and the knock-ins
AKGDC and SSCOARx, at 1 each. OptKnock: 2.61953994 with AKGDC and ten genes, of cost 11; cobra and GLPK give it growth
0.541736 and a product from 0 to 2.619540. RobustKnock: the same value, at a cost of 14. The model is read from a folder
of models, where there is one.
"""

from __future__ import annotations

import pytest

from strainopt.bilevel.problem import Method
from strainopt.design.engines import EngineChoice
from strainopt.design.mutant import wild_type_of
from strainopt.design.problem import Engine, Level
from strainopt.design.question import Question, pose
from strainopt.design.solve import solve
from strainopt.design.verify import Checks, verify_design
from strainopt.io.models import read_model
from strainopt.network.interventions import Intervention, Kind
from strainopt.search.outcome import Limits
from tests.runs import SOME

GENES = ("b4025", "b2587", "b1761", "b0726", "b4015", "b3115", "b2296", "b1849", "b1854", "b1676")
"""pgi kgtP gdhA sucA aceA tdcD ackA purT pykA pykF"""


def ask(external_model, *, k, method=Method.OPTKNOCK):
    network = read_model(external_model("e_coli_core_14bdo_cnapy.xml.gz")).network
    lines = (
        Intervention("b*"),
        Intervention("EX_o2_e"),
        Intervention("AKGDC", Kind.KNOCKIN),
        Intervention("SSCOARx", Kind.KNOCKIN),
    )
    question = Question("EX_14bdo_e", method, float(k), "0.5", level=Level.GENE, offers=lines)
    return pose(network, question, biomass=network.reaction("BIOMASS_Ecoli_core_w_GAM"))


def test_the_published_design_is_confirmed(external_model):
    posed = ask(external_model, k=11)
    assert posed.facts.wild_type.theoretical_max == pytest.approx(10.252923, abs=1e-6)
    assert "s0001" not in posed.problem.candidates
    assert {"EX_o2_e", "AKGDC", "SSCOARx"} <= set(posed.problem.candidates)
    network, wild = posed.problem.network, wild_type_of(posed.problem)
    for name in posed.problem.knock_ins:
        assert wild.upper[wild.reaction(name)] == 0.0 < network.upper[network.reaction(name)]
    design = verify_design(posed.problem, ("AKGDC", *GENES), theoretical_max=10.252923, checks=Checks.standard())
    assert design.verified, design.refusal
    assert design.objective == pytest.approx(2.61953994, abs=1e-7)
    assert design.growth == pytest.approx(0.541736, abs=1e-6)
    assert design.product_min == pytest.approx(0.0, abs=1e-7)
    assert design.cost == 11.0
    assert design.added == ("AKGDC",)
    assert design.genes == tuple(sorted(GENES))


@pytest.mark.parametrize(
    ("method", "k", "solver", "seed"),
    [
        *((Method.OPTKNOCK, 11, *run) for run in SOME),
        *((Method.ROBUSTKNOCK, 14, *run) for run in SOME),
        (Method.OPTKNOCK, 30, "glpk", 0),
    ],
)
def test_the_published_optimum_is_proven(external_model, method, k, solver, seed):
    choice = EngineChoice(Engine.BENDERS, solver=solver)
    answer = solve(ask(external_model, k=k, method=method).problem, choice=choice, limits=Limits(seed=seed))
    assert answer.proven
    assert answer.objective == pytest.approx(2.61953994, abs=1e-7)
    assert answer.bound == pytest.approx(2.61953994, rel=1e-4)
    (design,) = answer.designs
    assert design.verified
    assert design.growth == pytest.approx(0.541736, abs=1e-6)
    # dearer sets are published for the same value
    assert design.cost <= min(k, 11 if method is Method.OPTKNOCK else 14)


def test_two_interventions_do_not_couple(external_model):
    answer = solve(ask(external_model, k=2).problem)
    assert answer.status == "infeasible"
    assert answer.proven
    assert answer.statistics["bundles"] == 4
