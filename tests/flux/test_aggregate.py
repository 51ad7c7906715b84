"""Merging columns: the small program describes the same set."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from scipy.optimize import linprog

from strainopt.flux.aggregate import aggregate
from strainopt.flux.fba import fba_program
from strainopt.flux.near import at_least
from tests.flux.conftest import build, networks


def solve(program, objective):
    return linprog(
        -objective,
        A_eq=program.matrix.toarray(),
        b_eq=program.row_lower,
        bounds=np.column_stack([program.lower, program.upper]),
        method="highs",
    )


@settings(max_examples=60, deadline=None)
@given(networks())
def test_points_of_the_small_program_lift_to_points_of_the_original(network):
    program = fba_program(network)
    merged = aggregate(program)
    small = merged.program
    if small.shape[1] == 0:
        if small.shape[0] == 0:
            lifted = merged.lift(np.zeros(0))
            assert np.abs(program.matrix @ lifted).max() < 1e-9
        return
    answer = solve(small, np.random.default_rng(0).normal(size=small.shape[1]))
    assert (answer.status == 2) == (solve(program, network.objective).status == 2)
    if answer.status != 0:
        return
    lifted = merged.lift(answer.x)
    assert np.abs(program.matrix @ lifted).max() < 1e-6
    assert np.all(lifted >= program.lower - 1e-6)
    assert np.all(lifted <= program.upper + 1e-6)


def test_a_linear_pathway_becomes_one_column_with_the_narrowest_bounds():
    # uptake -> 2 A; A -> B; B -> out: fluxes v, 2v, 2v, so the limit 10 on the last gives v <= 5.
    network = build([[2, -1, 0], [0, 1, -1]], [0, 0, 1], [100, 100, 10], [0, 0, 1])
    merged = aggregate(fba_program(network))
    assert merged.program.shape == (0, 1)
    lower, upper = merged.lift_ranges(np.arange(3), merged.program.lower, merged.program.upper)
    assert lower == pytest.approx([0.5, 1.0, 1.0])
    assert upper == pytest.approx([5.0, 10.0, 10.0])


def test_a_metabolite_that_is_only_made_blocks_its_producers():
    network = build([[1, 1, 0], [0, -1, 1]], [0, 0, 0], [10, 10, 10], [1, 0, 0])
    merged = aggregate(fba_program(network))
    assert merged.program.shape == (0, 0)
    assert merged.lift(np.zeros(0)) == pytest.approx([0, 0, 0])


def test_contradicting_bounds_stay_for_the_solver_to_find():
    network = build([[1, -1]], [5, 0], [10, 1], [1, 0])
    small = aggregate(fba_program(network)).program
    assert solve(small, np.zeros(small.shape[1])).status == 2


@pytest.mark.parametrize("floored", [0, 1, 2])
def test_a_floor_on_a_merged_column_stays_a_floor(floored):
    # A pathway of three reactions with fluxes v, 2v, 2v and at least 4 through one of them; the other side is open.
    objective = np.eye(3)[floored]
    network = build([[2, -1, 0], [0, 1, -1]], [0, 0, 0], [100, 100, 10], objective)
    small = aggregate(at_least(fba_program(network), 4.0)).program
    assert small.shape == (1, 1)
    assert small.row_lower[0] == pytest.approx(4.0)
    assert small.row_upper[0] == np.inf
