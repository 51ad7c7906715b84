"""Candidates files: what they say, and where they are wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from strainopt.errors import InputError
from strainopt.io.candidates import read_candidates
from strainopt.network.interventions import Intervention, Kind, Use


def written(folder: Path, text: str) -> Path:
    path = folder / "offers.tsv"
    path.write_text(text)
    return path


def test_every_column(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "# what may be done\nnote\tid\tKIND\tcost\tbound\tuse\n"
        "x\tPFL\tknockout\n\tAKGDC\tKnockIn\t2.5\t\tforced\n\n"
        "\tPGI\tbound\t0.5\t2\n\tEX_o2_e\tbound\t\t-5:\t\n\tG6PDH*\tknockout\t\t\tforbidden\n\tX\tbound\t1\t-1:3\t\n",
    )
    assert read_candidates(path) == (
        Intervention("PFL"),
        Intervention("AKGDC", Kind.KNOCKIN, 2.5, use=Use.FORCED),
        Intervention("PGI", Kind.BOUND, 0.5, -2.0, 2.0),
        Intervention("EX_o2_e", Kind.BOUND, 1.0, -5.0, None),
        Intervention("G6PDH*", use=Use.FORBIDDEN),
        Intervention("X", Kind.BOUND, 1.0, -1.0, 3.0),
    )
    assert read_candidates(path)[0].place == f"{path}:3:3"


def test_json_and_back() -> None:
    for one in (Intervention("A"), Intervention("B", Kind.BOUND, 2.0, -1.0, None), Intervention("C", use=Use.FORCED)):
        assert Intervention.from_json(one.to_json()) == one


@pytest.mark.parametrize(
    ("text", "place", "what", "hint"),
    [
        ("# nothing\n", "", "no header", "first line"),
        ("id\tkind\n", "", "lists no candidate", "one per line"),
        ("id,kind\nA,knockout\n", ":1:1", "lacks the column 'id'", "tabs"),
        ("name\tkind\nA\tknockout\n", ":1:1", "lacks the column 'id'", "first line"),
        ("id\tkind\tcosts\nA\tknockout\t1\n", ":1:9", "unknown column 'costs'", "did you mean cost"),
        ("id\tkind\tid\nA\tknockout\tB\n", ":1:9", "'id' is there twice", "keep one"),
        ("id\tkind\n\tknockout\n", ":2:1", "without an id", "name it"),
        ("id\tkind\nA\n", ":2:1", "kind is ''", "one of knockout, knockin, bound"),
        ("id\tkind\nA\tknokout\n", ":2:3", "kind is 'knokout'", "did you mean knockout"),
        ("id\tkind\tcost\nA\tknockout\tfree\n", ":2:12", "cost is 'free'", "above 0"),
        ("id\tkind\tcost\nA\tknockout\t0\n", ":2:12", "cost is '0'", "above 0"),
        ("id\tkind\tcost\nA\tknockout\tinf\n", ":2:12", "cost is 'inf'", "above 0"),
        ("id\tkind\tuse\nA\tknockout\tforce\n", ":2:12", "use is 'force'", "did you mean forced"),
        ("id\tkind\tbound\nA\tknockout\t5\n", ":2:12", "a knockout has no bound", "kind bound"),
        ("id\tkind\tbound\nA\tbound\n", ":2:", "bound is ''", "largest flux"),
        ("id\tkind\tbound\nA\tbound\t1:5\n", ":2:9", "bound is '1:5'", "LB <= 0 <= UB"),
        ("id\tkind\tbound\nA\tbound\t-2\n", ":2:9", "bound is '-2'", "largest flux"),
        ("id\tkind\tbound\nA\tbound\t:\n", ":2:9", "bound is ':'", "largest flux"),
        ("id\tkind\tbound\nA\tbound\t1:2:3\n", ":2:9", "bound is '1:2:3'", "largest flux"),
        ("id\tkind\tbound\nA\tbound\tnan\n", ":2:9", "bound is 'nan'", "largest flux"),
        ("id\tkind\nA*\tknockin\n", ":2:1", "'A*' is a pattern", "one line for each"),
        ("id\tkind\tuse\nA*\tknockout\tforced\n", ":2:1", "'A*' is a pattern", "one line for each"),
        ("id\tkind\nA\tknockout\nB\tknockout\nA\tknockin\n", ":4:1", "listed twice (first in line 2)", "one way only"),
    ],
)
def test_what_is_refused(tmp_path: Path, text: str, place: str, what: str, hint: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(InputError) as caught:
        read_candidates(path)
    assert caught.value.where.startswith(f"{path}{place}")
    assert what in caught.value.what
    assert hint in caught.value.hint
    assert caught.value.exit_code == 3
