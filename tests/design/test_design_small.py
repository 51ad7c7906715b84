"""End to end on the small networks whose optima are derived by hand in models/README.md; referee engine."""

from __future__ import annotations

import pytest

from strainopt.bilevel.problem import Method, Ties
from strainopt.design.engines import EngineChoice
from strainopt.design.problem import Coupling, Engine, Level, Measure
from strainopt.design.solve import solve

REFEREE = EngineChoice(Engine.ENUMERATE)

# network, method, ties, K, objective, designs that may be reported (models/README.md)
TWO = "two_routes"
CASES = [
    (TWO, Method.OPTKNOCK, Ties.PESSIMISTIC, 1, 10.0, [("to_i",)]),
    (TWO, Method.OPTKNOCK, Ties.PESSIMISTIC, 2, 10.0, [("to_i",)]),
    (TWO, Method.ROBUSTKNOCK, Ties.PESSIMISTIC, 1, 3.0, [("full",)]),
    (TWO, Method.ROBUSTKNOCK, Ties.PESSIMISTIC, 2, 10.0, [("make_w", "to_i")]),
    (TWO, Method.PFBA, Ties.PESSIMISTIC, 1, 3.0, [("full",)]),
    (TWO, Method.PFBA, Ties.PESSIMISTIC, 2, 10.0, [("make_w", "to_i")]),
    (TWO, Method.PFBA, Ties.OPTIMISTIC, 1, 10.0, [("to_i",)]),
    (TWO, Method.STRONG, Ties.PESSIMISTIC, 2, 1.0, [("make_w", "to_i")]),
    ("isozymes", Method.OPTKNOCK, Ties.PESSIMISTIC, 2, 10.0, [("bypass", "fast")]),
    ("isozymes", Method.ROBUSTKNOCK, Ties.PESSIMISTIC, 2, 10.0, [("bypass", "fast")]),
    ("isozymes", Method.STRONG, Ties.PESSIMISTIC, 2, 1.0, [("bypass", "fast")]),
    ("maintenance", Method.OPTKNOCK, Ties.PESSIMISTIC, 1, 6.0, [("resp",)]),
    ("maintenance", Method.ROBUSTKNOCK, Ties.PESSIMISTIC, 1, 6.0, [("resp",)]),
    ("maintenance", Method.PFBA, Ties.PESSIMISTIC, 1, 6.0, [("resp",)]),
    ("maintenance", Method.STRONG, Ties.PESSIMISTIC, 1, 4.5, [("resp",)]),
    ("parsimony", Method.OPTKNOCK, Ties.PESSIMISTIC, 1, 10.0, [("best",)]),
    ("parsimony", Method.OPTKNOCK, Ties.PESSIMISTIC, 2, 10.0, [("best",)]),
    ("parsimony", Method.PFBA, Ties.PESSIMISTIC, 1, 10.0, [("best",)]),
    ("parsimony", Method.PFBA, Ties.OPTIMISTIC, 1, 10.0, [("best",)]),
    ("parsimony", Method.ROBUSTKNOCK, Ties.PESSIMISTIC, 2, 10.0, [("best", "long1")]),
    ("parsimony", Method.STRONG, Ties.PESSIMISTIC, 2, 1.0, [("best", "long1")]),
]


@pytest.mark.parametrize(("name", "method", "ties", "k", "objective", "designs"), CASES)
def test_derived_optimum(small, ask, name, method, ties, k, objective, designs):
    answer = solve(ask(small(name), method=method, ties=ties, k=k), choice=REFEREE)
    assert (answer.status, answer.proven) == ("optimal", True)
    assert answer.objective == pytest.approx(objective, rel=1e-6)
    assert answer.bound == pytest.approx(objective, rel=1e-4)
    assert abs(answer.gap) < 1e-4
    assert [design.interventions for design in answer.designs] == designs
    assert all(design.verified and design.rank == 1 for design in answer.designs)


@pytest.mark.parametrize(
    ("name", "method", "k"),
    [
        (TWO, Method.STRONG, 1),
        ("isozymes", Method.OPTKNOCK, 1),
        ("isozymes", Method.ROBUSTKNOCK, 1),
        ("parsimony", Method.ROBUSTKNOCK, 1),
        ("parsimony", Method.STRONG, 1),
    ],
)
def test_no_design_is_a_proof_and_not_an_optimum(small, ask, name, method, k):
    answer = solve(ask(small(name), method=method, k=k), choice=REFEREE)
    assert (answer.status, answer.proven, answer.designs) == ("infeasible", True, ())
    assert answer.bound == pytest.approx(0.0, abs=1e-6)


def test_genes_share_reactions(small, ask):
    # models/README.md: the only pair is {g1, g2}; it takes `fast` and, through the complex, `bypass`.
    answer = solve(ask(small("isozymes"), level=Level.GENE), choice=REFEREE)
    (design,) = answer.designs
    assert design.interventions == design.genes == ("g1", "g2")
    assert design.reactions == ("bypass", "fast")
    assert design.objective == pytest.approx(10.0)
    assert design.coupling is Coupling.DGCP
    assert design.collateral == ()


