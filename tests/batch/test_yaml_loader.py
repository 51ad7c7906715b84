"""The reader: nothing is guessed from how a scalar looks, and everything knows its place."""

from __future__ import annotations

import time

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from strainopt.batch.positions import ConfigError, Problem
from strainopt.batch.yaml_loader import MOST_VALUES, parse_yaml

TRAPS = ["NO", "on", "off", "yes", "0010", "2645.10", "1_000", "12:30:45", "1e5", "2026-01-01", ".inf", "0x1F", "1.0"]


@pytest.mark.parametrize("scalar", TRAPS)
def test_ids_stay_the_text_that_they_are(scalar: str) -> None:
    guessed = yaml.safe_load(f"id: {scalar}")["id"]
    assert guessed != scalar or scalar == "1e5", "no trap: PyYAML leaves it alone"
    assert parse_yaml(f"id: {scalar}", file="f").data == {"id": scalar}


def test_numbers_that_pyyaml_takes_for_text() -> None:
    assert yaml.safe_load("x: 1e-6")["x"] == "1e-6"
    assert parse_yaml("x: 1e-6", file="f").data == {"x": "1e-6"}


@pytest.mark.parametrize("scalar", ["", "~", "null", "Null"])
def test_nothing_is_nothing_only_without_quotes(scalar: str) -> None:
    assert parse_yaml(f"x: {scalar}", file="f").data == {"x": None}
    assert parse_yaml(f"x: '{scalar}'", file="f").data == {"x": scalar}


def test_duplicates_are_silent_in_pyyaml_and_told_here() -> None:
    text = "a: 1\nb: 2\na: 3\n"
    assert yaml.safe_load(text)["a"] == 3
    with pytest.raises(ConfigError) as caught:
        parse_yaml(text, file="f.yaml")
    assert [str(one.mark) for one in caught.value.problems] == ["f.yaml:3:1"]


def test_places_of_keys_and_values() -> None:
    document = parse_yaml("a:\n  - b: c\n    d: [x, y]\n", file="f")
    assert str(document.at(("a", 0, "d", 1))) == "f:3:12"
    assert str(document.at(("a", 0, "d"), key=True)) == "f:3:5"
    assert str(document.at(("a", 0, "missing"))) == "f:2:5"


def test_aliases_and_merges() -> None:
    text = "base: &base {x: 1, y: 2}\nmine: {<<: *base, y: 3}\nsame: *base\n"
    document = parse_yaml(text, file="f")
    assert document.data == {"base": {"x": "1", "y": "2"}, "mine": {"y": "3", "x": "1"}, "same": {"x": "1", "y": "2"}}
    assert str(document.at(("mine", "y"))) == "f:2:22"


@pytest.mark.parametrize("text", ["a: &a\n  <<: *a\n  b: 1\n", "a: &a [1, *a]\n", "a: &a {b: {<<: *a}}\n"])
def test_what_contains_itself_is_refused(text: str) -> None:
    with pytest.raises(ConfigError):
        parse_yaml(text, file="f")


def test_aliases_of_aliases_do_not_grow_without_end() -> None:
    levels = "".join(f"a{at}: &a{at} [{', '.join([f'*a{at - 1}'] * 10)}]\n" for at in range(1, 9))
    started = time.monotonic()
    with pytest.raises(ConfigError, match=f"more than {MOST_VALUES:,} values"):
        parse_yaml("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + levels, file="f")
    assert time.monotonic() - started < 20.0


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet=st.sampled_from("ab:-[]{}&*!|>'\"#%@,? \n\t0<~"), max_size=30))
def test_any_text_is_read_or_refused_with_a_place(text: str) -> None:
    problems: tuple[Problem, ...] = ()
    try:
        parse_yaml(text, file="f")
    except ConfigError as error:
        problems = error.problems
    lines = text.count("\n") + 1
    assert all(1 <= one.mark.line <= lines + 1 and one.mark.column >= 1 for one in problems)


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(st.text(min_size=1, max_size=8), st.lists(st.text(max_size=8), max_size=3), max_size=4))
def test_what_pyyaml_writes_comes_back(data: dict[str, list[str]]) -> None:
    """Quoted by PyYAML so that every text is a text: the same data must come back."""
    text = yaml.safe_dump(data, default_style='"', allow_unicode=False)
    assert parse_yaml(text, file="f").data == (data or {})
