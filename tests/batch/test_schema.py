"""The schema says what the command line says: same options, same words, same defaults; and the documents agree."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from strainopt.batch.check import check_text
from strainopt.batch.expand import make_plan
from strainopt.batch.fields import Kind
from strainopt.batch.ids import unknown_ids
from strainopt.batch.reference import reference
from strainopt.batch.schema import Cluster, Config, Matrix, MediumEntry, ModelEntry, Options, Outputs, Run, json_schema
from strainopt.batch.starter import STARTER
from strainopt.batch.yaml_loader import Text
from strainopt.bilevel.problem import Method, Ties
from strainopt.bilevel.writing import Formulation
from strainopt.cli.commands.design import command as design
from strainopt.design import options as known
from strainopt.design.options import OPTION_NAMES, DesignOptions
from strainopt.design.problem import Engine, Level
from strainopt.reduce.funnel import Filter

HERE = Path(__file__).resolve().parents[2]
NOT_OF_A_TASK = {
    "out",
    "overwrite",
    "json",
    "dry_run",
    "print_config",
    "verbose",
    "debug",
    "help",
    "proof",
    "resume",
    "split",
}


def test_every_option_of_design_is_an_option_of_a_task() -> None:
    of_design = {str(param.name) for param in design.params} - NOT_OF_A_TASK
    # a task is one part of a row by its place in the plan, not by an option
    assert of_design == set(OPTION_NAMES) == set(Options.model_fields) - {"split"}


def test_defaults_are_those_of_design() -> None:
    mine = {item.name: getattr(DesignOptions(model="", target=""), item.name) for item in fields(DesignOptions)}
    for param in design.params:
        name = str(param.name)
        if name in NOT_OF_A_TASK | {"model", "target"}:
            continue
        default = None if param.default is None or "Sentinel" in type(param.default).__name__ else param.default
        shown = str(default) if name == "min_growth" else default
        assert mine[name] == shown or (not mine[name] and not shown), name
        assert Options.model_fields[name].default == mine[name], name


def test_words_are_those_of_the_library() -> None:
    assert tuple(one.value for one in Method) == known.METHODS
    assert tuple(one.value for one in Level) == known.LEVELS
    assert tuple(one.value for one in Filter) == known.FILTERS
    assert set(known.ENGINES) == {one.value for one in Engine}
    assert set(known.FORMULATIONS) == {one.value for one in Formulation}
    assert {one.value for one in Ties} == {"optimistic", "pessimistic"}


def test_the_json_schema_has_every_key() -> None:
    made = json_schema()
    parts = made["$defs"]
    for model in (Options, Run, ModelEntry, MediumEntry, Cluster, Outputs, Matrix):
        assert set(parts[model.__name__]["properties"]) == set(model.model_fields)
        assert parts[model.__name__]["additionalProperties"] is False
    assert set(made["properties"]) == set(Config.model_fields)
    assert made["required"] == ["version"]


def test_the_starter_is_whole_and_its_ids_exist(tmp_path: Path) -> None:
    checked = check_text(STARTER, file="screen.yaml", folder=tmp_path)
    assert len(make_plan(checked).tasks) == 5
    assert unknown_ids(checked) == ()


def test_unknown_ids_are_told_with_their_places(tmp_path: Path) -> None:
    text = (
        "version: 1\ndefaults: {model: textbook, target: EX_suc_e}\n"
        "runs:\n  - {name: a, bounds: {EX_o2: [0, ~]}}\n  - {name: b, level: gene, exclude: [b0001x]}\n"
    )
    told = [str(one) for one in sorted(unknown_ids(check_text(text, file="f", folder=tmp_path)))]
    assert len(told) == 3
    assert told[0].startswith("f:2:37 defaults.target: no reaction 'EX_suc_e'")
    assert "did you mean EX_succ_e" in told[0]
    assert told[1].startswith("f:4:31 runs[0].bounds.EX_o2: no reaction 'EX_o2'")
    assert "runs[1].exclude: no gene 'b0001x'" in told[2]


def test_the_page_is_that_of_the_code() -> None:
    page = (HERE / "docs" / "config.md").read_text(encoding="utf-8")
    assert page == reference(), "python -m strainopt.batch.reference > docs/config.md"
    for model in (Options, Run, ModelEntry, MediumEntry, Cluster, Outputs):
        for name in model.model_fields:
            assert f"\n| `{name}` |" in page, f"{model.__name__}.{name}"


@pytest.mark.parametrize("name", sorted(Options.model_fields))
def test_nothing_is_guessed_for_an_option(name: str) -> None:
    """A list in a list, or a mapping in a list, fits no option."""
    kinds = [item for item in Options.model_fields[name].metadata if isinstance(item, Kind)]
    assert len(kinds) == 1
    with pytest.raises(ValueError):  # noqa: PT011 - pydantic's own, of many kinds
        Options.model_validate({name: [[Text("a")]]})
