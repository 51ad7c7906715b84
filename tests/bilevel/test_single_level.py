"""The mixed-integer programs against brute force by scipy, raw: no evaluation, no certificate, no search."""

from __future__ import annotations

import pytest

from strainopt.bilevel.observe import observe, samples
from strainopt.bilevel.problem import Method, Ties
from strainopt.bilevel.program import single_level
from strainopt.bilevel.writing import Formulation
from strainopt.lp.registry import backend
from strainopt.lp.result import MixedOptions, Status
from tests.bilevel.networks import random_problem
from tests.bilevel.referee import best_value

CASES = [(method, Ties.PESSIMISTIC) for method in Method] + [(Method.PFBA, Ties.OPTIMISTIC)]


def claimed(problem, formulation, solver):
    every_set = samples(problem, count=200, seed=0)
    observed = observe(problem, every_set, backend=backend("glpk"), widening=20.0)
    level = single_level(problem, observed, formulation=formulation)
    return backend(solver).solve_mixed(level.program, MixedOptions(time_limit=60))


@pytest.mark.parametrize("formulation", [Formulation.STRONG_DUALITY, Formulation.KKT])
@pytest.mark.parametrize(("method", "ties"), CASES)
@pytest.mark.parametrize("genes", [False, True])
def test_equals_brute_force(method, ties, genes, formulation):
    solved = 0
    for seed in range(200):
        problem = random_problem(seed, method=method, genes=genes, ties=ties)
        if problem is None:
            continue
        expected = best_value(problem)
        result = claimed(problem, formulation, "highs")
        assert result.status is Status.OPTIMAL, seed
        assert result.objective == pytest.approx(expected, abs=1e-4 * problem.product_scale + 1e-5), seed
        solved += 1
        if solved == 8:
            break
    assert solved == 8
