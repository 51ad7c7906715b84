"""Words that the help pages write out are those of the library."""

from __future__ import annotations

import click
import pytest

from strainopt.bilevel.problem import Method, Ties
from strainopt.bilevel.writing import Formulation
from strainopt.cli import options
from strainopt.cli.main import cli
from strainopt.cli.params import OneOf
from strainopt.design.options import SOLVERS
from strainopt.design.problem import Certify, Engine, Level, Measure
from strainopt.io.draft import MissingBounds, RuleMode
from strainopt.lp.registry import backend_names
from strainopt.reduce.funnel import DEFAULT_FILTERS, Filter


def allowed(command: str, name: str) -> tuple[str, ...]:
    page = cli.get_command(click.Context(cli), command)
    assert page is not None
    kind = next(param.type for param in page.params if param.name == name)
    assert isinstance(kind, OneOf)
    return kind.words


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("method", Method),
        ("ties", Ties),
        ("level", Level),
        ("objective", Measure),
        ("certify", Certify),
        ("engine", Engine),
        ("formulation", Formulation),
        ("missing_bounds", MissingBounds),
        ("gpr", RuleMode),
        ("filters", Filter),
    ],
)
def test_design_offers_exactly_the_librarys_words(name, words) -> None:
    assert sorted(allowed("design", name)) == sorted(word.value for word in words)


def test_solvers() -> None:
    assert sorted(SOLVERS) == sorted(backend_names())


def test_default_filters() -> None:
    assert options.DEFAULT_FILTERS.split(",") == [one.value for one in Filter if one in DEFAULT_FILTERS]