def test_parts_of_one_route_are_listed_as_equivalents(small, ask):
    # long1, long2, long3 are one chain (models/README.md).
    (design,) = solve(ask(small("parsimony")), choice=REFEREE).designs
    assert design.equivalents == (("best", "long2"), ("best", "long3"))
    assert design.n_equivalents == 2


def test_a_dear_reaction_is_replaced_by_its_cheap_equivalent_and_cost_is_the_budget(small, ask):
    network = small("parsimony")
    answer = solve(ask(network, costs={"long1": 2.0, "long3": 2.0}, k=2), choice=REFEREE)
    (design,) = answer.designs
    assert (design.interventions, design.cost, design.equivalents) == (("best", "long2"), 2.0, ())
    dear = solve(ask(network, costs={"best": 1.5}, k=2), choice=REFEREE)
    assert dear.status == "infeasible"


def test_pessimistic_falls_with_alpha(small, ask):
    # two_routes, {full}: growth >= 12 alpha. At alpha = 1 p = 3. With r = 10 - q through redox, growth is 1.2 q + r
    # and p = 0.3 q: alpha = 11/12 asks 0.2 q >= 1, q = 5, p = 1.5.
    answer = solve(ask(small(TWO), method=Method.PESSIMISTIC, alpha=11 / 12, k=1), choice=REFEREE)
    assert answer.designs[0].interventions == ("full",)
    assert answer.objective == pytest.approx(1.5, rel=1e-6)
    full = solve(ask(small(TWO), method=Method.PESSIMISTIC, k=1), choice=REFEREE)
    assert full.objective == pytest.approx(3.0, rel=1e-6)


@pytest.mark.parametrize(("method", "k", "value"), [(Method.OPTKNOCK, 1, 1.0), (Method.ROBUSTKNOCK, 1, 0.3)])
def test_yield(small, ask, method, k, value):
    # All 10 s are taken up at maximal growth, so yields are products / 10.
    asked = ask(small(TWO), method=method, k=k, measure=Measure.YIELD, substrate="EX_s_e")
    answer = solve(asked, choice=REFEREE)
    assert answer.objective == pytest.approx(value, rel=1e-6)
    assert value - 1e-9 <= answer.bound <= value * (1 + 1e-3)
    assert answer.status == "optimal"


def test_yield_and_rate_may_disagree_on_the_same_design(small, ask):
    # maintenance, {resp}, strong with growth at least 1. Rate: least p = 4.5. Yield: s = g + f, f = p = (g + 8) / 2,
    # so p / s = (g + 8) / (3 g + 8) falls with g, from 9 / 11 at 1 to 12 / 20 at 4, the growth optimum.
    asked = ask(small("maintenance"), method=Method.STRONG, k=1, measure=Measure.YIELD, substrate="EX_s_e")
    answer = solve(asked, choice=REFEREE)
    assert answer.objective == pytest.approx(0.6, rel=1e-6)


def test_wild_type_that_makes_product_is_told_as_such(small, ask):
    # inward: the wild type makes p = 4 at growth 16; {aerobic} gives 10, {anaerobic} 0. With only `anaerobic` to delete
    # nothing improves on the wild type.
    network = small("inward")
    better = solve(ask(network, k=1), choice=REFEREE)
    assert better.designs[0].interventions == ("aerobic",)
    assert better.objective == pytest.approx(10.0)
    same = solve(ask(network, k=1, candidates=("anaerobic", "IN_o_e"), method=Method.OPTKNOCK), choice=REFEREE)
    assert same.designs[0].interventions == ("IN_o_e",)
    assert same.objective == pytest.approx(10.0)


def test_several_designs_are_ranked_and_limited_by_within(small, ask):
    network = small(TWO)
    wide = solve(ask(network, k=2), choice=REFEREE, designs=3, within=1.0)
    assert [d.rank for d in wide.designs] == list(range(1, len(wide.designs) + 1))
    assert wide.designs[0].interventions == ("make_w", "to_i")
    assert ("full",) in [d.interventions for d in wide.designs]
    assert [d.objective for d in wide.designs] == sorted((d.objective for d in wide.designs), reverse=True)
    narrow = solve(ask(network, k=2), choice=REFEREE, designs=3, within=0.5)
    assert [d.interventions for d in narrow.designs] == [("make_w", "to_i")]


def test_funnel_counts_every_candidate(small, ask):
    network = small("parsimony")
    answer = solve(ask(network), choice=REFEREE)
    left = 5
    for step in answer.funnel:
        assert step.left == left - step.removed
        left = step.left
    # `short` alone makes the target and so is one column with it; long1, long2, long3 are one chain; `best` is left.
    assert [step.filter for step in answer.funnel] == ["no-effect", "equivalent"]
    assert [step.removed for step in answer.funnel] == [1, 2]
    assert left == 2
