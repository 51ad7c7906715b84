"""Random small design problems: reversible, blocked, coupled and forced fluxes; isozymes and complexes."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from strainopt.bilevel.problem import AllIntact, AnyIntact, BilevelProblem, Leaf, Method, Ties
from tests.bilevel.referee import maximise


def random_problem(seed: int, *, method: Method, genes: bool, max_cost: int = 2, ties: Ties = Ties.PESSIMISTIC):
    """A problem drawn from the seed, or None where the draw cannot grow or make product."""
    rng = np.random.default_rng(seed)
    metabolites = int(rng.integers(4, 7))
    inner = int(rng.integers(6, 10))
    columns, lower, upper = [], [], []
    for _ in range(inner):
        column = np.zeros(metabolites)
        a, b = rng.choice(metabolites, size=2, replace=False)
        column[a], column[b] = -1.0, float(rng.choice([1.0, 1.0, 2.0, 0.5]))
        if rng.random() < 0.25:
            column[rng.integers(metabolites)] += float(rng.choice([1.0, -1.0]))
        columns.append(column)
        lower.append(-10.0 if rng.random() < 0.3 else 0.0)
        upper.append(float(rng.choice([10.0, 1000.0])))
    uptake = np.zeros(metabolites)
    uptake[0] = 1.0
    growth = np.zeros(metabolites)
    needs = rng.choice(np.arange(1, metabolites), size=2, replace=False)
    growth[needs] = -rng.choice([0.5, 1.0, 2.0], size=2)
    product = np.zeros(metabolites)
    product[rng.integers(1, metabolites)] = -1.0
    waste = [np.eye(metabolites)[i] * -1.0 for i in rng.choice(metabolites, size=2, replace=False)]
    columns += [uptake, growth, product, *waste]
    lower += [0.0, 0.0, 0.0, 0.0, 0.0]
    upper += [10.0, 1000.0, 1000.0, 1000.0, float(rng.choice([5.0, 1000.0]))]
    if rng.random() < 0.3:
        forced = int(rng.integers(inner))
        lower[forced] = max(lower[forced], 0.1)
    n = len(columns)
    candidates = int(rng.integers(4, 7))
    if genes:
        intact = {}
        for j in range(inner):
            picks = [Leaf(int(i)) for i in rng.choice(candidates, size=3, replace=False)]
            shape = rng.integers(5)
            intact[j] = [
                picks[0],
                AllIntact((picks[0], picks[1])),
                AnyIntact((picks[0], picks[1])),
                AnyIntact((AllIntact((picks[0], picks[1])), picks[2])),
                AllIntact((AnyIntact((picks[0], picks[1])), picks[2])),
            ][shape]
    else:
        intact = {int(j): Leaf(i) for i, j in enumerate(rng.choice(inner, size=candidates, replace=False))}
    vector = np.zeros(n)
    g, p = vector.copy(), vector.copy()
    g[inner + 1], p[inner + 2] = 1.0, 1.0
    problem = BilevelProblem(
        matrix=sparse.csc_array(np.column_stack(columns)),
        lower=np.array(lower),
        upper=np.array(upper),
        growth=g,
        product=p,
        intact=intact,
        costs=np.ones(candidates),
        names=tuple(f"c{i}" for i in range(candidates)),
        max_cost=max_cost,
        min_growth=0.5,
        method=method,
        product_scale=1.0,
        flux_weights=np.ones(n),
        range_lower=np.array(lower),
        range_upper=np.array(upper),
        alpha=0.8 if method is Method.PESSIMISTIC else 1.0,
        ties=ties,
    )
    return with_ranges(problem)


def with_ranges(problem: BilevelProblem):
    """Fill in the ranges and the scale by linear programs; None where nothing grows or no product is made."""
    from dataclasses import replace

    none = np.zeros(0, dtype=np.intp)
    rows = [(problem.growth, problem.growth_floor)]
    low, high = [], []
    for j in range(len(problem.lower)):
        unit = np.zeros(len(problem.lower))
        unit[j] = 1.0
        least, most = maximise(-unit, problem, none, rows), maximise(unit, problem, none, rows)
        if least is None or most is None:
            return None
        low.append(-least)
        high.append(most)
    scale = maximise(problem.product, problem, none)
    growth = maximise(problem.growth, problem, none)
    if scale is None or scale < 1e-6 or growth < problem.min_growth:
        return None
    return replace(
        problem,
        range_lower=np.array(low),
        range_upper=np.array(high),
        product_scale=scale,
        growth_scale=growth,
    )
