"""Gene rules: parsing, truth, simplification, and size without limits."""

from __future__ import annotations

import itertools
import pickle
import sys
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strainopt.errors import InputError
from strainopt.network.gpr import AllOf, AnyOf, Gene, parse_rule, simplify
from strainopt.network.rules import alternatives

NAMES = ("a", "b", "c", "d")
ODD_IDS = ("10FTHFtpp", "HGNC:1234", "2645.10", "b-0001", "54898_AT1", "CG_1.2-x", "NO", "android", "orange", "b0001*")


def nested(draw_depth: int = 4) -> st.SearchStrategy[str]:
    """Rule texts that are Python expressions as well."""
    leaf = st.sampled_from(NAMES)
    return st.recursive(
        leaf,
        lambda inner: st.builds(
            lambda parts, word: "(" + f" {word} ".join(parts) + ")",
            st.lists(inner, min_size=1, max_size=3),
            st.sampled_from(("and", "or")),
        ),
        max_leaves=8,
    )


def rule_trees() -> st.SearchStrategy[object]:
    return st.recursive(
        st.builds(Gene, st.sampled_from(NAMES)),
        lambda inner: st.builds(
            lambda parts, kind: kind(tuple(parts)),
            st.lists(inner, min_size=1, max_size=3),
            st.sampled_from((AllOf, AnyOf)),
        ),
        max_leaves=8,
    )


def every_deletion():
    for flags in itertools.product((True, False), repeat=len(NAMES)):
        yield dict(zip(NAMES, flags, strict=True))


@settings(max_examples=200, deadline=None)
@given(st.lists(nested(), min_size=1, max_size=3), st.lists(st.sampled_from(("and", "or")), min_size=2, max_size=2))
def test_truth_is_that_of_the_same_python_expression(parts: list[str], words: list[str]) -> None:
    # Python's own precedence (and before or) is the referee.
    text = parts[0] + "".join(f" {word} {part}" for word, part in zip(words, parts[1:], strict=False))
    rule = parse_rule(text)
    assert rule is not None
    for present in every_deletion():
        deleted = {name for name, there in present.items() if not there}
        assert rule.holds_without(deleted) is eval(text, {}, dict(present))


@settings(max_examples=200, deadline=None)
@given(rule_trees())
def test_simplifying_writing_and_pickling_keep_the_truth(rule) -> None:
    simple = simplify(rule)
    assert parse_rule(simple.to_text()) == simple
    assert pickle.loads(pickle.dumps(rule)) == rule
    complexes = alternatives(rule)
    assert complexes is not None
    for present in every_deletion():
        deleted = {name for name, there in present.items() if not there}
        truth = rule.holds_without(deleted)
        assert simple.holds_without(deleted) is truth
        assert any(genes.isdisjoint(deleted) for genes in complexes) is truth


@settings(max_examples=100, deadline=None)
@given(rule_trees())
def test_simplified_rules_have_no_group_in_its_own_kind_and_no_repetition(rule) -> None:
    todo = [simplify(rule)]
    while todo:
        item = todo.pop()
        if isinstance(item, Gene):
            continue
        assert len(item.parts) > 1
        assert len(set(item.parts)) == len(item.parts)
        assert all(type(part) is not type(item) for part in item.parts)
        todo.extend(item.parts)


@pytest.mark.parametrize(
    "text",
    ["a AND (b Or c)", "a & (b | c)", "a&&(b||c)", "(a) and ((b)or(c))", "a\tand\n(b or c)", "  a and ( b or c )  "],
)
def test_all_ways_of_writing_a_rule(text: str) -> None:
    assert parse_rule(text) == AllOf((Gene("a"), AnyOf((Gene("b"), Gene("c")))))


@pytest.mark.parametrize("name", ODD_IDS)
def test_odd_ids_survive(name: str) -> None:
    assert parse_rule(f"({name} and x) or {name}") == AnyOf((AllOf((Gene(name), Gene("x"))), Gene(name)))


def test_ids_with_spaces_are_known_by_the_list_of_genes_or_by_quotes() -> None:
    expected = AnyOf((Gene("gene 1"), Gene("x")))
    assert parse_rule("gene 1 or x", known={"gene 1", "x"}) == expected
    assert parse_rule('"gene 1" or x') == expected
    assert expected.to_text() == '"gene 1" or x'
    assert Gene("or").to_text() == '"or"'


@pytest.mark.parametrize("text", ["", "   ", "\n"])
def test_no_rule(text: str) -> None:
    assert parse_rule(text) is None


@pytest.mark.parametrize(
    ("text", "character", "why"),
    [
        ("a b", 3, "'and' or 'or' expected before 'b'"),
        ("a and", 6, "missing at the end"),
        ("and a", 1, "expected before 'and'"),
        ("a or or b", 6, "expected before 'or'"),
        ("(a and b", 1, "never closed"),
        ("a and (b or (c)", 7, "never closed"),
        ("a) or b", 2, "closes nothing"),
        ("a or ()", 7, "expected before ')'"),
        ("a (b)", 3, "expected before '('"),
        ("not a", 5, "expected before 'a'"),
        ('a or "b', 5, "quote"),
    ],
)
def test_errors_name_the_character(text: str, character: int, why: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_rule(text, where="model.xml: PGI")
    assert caught.value.where == f"model.xml: PGI, character {character}"
    assert why in caught.value.why
    assert "--gpr skip" in caught.value.hint


def deep_rule(depth: int) -> str:
    words = ("and", "or")
    return "(" * depth + "x" + "".join(f" {words[level % 2]} g{level})" for level in range(depth))


def test_ten_thousand_parentheses_and_levels() -> None:
    depth = 10_000
    assert sys.getrecursionlimit() < depth
    assert parse_rule("(" * depth + "a" + ")" * depth) == Gene("a")
    rule, again = parse_rule(deep_rule(depth)), parse_rule(deep_rule(depth))
    assert rule is not None
    assert rule == again
    assert hash(rule) == hash(again)
    assert len(rule.genes()) == depth + 1
    # The outermost operator, g9999, is 'or' (9999 is odd): it alone keeps the rule true.
    others = rule.genes() - {f"g{depth - 1}"}
    assert rule.holds_without(others)
    assert not rule.holds_without(rule.genes())
    assert pickle.loads(pickle.dumps(rule)) == rule
    assert parse_rule(rule.to_text()) == rule
    assert simplify(rule) == rule
    assert "g9999" in repr(rule)


def test_time_grows_linearly() -> None:
    def seconds(size: int) -> float:
        text = " or ".join(f"(a{n} and b{n})" for n in range(size))
        best = float("inf")
        for _ in range(3):
            start = time.perf_counter()
            parse_rule(text)
            best = min(best, time.perf_counter() - start)
        return best

    # Sixteen times the text; a quadratic parser would take 256 times as long.
    assert seconds(16_000) < 80 * seconds(1_000)


def test_alternatives_give_up_in_time() -> None:
    text = " and ".join(f"(a{n} or b{n})" for n in range(40))
    assert alternatives(parse_rule(text)) is None
    small = parse_rule("(a and b) or (a and b and c) or d")
    assert alternatives(small) == (frozenset("d"), frozenset("ab"))
