"""Gene rules as closure trees, interchangeable candidates, and the way back to ids."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from strainopt.bilevel.problem import AllIntact, AnyIntact, Leaf, holds
from strainopt.design.candidates import MOST_EQUIVALENTS, Candidates, closure_trees, group_genes, intact_tree
from strainopt.network.rules import AllOf, AnyOf, Gene

NAMES = tuple("abcdef")
RULES = st.recursive(
    st.sampled_from(NAMES).map(Gene),
    lambda inner: st.tuples(st.sampled_from([AllOf, AnyOf]), st.lists(inner, min_size=1, max_size=3)).map(
        lambda pair: pair[0](tuple(pair[1]))
    ),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None)
@given(rules=st.lists(RULES, min_size=1, max_size=3), known=st.sets(st.sampled_from(NAMES)), data=st.data())
def test_tree_fails_exactly_when_a_members_rule_fails(rules, known, data):
    number = {name: i for i, name in enumerate(sorted(known))}
    deleted = data.draw(st.sets(st.sampled_from(sorted(known)))) if known else set()
    tree = closure_trees({0: rules}, number).get(0)
    stands = tree is None or holds(tree, frozenset(number[name] for name in deleted))
    assert stands == all(rule.holds_without(deleted) for rule in rules)


@settings(max_examples=150, deadline=None)
@given(rules=st.lists(RULES, min_size=1, max_size=4), others=st.sets(st.sampled_from(NAMES)))
def test_grouped_genes_are_interchangeable(rules, others):
    number = {name: i for i, name in enumerate(NAMES)}
    columns = {j: [rule] for j, rule in enumerate(rules)}
    groups = group_genes(closure_trees(columns, number), len(NAMES))
    for group in groups:
        effects = {
            tuple(rule.holds_without(others - {NAMES[i] for i in group} | {NAMES[one]}) for rule in rules)
            for one in group
        }
        assert len(effects) == 1
        both = tuple(rule.holds_without(others | {NAMES[i] for i in group}) for rule in rules)
        assert both in effects or others & {NAMES[i] for i in group}


def test_partners_in_a_complex_are_one_candidate_and_isozymes_are_not():
    number = {name: i for i, name in enumerate("abc")}
    rules = {0: [AllOf((Gene("a"), Gene("b")))], 1: [AnyOf((Gene("c"), AllOf((Gene("a"), Gene("b")))))]}
    trees = closure_trees(rules, number)
    assert trees == {0: AllIntact((Leaf(0), Leaf(1))), 1: AnyIntact((Leaf(2), AllIntact((Leaf(0), Leaf(1)))))}
    assert sorted(map(sorted, group_genes(trees, 3))) == [[0, 1], [2]]


def test_a_gene_that_may_not_be_deleted_always_stands():
    assert intact_tree(AnyOf((Gene("a"), Gene("z"))), {"a": 0}) is None
    assert intact_tree(AllOf((Gene("a"), Gene("z"))), {"a": 0}) == Leaf(0)


def test_cheapest_then_first_id_represents_a_group():
    candidates = Candidates.of([["c", "b", "a"], ["z"]], {"a": 3.0, "z": 2.0})
    assert candidates.groups == (("b", "c", "a"), ("z",))
    assert candidates.costs == ((1.0, 1.0, 3.0), (2.0,))
    assert candidates.interventions({1, 0}) == ("b", "z")


def test_equivalents_keep_to_the_budget_and_are_counted_in_full():
    candidates = Candidates.of([["a", "b"], ["x", "y"]], {"y": 2.0})
    assert candidates.equivalents(("a", "x"), max_cost=2.0) == ((("b", "x"),), 1)
    assert candidates.equivalents(("a", "x"), max_cost=3.0) == ((("a", "y"), ("b", "x"), ("b", "y")), 3)
    wide = Candidates.of([[f"{letter}{i:02}" for i in range(30)] for letter in "pq"], {})
    kept, count = wide.equivalents(("p00", "q00"), max_cost=2.0)
    assert (len(kept), count) == (MOST_EQUIVALENTS, 30 * 30 - 1)
