"""End to end on cobra's `textbook` with the referee engine."""

from __future__ import annotations

import itertools

import pytest

from strainopt.bilevel.problem import Method
from strainopt.design.engines import EngineChoice
from strainopt.design.problem import Engine, Level, Measure
from strainopt.design.solve import solve
from strainopt.design.verify import Checks, evaluate_design
from strainopt.io.models import read_model

REFEREE = EngineChoice(Engine.ENUMERATE)
SUCCINATE = {"biomass": "Biomass_Ecoli_core", "target": "EX_succ_e", "min_growth": 0.05}


@pytest.fixture(scope="module")
def cobra_model():
    from cobra.io import load_model

    return load_model("textbook")


def guaranteed(model, names):
    """Guaranteed succinate of a set of deletions by cobra and its own solver; None if it grows below 0.05."""
    with model:
        for name in names:
            model.reactions.get_by_id(name).knock_out()
        growth = model.slim_optimize(error_value=0.0)
        if not growth >= 0.05:
            return None
        model.reactions.get_by_id("Biomass_Ecoli_core").lower_bound = growth * (1 - 1e-9)
        model.objective = "EX_succ_e"
        model.objective_direction = "min"
        return model.slim_optimize()


@pytest.mark.parametrize("oxygen", [True, False])
def test_pairs_against_cobra(textbook, anaerobic, ask, cobra_model, oxygen):
    # All pairs of lumped candidates, each evaluated by cobra on the full model: no shared code.
    network = textbook if oxygen else anaerobic
    names = ["PGI", "PFL", "ACKr", "CO2t", "ALCD2x", "LDH_D", "PYK", "GND", "FUM", "MDH", "NADH16", "O2t"]
    with cobra_model as model:
        if not oxygen:
            model.reactions.EX_o2_e.lower_bound = 0.0
        sets = [s for size in (1, 2) for s in itertools.combinations(names, size)]
        best = max(value for s in sets if (value := guaranteed(model, s)) is not None)
    answer = solve(ask(network, **SUCCINATE, k=2, candidates=names), choice=REFEREE)
    assert answer.status == "optimal"
    assert answer.objective == pytest.approx(best, rel=1e-5)


def test_three_deletions_beat_the_wrong_answer(textbook, ask):
    # docs/formulations.md: {PGI, CO2t, PFL} guarantees 10.41, so the optimum over all gene-associated reactions does.
    answer = solve(ask(textbook, **SUCCINATE, k=3), choice=REFEREE)
    assert answer.proven
    assert answer.objective >= 10.405
    (design,) = answer.designs
    assert design.verified
    assert design.n_interventions <= 3
    again = evaluate_design(
        textbook,
        biomass=textbook.reaction("Biomass_Ecoli_core"),
        target=textbook.reaction("EX_succ_e"),
        interventions=design.interventions,
        min_growth=0.05,
    )
    assert again.objective == pytest.approx(answer.objective, rel=1e-6)


@pytest.mark.parametrize("method", list(Method))
def test_more_deletions_never_lose(anaerobic, ask, method):
    values = []
    for k in (1, 2):
        answer = solve(ask(anaerobic, **SUCCINATE, k=k, method=method), choice=REFEREE)
        values.append(answer.objective if answer.designs else 0.0)
        assert answer.proven
        assert not answer.refused
    assert values[1] >= values[0] - 1e-9


def test_equivalents_have_the_same_effect(textbook, ask):
    (design,) = solve(ask(textbook, **SUCCINATE, k=2), choice=REFEREE).designs
    for names in design.equivalents[:5]:
        twin = evaluate_design(
            textbook,
            biomass=textbook.reaction("Biomass_Ecoli_core"),
            target=textbook.reaction("EX_succ_e"),
            interventions=names,
            min_growth=0.05,
            checks=Checks(),
        )
        assert (twin.growth, twin.objective) == pytest.approx((design.growth, design.objective), rel=1e-6)


def test_gene_level_agrees_with_plain_evaluation_of_every_pair(textbook, ask):
    # Few genes, all pairs by evaluate_design on the full model, against reduction, translation and the engine.
    genes = ("s0001", "b3731", "b4025", "b0902", "b2279", "b1779")
    answer = solve(ask(textbook, **SUCCINATE, k=2, level=Level.GENE, candidates=genes), choice=REFEREE)
    values = []
    for pair in itertools.combinations(genes, 2):
        design = evaluate_design(
            textbook,
            biomass=textbook.reaction("Biomass_Ecoli_core"),
            target=textbook.reaction("EX_succ_e"),
            interventions=pair,
            level=Level.GENE,
            min_growth=0.05,
            checks=Checks(),
        )
        if design.verified:
            values.append(design.objective)
    assert answer.objective == pytest.approx(max(values), rel=1e-5)


@pytest.mark.parametrize("method", [Method.OPTKNOCK, Method.ROBUSTKNOCK])
def test_yield_by_brute_force(anaerobic, ask, method):
    names = ("PFL", "ACKr", "ALCD2x", "LDH_D", "PYK", "GND", "CO2t")
    asked = ask(
        anaerobic, **SUCCINATE, k=2, method=method, candidates=names, measure=Measure.YIELD, substrate="EX_glc__D_e"
    )
    answer = solve(asked, choice=REFEREE)
    best = 0.0
    for size in (0, 1, 2):
        for chosen in itertools.combinations(names, size):
            design = evaluate_design(
                anaerobic,
                biomass=asked.biomass,
                target=asked.target,
                interventions=chosen,
                min_growth=0.05,
                method=method,
                measure=Measure.YIELD,
                substrate=asked.substrate,
                checks=Checks(),
            )
            if design.verified:
                best = max(best, design.objective)
    assert answer.objective == pytest.approx(best, rel=1e-5)
    assert answer.bound >= best - 1e-9


def test_the_packaged_model_is_read_as_cobra_reads_it(cobra_model):
    assert set(read_model("textbook").network.reaction_ids) == {reaction.id for reaction in cobra_model.reactions}
