"""A simplex that turns in circles ends as FAILED: the limit on steps is each solve's own."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from strainopt.lp import backend as backend_module
from strainopt.lp.program import LinearProgram
from strainopt.lp.registry import backend
from strainopt.lp.result import Status


def program(rng: np.random.Generator, m: int = 15, n: int = 30) -> LinearProgram:
    matrix = sparse.csc_array(rng.uniform(0.0, 1.0, (m, n)))
    return LinearProgram(np.ones(n), matrix, np.full(m, -np.inf), np.full(m, 5.0), np.zeros(n), np.full(n, 10.0))


@pytest.mark.parametrize("name", ["glpk", "highs"])
def test_a_solve_has_so_many_steps_and_no_more(monkeypatch, name) -> None:
    rng = np.random.default_rng(3)
    monkeypatch.setattr(backend_module, "_PIVOTS_PER_LINE", 0)
    monkeypatch.setattr(backend_module, "_PIVOTS", 1)
    short = backend(name).open(program(rng))
    assert short.solve() is Status.FAILED
    short.close()
    # enough for any one of these, far from enough for all
    monkeypatch.setattr(backend_module, "_PIVOTS", 100)
    session = backend(name).open(program(rng))
    for _ in range(100):
        session.set_objective(rng.uniform(0.0, 1.0, 30))
        assert session.solve(fresh=True) is Status.OPTIMAL
    session.close()
