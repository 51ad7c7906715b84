"""The solver for verification waits for nobody and believes nobody."""

from __future__ import annotations

import math
import time
from dataclasses import replace

import numpy as np
import pytest
from scipy import sparse

from strainopt.design import trusted
from strainopt.design.trusted import TrustedBackend, confirming_solver, first_solver
from strainopt.lp.program import LinearProgram
from strainopt.lp.registry import backend
from strainopt.lp.result import Status


def program(upper=1.0, row=(0.0, 1.0)):
    """maximise x + y, x + y within `row`, both in [0, upper]."""
    return LinearProgram(
        np.ones(2),
        sparse.csc_array(np.ones((1, 2))),
        np.array([row[0]]),
        np.array([row[1]]),
        np.zeros(2),
        np.full(2, upper),
    )


class _Sleeper:
    """A solver that never finishes."""

    name = "sleeper"

    def __init__(self):
        self.honest = backend("glpk")
        self.asked = 0

    def open(self, program):
        session = self.honest.open(program)
        outer = self

        class Asleep:
            def __getattr__(self, name):
                return getattr(session, name)

            def solve(self, *, fresh=False, primal=False, time_limit=math.inf):
                outer.asked += 1
                assert math.isfinite(time_limit)
                return Status.TIME_LIMIT

        return Asleep()


@pytest.mark.parametrize("name", ["glpk", "highs"])
def test_answers_are_those_of_the_program(name):
    solver = first_solver(name)
    assert solver.name == name
    assert solver.solve(program()).objective == pytest.approx(1.0)
    empty = solver.solve(program(row=(5.0, 6.0)))
    assert empty.status is Status.INFEASIBLE
    free = replace(program(), upper=np.full(2, np.inf), row_upper=np.array([np.inf]))
    assert solver.solve(free).status is Status.UNBOUNDED


def test_a_solver_that_does_not_come_back_is_replaced(monkeypatch):
    monkeypatch.setattr(trusted, "SLICES", (0.01, 5.0, 5.0))
    sleeper = _Sleeper()
    result = TrustedBackend(sleeper, backend("highs")).solve(program())
    assert sleeper.asked == 1
    assert result.status is Status.OPTIMAL
    assert result.objective == pytest.approx(1.0)


def test_a_time_limit_holds_over_all_attempts():
    started = time.monotonic()
    result = TrustedBackend(_Sleeper(), _Sleeper()).solve(program(), time_limit=0.2)
    assert result.status is Status.TIME_LIMIT
    assert time.monotonic() - started < 2.0


def test_the_second_opinion_is_another_solver():
    assert confirming_solver(first_solver("glpk")).name == "highs"
    assert confirming_solver(first_solver("highs")).name == "glpk"
