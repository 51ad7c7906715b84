"""Flux variability analysis."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from scipy.optimize import linprog

from strainopt.errors import ModelError, UsageError
from strainopt.flux import variability
from strainopt.flux.fba import fba, fba_program
from strainopt.flux.fva import fva, fva_program
from strainopt.flux.variability import fva_ranges
from strainopt.lp.glpk import GlpkSession
from strainopt.lp.result import Status
from tests.flux.conftest import bounded, build, networks


@settings(max_examples=60, deadline=None)
@given(networks())
def test_ranges_are_what_scipy_finds_column_by_column(network):
    bounds = np.column_stack([network.lower, network.upper])
    balance = {"A_eq": network.stoichiometry.toarray(), "b_eq": np.zeros(network.shape[0]), "bounds": bounds}
    program = fba_program(network)
    if linprog(np.zeros(network.shape[1]), **balance).status == 2:
        with pytest.raises(ModelError):
            fva_ranges(program)
        return
    ranges = fva_ranges(program)
    for column, unit in enumerate(np.eye(network.shape[1])):
        assert ranges.lower[column] == pytest.approx(linprog(unit, **balance).fun, abs=1e-6)
        assert ranges.upper[column] == pytest.approx(-linprog(-unit, **balance).fun, abs=1e-6)


@settings(max_examples=30, deadline=None)
@given(networks())
def test_a_fraction_of_the_optimum_is_kept(network):
    state = fba(network)
    if state.status is not Status.OPTIMAL or state.growth < 1e-6:
        return
    goal = int(np.argmax(network.objective))
    for fraction in (0.0, 0.5, 1.0):
        ranges = fva(network, fraction=fraction)
        assert ranges.upper[goal] == pytest.approx(state.growth, rel=1e-6)
        # cobrapy's convention too: at fraction 0 the objective may not be negative.
        assert ranges.lower[goal] >= fraction * state.growth - 1e-6
        assert np.all(ranges.lower <= ranges.upper)
    floor = fva(network, growth_floor=0.5 * state.growth)
    half = fva(network, fraction=0.5)
    assert floor.lower == pytest.approx(half.lower, abs=1e-6)
    assert floor.upper == pytest.approx(half.upper, abs=1e-6)


def test_textbook_cycle_while_maximising_maintenance(textbook):
    # cobrapy's documentation ("Simulating with FBA", loopless FVA): with ATPM as the objective FRD7 0..980 and
    # SUCDi 20..1000 where loops are allowed.
    network = textbook.with_objective(textbook.reaction("ATPM"))
    columns = [network.reaction("SUCDi"), network.reaction("FRD7")]
    ranges = fva(network, reactions=columns)
    assert list(ranges.columns) == columns
    assert ranges.lower == pytest.approx([20.0, 0.0], abs=1e-6)
    assert ranges.upper == pytest.approx([1000.0, 980.0], abs=1e-6)


@pytest.mark.parametrize("fraction", [1.0, 0.9])
def test_every_reaction_of_textbook_as_cobra_finds_it(textbook, fraction):
    from cobra.flux_analysis import flux_variability_analysis
    from cobra.io import load_model

    model = load_model("textbook")
    model.tolerance = 1e-9
    table = flux_variability_analysis(model, fraction_of_optimum=fraction, processes=1)
    ranges = fva(textbook, fraction=fraction)
    assert ranges.lower == pytest.approx(table["minimum"].to_numpy(), rel=1e-6, abs=1e-6)
    assert ranges.upper == pytest.approx(table["maximum"].to_numpy(), rel=1e-6, abs=1e-6)


def test_a_sample_of_ijo1366_as_cobra_finds_it(ijo1366):
    # The comparison over all reactions is benchmarks/fva.py.
    from cobra.flux_analysis import flux_variability_analysis
    from cobra.io import load_model

    columns = list(range(5, ijo1366.shape[1], 130))
    model = load_model("iJO1366")
    model.tolerance = 1e-9
    names = [ijo1366.reaction_ids[column] for column in columns]
    table = flux_variability_analysis(model, names, fraction_of_optimum=0.9, processes=1)
    ranges = fva(ijo1366, fraction=0.9, reactions=columns)
    assert ranges.lower == pytest.approx(table["minimum"].to_numpy(), rel=1e-6, abs=1e-6)
    assert ranges.upper == pytest.approx(table["maximum"].to_numpy(), rel=1e-6, abs=1e-6)


def test_a_range_at_nine_tenths_holds_the_range_at_the_optimum(ijo1366):
    # Lowering the floor only adds states. cobra's default tolerances miss this for BMOCOS (0.00011950 < 0.00011985).
    column = [ijo1366.reaction("BMOCOS")]
    whole, part = fva(ijo1366, reactions=column), fva(ijo1366, fraction=0.9, reactions=column)
    assert part.upper[0] >= whole.upper[0] - 1e-9
    assert part.lower[0] <= whole.lower[0] + 1e-9


def test_the_number_of_processes_changes_nothing(textbook, monkeypatch):
    monkeypatch.setattr(variability, "CHUNK", 10)
    started = []
    pool = variability.ProcessPoolExecutor
    monkeypatch.setattr(
        variability, "ProcessPoolExecutor", lambda count, **rest: started.append(count) or pool(count, **rest)
    )
    program = fva_program(textbook, fraction=0.9)
    columns = np.array([50, 3, 90, 3])
    alone, together = fva_ranges(program, processes=1), fva_ranges(program, processes=2)
    assert started == [2]
    assert np.array_equal(alone.lower, together.lower)
    assert np.array_equal(alone.upper, together.upper)
    picked = fva_ranges(program, columns)
    assert picked.upper == pytest.approx(alone.upper[columns], abs=1e-9)


def test_a_flux_without_limit_has_an_infinite_range():
    # A cycle of two unbounded reactions beside a bounded route; the last three have no bound of their own.
    network = build([[1, -1, 1, -1], [0, 1, -1, 0]], [0, 0, 0, 0], [10, np.inf, np.inf, np.inf], [0, 0, 0, 1])
    ranges = fva_ranges(fba_program(network))
    assert ranges.upper == pytest.approx([10, np.inf, np.inf, 10])
    assert ranges.lower == pytest.approx([0, 0, 0, 0])


@settings(max_examples=40, deadline=None)
@given(networks())
def test_missing_bounds_are_not_taken_for_ends_that_were_touched(network):
    # Every upper bound of 1000 that other bounds make idle may as well be missing.
    open_ended = network.with_bounds(network.lower, np.where(network.upper == 1000.0, np.inf, network.upper))
    bounds = [
        (low, None if high == np.inf else high) for low, high in zip(open_ended.lower, open_ended.upper, strict=True)
    ]
    balance = {"A_eq": network.stoichiometry.toarray(), "b_eq": np.zeros(network.shape[0]), "bounds": bounds}
    if linprog(np.zeros(network.shape[1]), **balance).status == 2:
        return
    ranges = fva_ranges(fba_program(open_ended))
    for column, unit in enumerate(np.eye(network.shape[1])):
        answer = linprog(-unit, **balance)
        expected = np.inf if answer.status == 3 else -answer.fun
        assert ranges.upper[column] == pytest.approx(expected, abs=1e-6)


def test_a_solver_that_gives_wrong_optima_is_not_believed(textbook, monkeypatch):
    """Warm primal solves that stop at once leave a point that the duals do not confirm."""
    program = fva_program(textbook, fraction=0.5)
    honest = fva_ranges(program)
    solve, lies = GlpkSession.solve, []

    def lazy(session, *, fresh=False, primal=False, time_limit=float("inf")):
        if primal and not fresh and getattr(session, "solved_before", False):
            lies.append(session)
            return Status.OPTIMAL
        session.solved_before = True
        return solve(session, fresh=fresh, primal=primal, time_limit=time_limit)

    monkeypatch.setattr(GlpkSession, "solve", lazy)
    found = fva_ranges(program)
    assert lies
    assert found.lower == pytest.approx(honest.lower, abs=1e-6)
    assert found.upper == pytest.approx(honest.upper, abs=1e-6)


def test_an_infeasible_base_is_an_error_with_a_hint(textbook):
    starved = bounded(textbook, {"EX_glc__D_e": (0, 0)})
    with pytest.raises(ModelError) as caught:
        fva(starved)
    assert "bounds" in str(caught.value)
    assert caught.value.hint


def test_a_floor_above_the_optimum_is_an_error_with_a_hint(textbook):
    with pytest.raises(ModelError) as caught:
        fva(textbook, growth_floor=1.0)
    assert "floor" in caught.value.hint


def test_an_objective_without_maximum_is_an_error():
    network = build([[1, -1]], [0, 0], [np.inf, np.inf], [0, 1])
    with pytest.raises(ModelError, match="no maximum"):
        fva(network)


def test_refuses_no_processes_and_odd_fractions(textbook):
    with pytest.raises(UsageError, match="processes"):
        fva(textbook, processes=0)
    with pytest.raises(UsageError, match="fraction"):
        fva(textbook, fraction=1.5)
