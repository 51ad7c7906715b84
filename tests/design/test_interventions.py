"""Knock-ins, narrowed fluxes, costs and forced candidates through `solve`, all engines against brute force by scipy.

The brute force changes the bounds of the unreduced network itself for every affordable set; of the package it uses the
network's arrays and gene rules only.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from strainopt.bilevel.problem import Method
from strainopt.design.engines import EngineChoice
from strainopt.design.mutant import mutant_of, wild_type_of
from strainopt.design.offers import resolve_offers
from strainopt.design.problem import DesignProblem, Engine, Level, Measure
from strainopt.design.question import Question, pose
from strainopt.design.solve import solve
from strainopt.design.verify import Checks, verify_design
from strainopt.errors import ModelError, SolverError, UsageError
from strainopt.io.models import read_model
from strainopt.network.interventions import Intervention, Kind, Use
from strainopt.network.scenario import BoundChange, Scenario, apply_scenario
from tests.bilevel.referee import maximise, value
from tests.engines.cases import CASES
from tests.engines.test_random import cells, unreduced
from tests.reduce.random_networks import BIOMASS, TARGET

NOTHING = frozenset()


def changed(problem, names):
    """The network's bounds after these interventions, written anew."""
    network = problem.network
    lower, upper = network.lower.copy(), network.upper.copy()
    genes = {name for name in names if name in network.gene_index} if problem.level is Level.GENE else set()
    gone = [j for j, rule in enumerate(network.rules) if genes and rule is not None and not rule.holds_without(genes)]
    for name in set(problem.knock_ins) - set(names):
        gone.append(network.reaction_ids.index(name))
    for name in set(names) - genes - set(problem.knock_ins):
        column = network.reaction_ids.index(name)
        if name in problem.narrowed:
            low, high = problem.narrowed[name]
            lower[column], upper[column] = max(lower[column], low), min(upper[column], high)
        else:
            gone.append(column)
    for column in gone:
        if lower[column] > 0.0 or upper[column] < 0.0:
            return None
        lower[column] = upper[column] = 0.0
    return None if np.any(lower > upper) else replace(problem, network=replace(network, lower=lower, upper=upper))


def brute_force(problem):
    """Best value of any affordable set with the forced ones, and whether a growth is too near the limit to be told."""
    best, near = -math.inf, False
    for size in range(len(problem.candidates) + 1):
        for names in itertools.combinations(problem.candidates, size):
            cost = sum(problem.costs.get(name, 1.0) for name in names)
            if not set(problem.forced) <= set(names) or cost > problem.max_knockouts + 1e-9:
                continue
            mutant = changed(problem, names)
            if mutant is None:
                continue
            whole = replace(unreduced(mutant), intact={})
            growth = maximise(whole.growth, whole, np.zeros(0, dtype=np.intp))
            near = near or (growth is not None and abs(growth - problem.min_growth) < 1e-5)
            found = value(whole, NOTHING)
            best = best if found is None else max(best, found)
    return best, near


@st.composite
def questions(draw, level):
    """A random cell; some of its reactions are knock-ins, narrowed or deleted, at different costs, one maybe forced."""
    network = draw(cells())
    inner = [network.reaction_ids[j] for j in range(3, network.shape[1])]
    free = [
        name for name in inner if network.lower[network.reaction(name)] <= 0.0 <= network.upper[network.reaction(name)]
    ]
    shuffled = draw(st.permutations(free))
    knock_ins = tuple(shuffled[: draw(st.integers(0, 2))])
    narrowed = {
        name: (-draw(st.sampled_from([0.0, 0.5, 2.0])), draw(st.sampled_from([0.0, 0.5, 2.0])))
        for name in shuffled[2 : 2 + draw(st.integers(0, 2))]
    }
    deleted = tuple(shuffled[4:8]) if level is Level.REACTION else (*network.gene_ids, *shuffled[4:5])
    candidates = (*knock_ins, *narrowed, *deleted)
    costs = {name: draw(st.sampled_from([0.5, 1.0, 1.5])) for name in candidates}
    forced = (draw(st.sampled_from(candidates)),) if candidates and draw(st.booleans()) else ()
    return DesignProblem(
        network=network,
        biomass=BIOMASS,
        target=TARGET,
        method=Method.OPTKNOCK,
        max_knockouts=2.5,
        min_growth=0.1,
        candidates=candidates,
        level=level,
        costs=costs,
        knock_ins=knock_ins,
        narrowed=narrowed,
        forced=forced,
        whole_reactions=frozenset(deleted) & frozenset(inner) if level is Level.GENE else frozenset(),
    )


@pytest.mark.parametrize("level", list(Level))
@pytest.mark.parametrize("case", CASES, ids=str)
@settings(
    max_examples=8,
    deadline=None,
    derandomize=True,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)
