"""Questions without meaning are told apart before any search, each with a hint."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from strainopt.bilevel.problem import Method
from strainopt.design.preflight import preflight
from strainopt.design.problem import Measure
from strainopt.design.solve import solve
from strainopt.design.substrate import carbon_atoms, limiting_carbon_source
from strainopt.design.trusted import first_solver
from strainopt.errors import ModelError, UsageError


def bounded(network, **changes):
    lower, upper = network.lower.copy(), network.upper.copy()
    for name, (low, high) in changes.items():
        column = network.reaction(name)
        lower[column], upper[column] = low, high
    return network.with_bounds(lower, upper)


# What is changed in two_routes, the kind of error, and words that must be in it.
BAD_NETWORKS = [
    ({"EX_s_e": (-10.0, -10.0), "growth": (0.0, 0.0)}, ModelError, "steady state|no growth"),
    ({"EX_s_e": (0.0, 0.0)}, ModelError, "no growth"),
    ({"growth": (30.0, 1000.0)}, ModelError, "no steady state"),
    ({"EX_s_e": (-np.inf, 0.0), "growth": (0.0, np.inf), "to_i": (0.0, np.inf), "full": (0.0, np.inf)},
     ModelError, "no limit"),
    ({"EX_p_e": (0.0, 0.0)}, ModelError, "cannot be made"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "kind", "words"), BAD_NETWORKS)
def test_networks_that_cannot_answer(small, ask, changes, kind, words):
    with pytest.raises(kind, match=words) as caught:
        solve(ask(bounded(small("two_routes"), **changes)))
    assert caught.value.hint
    assert caught.value.exit_code == 3


# How the question is changed, and words that must be in the message.
BAD_QUESTIONS = [
    ({"min_growth": 20.1}, "wild type reaches 20"),
    ({"min_growth": 0.0}, "cannot be used"),
    ({"min_growth": 1e-300}, "cannot be used"),
    ({"min_growth": float("nan")}, "cannot be used"),
    ({"candidates": ()}, "no candidates"),
    ({"candidates": ("EX_p_e", "growth")}, "none of the 2 candidates"),
    ({"candidates": ("full", "fulll")}, "fulll"),
    ({"alpha": 0.5}, "no meaning"),
    ({"alpha": 1.5, "method": Method.PESSIMISTIC}, "cannot be used"),
    ({"costs": {"full": 0.0}}, "cannot be used"),
    ({"k": -1}, "cannot be used"),
    ({"measure": Measure.YIELD}, "needs a substrate"),
    ({"measure": Measure.YIELD, "substrate": "EX_w_e"}, "not defined"),
    ({"target": "growth"}, "same reaction"),
]


@pytest.mark.parametrize(("changes", "words"), BAD_QUESTIONS)
def test_questions_without_meaning(small, ask, changes, words):
    with pytest.raises(UsageError, match=words) as caught:
        solve(ask(small("two_routes"), **changes))
    assert caught.value.hint
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(("designs", "within"), [(0, 0.0), (1, -0.1), (1, 1.1)])
def test_lists_that_cannot_be_made(small, ask, designs, within):
    with pytest.raises(UsageError, match="designs"):
        solve(ask(small("two_routes")), designs=designs, within=within)


def test_wild_type_as_derived(small, ask):
    # models/README.md: two_routes grows at 20 by `full` and makes no p; no state makes more than 10.
    facts = preflight(ask(small("two_routes")), solver=first_solver())
    wild = facts.wild_type
    assert (wild.growth, wild.product_min, wild.product_max, wild.theoretical_max) == pytest.approx(
        (20, 0, 0, 10), abs=1e-6
    )


def test_growth_exactly_at_the_wild_type_is_allowed(small, ask):
    facts = preflight(ask(small("two_routes"), min_growth=20.0), solver=first_solver())
    assert facts.wild_type.growth == pytest.approx(20.0)


@pytest.mark.parametrize(
    ("formula", "count"),
    [("C6H12O6", 6), ("CO2", 0), ("CHO3", 0), ("CH4", 1), ("Ca", 0), ("C2H3O2", 2), ("C62H88CoN13O14P", 62), ("", 0),
     ("C6H12O6(C2H4)n", 0), ("O2", 0), ("CH3R", 1)],
)  # fmt: skip
def test_carbon_atoms(formula, count):
    assert carbon_atoms(formula) == count


def test_limiting_carbon_source(textbook, small):
    # textbook's medium: glucose 10; CO2 is free and does not count.
    assert limiting_carbon_source(textbook) == textbook.reaction("EX_glc__D_e")
    assert limiting_carbon_source(small("two_routes")) is None  # no formulas


def test_two_comparable_carbon_sources_are_none(textbook):
    # 10 glucose are 60 carbon; 15 fumarate are 60 as well.
    assert limiting_carbon_source(bounded(textbook, EX_fum_e=(-15.0, 1000.0))) is None
    assert limiting_carbon_source(bounded(textbook, EX_fum_e=(-1.0, 1000.0))) == textbook.reaction("EX_glc__D_e")
    assert limiting_carbon_source(bounded(textbook, EX_glc__D_e=(-np.inf, 1000.0))) is None


def test_formulas_that_are_missing_do_not_matter_to_the_rest(textbook):
    blank = replace(textbook, metabolite_formulas=("",) * textbook.shape[0])
    assert limiting_carbon_source(blank) is None
