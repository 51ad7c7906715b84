"""Ranges without internal cycles: published ones, and every choice of directions tried by scipy."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy import linalg
from scipy.optimize import linprog

from strainopt.flux.fva import fva, fva_program
from strainopt.flux.loopless import on_cycles
from strainopt.io.models import read_model


@pytest.fixture(scope="module")
def textbook():
    return read_model("textbook").network


def atp_maker(network):
    """`textbook` that makes as much ATP as it can, as in cobrapy's documentation of loopless solutions."""
    lower, upper = network.lower.copy(), network.upper.copy()
    place = network.reaction("ATPM")
    lower[place], upper[place] = 0.0, 1000.0
    return network.with_bounds(lower, upper).with_objective(place)


def test_published_ranges_with_and_without_cycles(textbook) -> None:
    # cobrapy's documentation, "Loopless FVA": 0 to 980 and 20 to 1000 with cycles, 0 and 20 without.
    network = atp_maker(textbook)
    columns = [network.reaction(name) for name in ("FRD7", "SUCDi")]
    plain = fva(network, reactions=columns)
    assert plain.lower == pytest.approx([0.0, 20.0], abs=1e-6)
    assert plain.upper == pytest.approx([980.0, 1000.0], abs=1e-6)
    lawful = fva(network, reactions=columns, loopless=True)
    assert lawful.lower == pytest.approx([0.0, 20.0], abs=1e-6)
    assert lawful.upper == pytest.approx([0.0, 20.0], abs=1e-6)


def possible(cycles: np.ndarray, forward: tuple[bool, ...]) -> bool:
    """Whether driving forces exist for these directions."""
    bounds = [(-1000.0, -1.0) if ahead else (1.0, 1000.0) for ahead in forward]
    return linprog(np.zeros(len(forward)), A_eq=cycles.T, b_eq=np.zeros(cycles.shape[1]), bounds=bounds).status == 0


@pytest.mark.parametrize("fraction", [1.0, 0.5])
def test_every_choice_of_directions(textbook, fraction) -> None:
    cycling = on_cycles(textbook)
    assert 2 <= len(cycling) <= 10
    cycles = linalg.null_space(textbook.stoichiometry[:, cycling].toarray())
    assert cycles.shape[1] >= 1
    program = fva_program(textbook, fraction=fraction)
    matrix, n = program.matrix.toarray(), program.shape[1]
    capped, floored = np.isfinite(program.row_upper), np.isfinite(program.row_lower)
    rows = np.vstack([matrix[capped], -matrix[floored]])
    limits = np.concatenate([program.row_upper[capped], -program.row_lower[floored]]) + 1e-8
    least, most = np.full(len(cycling), np.inf), np.full(len(cycling), -np.inf)
    for forward in itertools.product((True, False), repeat=len(cycling)):
        if not possible(cycles, forward):
            continue
        lower, upper = program.lower.copy(), program.upper.copy()
        lower[cycling[list(forward)]] = np.maximum(lower[cycling[list(forward)]], 0.0)
        back = cycling[~np.array(forward)]
        upper[back] = np.minimum(upper[back], 0.0)
        for place, column in enumerate(cycling):
            for sign in (1.0, -1.0):
                cost = np.zeros(n)
                cost[column] = -sign
                answer = linprog(cost, A_ub=rows, b_ub=limits, bounds=np.column_stack([lower, upper]))
                if answer.status == 0:
                    most[place] = max(most[place], answer.x[column])
                    least[place] = min(least[place], answer.x[column])
    found = fva(textbook, fraction=fraction, reactions=cycling.tolist(), loopless=True)
    assert found.lower == pytest.approx(least, abs=1e-4)
    assert found.upper == pytest.approx(most, abs=1e-4)


def test_other_reactions_keep_their_ranges(textbook) -> None:
    cycling = set(on_cycles(textbook).tolist())
    plain, lawful = fva(textbook, fraction=0.9), fva(textbook, fraction=0.9, loopless=True)
    others = [column for column in range(textbook.shape[1]) if column not in cycling]
    assert np.array_equal(plain.lower[others], lawful.lower[others])
    assert np.array_equal(plain.upper[others], lawful.upper[others])
    assert np.all(lawful.upper <= plain.upper + 1e-9)
    assert np.any(lawful.upper < plain.upper - 1.0)