@given(data=st.data())
def test_engines_equal_brute_force(case, level, data):
    drawn = data.draw(questions(level))
    problem = replace(drawn, method=case.method, alpha=case.alpha, ties=case.ties)
    try:
        answers = [solve(problem, choice=EngineChoice(e)) for e in (Engine.ENUMERATE, Engine.BENDERS, Engine.MILP)]
    except (ModelError, UsageError):
        return  # no growth, no product, or nothing to choose: what each refusal means is tested elsewhere
    best, near = brute_force(problem)
    if near:
        return
    scale = answers[0].wild_type.theoretical_max
    for answer in answers:
        assert not answer.refused, answer.refused[0].refusal
        if best > 2e-4 * scale:
            assert answer.status == "optimal", answer.stop_reason
            assert answer.objective == pytest.approx(best, abs=1.5e-4 * scale + 1e-5)
            for design in answer.designs:
                assert design.verified
                assert set(problem.forced) <= set(design.interventions)
                assert design.cost <= problem.max_knockouts
        else:
            assert not answer.designs or answer.objective <= 3e-4 * scale


ANAEROBIC = Scenario(bounds=(BoundChange("EX_o2_e", 0.0, None),))


@pytest.fixture(scope="module")
def core():
    """The core model without oxygen."""
    network, _ = apply_scenario(read_model("textbook").network, ANAEROBIC)
    return network


def ask(network, lines, *, k=3, **changes):
    question = Question("EX_succ_e", Method.ROBUSTKNOCK, float(k), "0.05", offers=tuple(lines))
    return pose(network, replace(question, **changes), biomass=network.reaction("Biomass_Ecoli_core"))


def knock_in(name, **changes):
    return Intervention(name, Kind.KNOCKIN, **changes)


def test_the_wild_type_is_without_knock_ins(core):
    posed = ask(core, [knock_in("PFL"), Intervention("*")])
    with_it = ask(core, [Intervention("*")]).facts.wild_type
    assert with_it.growth == pytest.approx(0.2117, abs=1e-4)  # cobra, GLPK
    assert posed.facts.wild_type.growth == pytest.approx(maximise_growth(core.without([core.reaction("PFL")])))
    assert posed.facts.wild_type.growth < with_it.growth - 1e-3
    assert posed.facts.wild_type.theoretical_max == pytest.approx(with_it.theoretical_max)


def test_a_design_is_verified_with_its_knock_ins_and_no_others(core):
    posed = ask(core, [knock_in("PFL", cost=2.0), knock_in("ME1"), Intervention("*")])
    bought = verify_design(posed.problem, ("ACKr", "PFL"), theoretical_max=20.0, checks=Checks())
    by_hand = core.without([core.reaction("ACKr"), core.reaction("ME1")])
    assert bought.added == ("PFL",)
    assert bought.reactions == ("ACKr",)
    assert bought.cost == 3.0
    assert bought.growth == pytest.approx(maximise_growth(by_hand), abs=1e-7)
    mutant = mutant_of(posed.problem, ("ACKr", "PFL"))
    np.testing.assert_array_equal(mutant.lower, by_hand.lower)
    np.testing.assert_array_equal(mutant.upper, by_hand.upper)


def maximise_growth(network):
    from strainopt.flux.fba import fba

    return fba(network).growth


def test_narrow_bounds_hold_in_the_mutant_and_not_in_the_wild_type(core):
    posed = ask(core, [Intervention("PFL", Kind.BOUND, 1.0, -1.0, 2.5), Intervention("*")])
    column = core.reaction("PFL")
    mutant, wild = mutant_of(posed.problem, ("PFL",)), wild_type_of(posed.problem)
    assert (mutant.lower[column], mutant.upper[column]) == (0.0, 2.5)
    assert wild.upper[column] == core.upper[column]
    design = verify_design(posed.problem, ("PFL",), theoretical_max=20.0, checks=Checks())
    assert design.narrowed == ("PFL",)
    assert design.reactions == ()


def test_a_forced_candidate_is_in_the_design_though_it_does_nothing(core):
    lines = [Intervention("TALA", use=Use.FORCED), Intervention("PFL"), Intervention("ALCD2x"), Intervention("LDH_D")]
    posed = ask(core, lines, k=2)
    answer = solve(posed.problem, reduced=posed.reduced)
    free = solve(ask(core, [*lines[1:], Intervention("TALA")], k=2).problem)
    assert answer.status == free.status == "optimal"
    assert "TALA" in answer.designs[0].interventions
    assert "TALA" not in free.designs[0].interventions
    assert answer.objective <= free.objective + 1e-6
    assert answer.designs[0].cost <= 2.0


def test_costs_are_paid_from_the_budget(core):
    # alcohol and lactate both have to go for succinate; at two each, a budget of three buys one deletion
    names = ("PFL", "LDH_D", "ALCD2x")
    cheap = solve(ask(core, [Intervention(name) for name in names]).problem)
    dear = solve(ask(core, [Intervention(name, cost=2.0) for name in names]).problem)
    assert cheap.designs[0].cost == len(cheap.designs[0].interventions) == 2
    assert dear.status in ("optimal", "infeasible")
    assert all(design.cost == 2.0 for design in dear.designs)


