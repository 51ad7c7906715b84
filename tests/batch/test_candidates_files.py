"""`candidates_file` in YAML: read with the plan, part of the hash, checked against the model."""

from __future__ import annotations

from pathlib import Path

import pytest

from strainopt.batch.check import check_text
from strainopt.batch.expand import make_plan
from strainopt.batch.ids import unknown_ids
from strainopt.batch.plan import read_plan, write_plan
from strainopt.batch.positions import ConfigError
from strainopt.design.options import DesignOptions
from strainopt.network.interventions import Intervention, Kind

TEXT = "version: 1\ndefaults: {model: textbook, target: EX_succ_e}\nruns: [{name: a, candidates_file: c.tsv}]\n"


def checked(text: str, folder: Path):
    return check_text(text, file="f.yaml", folder=folder)


def table(folder: Path, *lines: str) -> None:
    (folder / "c.tsv").write_text("\n".join(("id\tkind\tcost\tbound", *lines)) + "\n")


def test_lines_come_back_from_a_written_plan(tmp_path: Path) -> None:
    table(tmp_path, "PFL\tknockout\t2", "PGI\tbound\t1\t-1:", "ICL\tknockin")
    plan = make_plan(checked(TEXT, tmp_path), folder=tmp_path / "out")
    write_plan(plan)
    lines = (
        Intervention("PFL", cost=2.0),
        Intervention("PGI", Kind.BOUND, 1.0, -1.0),
        Intervention("ICL", Kind.KNOCKIN),
    )
    assert read_plan(tmp_path / "out").tasks[0].options.candidates_file == lines
    options = plan.tasks[0].options
    assert DesignOptions.from_json(options.to_json()) == options


def test_the_hash_follows_what_the_file_says_and_not_how(tmp_path: Path) -> None:
    table(tmp_path, "PFL\tknockout\t2")
    before = make_plan(checked(TEXT, tmp_path)).tasks[0].hash
    table(tmp_path, "# dear", "", "PFL\tknockout\t2.0")
    assert make_plan(checked(TEXT, tmp_path)).tasks[0].hash == before
    table(tmp_path, "PFL\tknockout\t3")
    assert make_plan(checked(TEXT, tmp_path)).tasks[0].hash != before


@pytest.mark.parametrize(
    ("lines", "text", "told"),
    [
        (("PFL\tknokout",), TEXT, "c.tsv:2:5: kind is 'knokout'; did you mean"),
        ((), TEXT.replace("c.tsv", "d.tsv"), "no such file"),
        (("PFL\tknockout",), TEXT.replace("name: a", "name: a, candidates: [PGI]"), "not both"),
    ],
)
def test_what_is_wrong_is_told_at_its_key(tmp_path: Path, lines: tuple[str, ...], text: str, told: str) -> None:
    table(tmp_path, *lines)
    with pytest.raises(ConfigError) as caught:
        make_plan(checked(text, tmp_path))
    (problem,) = caught.value.problems
    assert told in str(problem)
    assert "runs[0].candidates_file" in str(problem)


def test_ids_are_looked_up_in_the_model(tmp_path: Path) -> None:
    table(tmp_path, "PFL\tknockout", "PFLL\tknockin")
    (problem,) = unknown_ids(checked(TEXT, tmp_path))
    assert "no reaction 'PFLL' in model" in str(problem)
    assert "did you mean PFL" in str(problem)
