"""Medium tables, lists of ids, bounds as text. What is refused is in tests/bad_input."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from strainopt.errors import UsageError
from strainopt.io.tables import parse_bounds, parse_id_list, read_id_list, read_medium
from strainopt.network.scenario import BoundChange


def test_medium_table(tmp_path: Path) -> None:
    path = tmp_path / "m9.tsv"
    path.write_bytes(
        b"\xef\xbb\xbf# M9\r\n\r\nname\texchange\tmax_uptake\r\nglucose\tEX_glc__D_e\t10\r\noxygen\t EX_o2_e \tinf\r\n"
    )
    medium = read_medium(path)
    assert medium.uptakes == (("EX_glc__D_e", 10.0), ("EX_o2_e", math.inf))
    assert medium.source == str(path)


def test_a_medium_with_a_header_only_allows_nothing(tmp_path: Path) -> None:
    path = tmp_path / "none.tsv"
    path.write_text("exchange\tmax_uptake\n")
    assert read_medium(path).uptakes == ()


def test_id_lists(tmp_path: Path) -> None:
    path = tmp_path / "ids.txt"
    path.write_bytes("\ufeff# candidates\r\nPGI\r\n\r\n  2645.10\t\r\nPGI\r\ngene 1\r\n10FTHFtpp".encode())
    assert read_id_list(path) == ("PGI", "2645.10", "gene 1", "10FTHFtpp")
    assert parse_id_list(f"@{path}") == read_id_list(path)
    assert parse_id_list("PGI, HGNC:1234,PGI") == ("PGI", "HGNC:1234")


@pytest.mark.parametrize(
    ("text", "change"),
    [
        ("EX_o2_e=0:", BoundChange("EX_o2_e", 0.0, None)),
        ("EX_o2_e=:0", BoundChange("EX_o2_e", None, 0.0)),
        ("EX_glc__D_e=-18.5:1e3", BoundChange("EX_glc__D_e", -18.5, 1000.0)),
        ("HGNC:1=a=-inf:inf", BoundChange("HGNC:1=a", -math.inf, math.inf)),
        (" X = 1 : 1 ", BoundChange("X", 1.0, 1.0)),
    ],
)
def test_bounds(text: str, change: BoundChange) -> None:
    assert parse_bounds(text) == change


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("EX_o2_e", "for instance"),
        ("EX_o2_e=0", "EX_o2_e=0:0 fixes"),
        ("=0:1", "for instance"),
        ("X=:", "at least one side"),
        ("X=1:0", "swap"),
        ("X=nan:1", "numbers"),
        ("X=1,5:2", "numbers"),
        ("X=0:1:2", "for instance"),
    ],
)
def test_bounds_that_are_none(text: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_bounds(text)
    assert hint in caught.value.hint


@pytest.mark.parametrize("text", ["", "A,,B", ","])
def test_empty_ids(text: str) -> None:
    with pytest.raises(UsageError, match="empty id"):
        parse_id_list(text, where="--knockouts")


@settings(max_examples=100, deadline=None)
@given(st.floats(-1e6, 1e6), st.floats(0, 1e6))
def test_bounds_keep_every_digit(lower: float, width: float) -> None:
    assert parse_bounds(f"a={lower!r}:{lower + width!r}") == BoundChange("a", lower, lower + width)
