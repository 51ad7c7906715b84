"""The problem on lumped columns says the same as plain linear programs on the original network."""

from __future__ import annotations

import random

import pytest

from strainopt.bilevel.problem import AllIntact, Leaf, Method, Ties
from strainopt.design.measure import value_of
from strainopt.design.mutant import disabled_reactions
from strainopt.design.preflight import theoretical_maximum
from strainopt.design.problem import Level
from strainopt.design.translate import product_coefficients, reduce_problem, translate
from strainopt.design.trusted import first_solver
from strainopt.search.evaluate import Evaluator

SUCCINATE = {"biomass": "Biomass_Ecoli_core", "target": "EX_succ_e", "min_growth": 0.05}


def translated(problem):
    most = theoretical_maximum(problem.network, problem.target, solver=first_solver())
    return translate(problem, reduce_problem(problem), product_scale=most, product=product_coefficients(problem))


@pytest.mark.parametrize("level", list(Level))
@pytest.mark.parametrize(
    ("method", "alpha", "ties"),
    [
        (Method.OPTKNOCK, 1.0, Ties.PESSIMISTIC),
        (Method.ROBUSTKNOCK, 1.0, Ties.PESSIMISTIC),
        (Method.PESSIMISTIC, 0.8, Ties.PESSIMISTIC),
        (Method.PFBA, 1.0, Ties.PESSIMISTIC),
        (Method.PFBA, 1.0, Ties.OPTIMISTIC),
        (Method.STRONG, 1.0, Ties.PESSIMISTIC),
    ],
)
def test_random_sets_have_the_same_value_before_and_after(anaerobic, ask, level, method, alpha, ties):
    problem = ask(anaerobic, **SUCCINATE, level=level, method=method, alpha=alpha, ties=ties, k=4)
    translation = translated(problem)
    evaluator = Evaluator(translation.problem)
    draw = random.Random(5)
    solver = first_solver()
    viable = 0
    for _ in range(25):
        count = draw.randint(0, 3)
        deleted = frozenset(draw.sample(range(translation.problem.n_candidates), count))
        names = translation.candidates.interventions(deleted)
        plain = value_of(problem, anaerobic.without(disabled_reactions(problem, names)), solver=solver)
        small = evaluator.evaluate(deleted)
        assert small.viable == (plain.growth >= 0.05), names
        if small.viable:
            viable += 1
            assert small.growth == pytest.approx(plain.growth, rel=1e-6)
            assert small.value == pytest.approx(plain.objective, abs=1e-5)
    evaluator.close()
    assert viable >= 5


def test_reactions_of_one_lump_are_one_candidate(small, ask):
    # models/README.md, parsimony: long1, long2, long3 are one chain; `short` is one with the target.
    translation = translated(ask(small("parsimony")))
    assert translation.candidates.groups == (("best",), ("long1", "long2", "long3"))
    assert set(translation.problem.intact.values()) == {Leaf(0), Leaf(1)}


def test_a_lump_needs_the_rules_of_all_its_members(small, ask):
    # k3, k4, k5 are the genes of the chain: any of them breaks it, so they are one candidate at gene level.
    translation = translated(ask(small("parsimony"), level=Level.GENE))
    assert translation.candidates.groups == (("k1",), ("k3", "k4", "k5"))
    assert not any(isinstance(tree, AllIntact) for tree in translation.problem.intact.values())


def test_candidates_that_growth_needs_are_left_out(small, ask):
    # models/README.md, maintenance: ATPM is forced and `growth` is growth; only resp changes anything but the target.
    translation = translated(ask(small("maintenance"), candidates=("ATPM", "growth", "resp", "ferm", "EX_s_e")))
    assert translation.candidates.groups == (("resp",),)


def test_the_target_is_no_candidate_even_if_named(small, ask):
    translation = translated(ask(small("two_routes"), candidates=("EX_p_e", "full")))
    assert translation.candidates.groups == (("full",),)


def test_ratio_enters_the_leaders_objective(small, ask):
    problem = ask(small("two_routes"), substrate="EX_s_e")
    network = problem.network
    coefficients = product_coefficients(problem, ratio=0.4)
    expected = {"EX_p_e": 1.0, "EX_s_e": 0.4}  # p - 0.4 s, with s the negative flux of EX_s_e
    assert {network.reaction_ids[j]: c for j, c in enumerate(coefficients) if c} == expected