def test_an_exchange_named_by_its_id_passes_the_filters(core):
    posed = ask(core, [Intervention("EX_for_e"), Intervention("*")])
    exchanges = [name for name in posed.problem.candidates if name.startswith("EX_")]
    assert exchanges == ["EX_for_e"]


def test_a_line_of_its_own_outweighs_patterns(core):
    offers = resolve_offers(
        core,
        [
            knock_in("PPC"),
            Intervention("P*"),
            Intervention("PF?", cost=4.0),
            Intervention("PFL", use=Use.FORBIDDEN),
            knock_in("ME1", use=Use.FORBIDDEN),
        ],
        level=Level.REACTION,
    )
    assert offers.knock_ins == ("PPC",)
    assert "PPC" not in offers.deletable
    assert offers.costs["PFK"] == 4.0
    assert "PFL" in offers.forbidden
    assert "PFL" not in offers.deletable
    assert offers.absent == ("ME1",)


def test_reactions_among_genes(core):
    lines = [Intervention("b*"), Intervention("EX_o2_e"), knock_in("PPC"), Intervention("b0903", use=Use.FORCED)]
    offers = resolve_offers(core, lines, level=Level.GENE)
    assert offers.whole_reactions == {"EX_o2_e"}
    assert offers.knock_ins == ("PPC",)
    assert offers.forced == ("b0903",)
    assert "b0902" in offers.deletable
    assert offers.added == ("EX_o2_e", "PPC", "b0903")


@pytest.mark.parametrize(
    ("lines", "level", "what"),
    [
        ([Intervention("PFLL")], Level.REACTION, "no reaction 'PFLL'"),
        ([Intervention("b9999")], Level.GENE, "no gene 'b9999'"),
        ([Intervention("ZZ*")], Level.REACTION, "matches no reaction"),
        ([knock_in("b0903")], Level.GENE, "is a gene; a knockin is of a reaction"),
        ([knock_in("ATPM")], Level.REACTION, "bounds of knock-in ATPM"),
        ([knock_in("SUCDi2")], Level.REACTION, "no reaction 'SUCDi2'"),
    ],
)
def test_lines_that_cannot_be(core, lines, level, what):
    with pytest.raises(UsageError, match=what.replace("*", ".")):
        resolve_offers(core, lines, level=level)


def test_forced_and_excluded_contradict_each_other(core):
    with pytest.raises(UsageError, match="PFL is forced and excluded"):
        resolve_offers(core, [Intervention("PFL", use=Use.FORCED)], level=Level.REACTION, exclude=("PF*",))


def test_a_forced_bound_that_no_growing_state_keeps_is_refused(core):
    with pytest.raises((UsageError, SolverError), match="ATPM"):
        solve(ask(core, [Intervention("ATPM", Kind.BOUND, 1.0, -1.0, 1.0, Use.FORCED), Intervention("PFL")]).problem)


def test_forced_beyond_the_budget_is_refused(core):
    with pytest.raises(UsageError, match="forced interventions cost 2, the budget is 1"):
        ask(core, [Intervention("PFL", use=Use.FORCED, cost=2.0)], k=1)


@pytest.mark.parametrize("engine", [Engine.ENUMERATE, Engine.BENDERS, Engine.MILP])
def test_knock_ins_alone(core, engine):
    # of the ways to get rid of electrons only lactate's is there from the start; ALCD2x or PFL may be added
    lines = [knock_in("PFL"), knock_in("ALCD2x")]
    posed = ask(core, lines, k=2, target="EX_etoh_e")
    answer = solve(posed.problem, choice=EngineChoice(engine))
    sets = [(), ("PFL",), ("ALCD2x",), ("ALCD2x", "PFL")]
    worth = [
        verify_design(posed.problem, names, theoretical_max=20.0, checks=Checks(), claimed=None).objective
        for names in sets
    ]
    assert answer.objective == pytest.approx(max(worth), rel=1e-4)
    assert max(worth) > 1.0


@pytest.mark.parametrize("forced", [(), (Intervention("PGI", use=Use.FORCED, cost=0.5),)])
def test_yields_where_the_wild_type_grows_too_slowly(core, forced):
    # without PFL the cell grows at 0.19, with it at 0.21: a floor between the two needs the knock-in
    slow = maximise_growth(core.without([core.reaction("PFL")]))
    lines = [knock_in("PFL"), Intervention("ALCD2x"), Intervention("LDH_D"), Intervention("FRD7"), *forced]
    glucose = "EX_glc__D_e"
    posed = ask(
        core, lines, k=2, target="EX_for_e", min_growth=str(slow + 0.005), measure=Measure.YIELD, substrate=glucose
    )
    answers = [solve(posed.problem, choice=EngineChoice(e)) for e in (Engine.ENUMERATE, Engine.BENDERS)]
    if forced:
        assert {answer.status for answer in answers} <= {"optimal", "infeasible"}
    else:
        assert all("PFL" in answer.designs[0].interventions for answer in answers)
        assert answers[0].objective == pytest.approx(answers[1].objective, rel=1e-4)
    assert answers[0].status == answers[1].status
