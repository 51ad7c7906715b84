"""Random cells that must get rid of electrons: deleting routes often couples the product to growth.

Sugar is split into a precursor and electrons in several parallel ways of different ATP yield; electrons leave through
exits, one of which makes the product. Growth needs precursor and ATP. Reversible, blocked, forced and coupled columns,
isozymes, complexes and costs are mixed in.
"""

from __future__ import annotations

import numpy as np
from scipy import sparse

from strainopt.bilevel.problem import AllIntact, AnyIntact, BilevelProblem, Leaf, Method, Ties
from tests.bilevel.networks import with_ranges

SUGAR, PRECURSOR, ELECTRONS, ATP, WASTE, MADE = range(6)


def fermenter(
    seed: int,
    *,
    method: Method,
    genes: bool = False,
    max_cost: float = 3.0,
    ties: Ties = Ties.PESSIMISTIC,
    costs: bool = False,
    badly_scaled: bool = False,
    units: float = 1.0,
) -> BilevelProblem | None:
    """A problem drawn from the seed, or None where the draw cannot grow or make product."""
    rng = np.random.default_rng(seed)
    columns: list[dict[int, float]] = []
    lower: list[float] = []
    upper: list[float] = []

    def add(terms: dict[int, float], low: float, high: float) -> int:
        columns.append(terms)
        lower.append(low * units)
        upper.append(high * units)
        return len(columns) - 1

    add({SUGAR: 1.0}, 0.0, 10.0)
    growth = add({PRECURSOR: -1.0, ATP: -float(rng.choice([1.0, 2.0]))}, 0.0, 1000.0)
    product = add({MADE: -1.0}, 0.0, 1000.0)
    add({WASTE: -1.0}, 0.0, 1000.0)
    if rng.random() < 0.5:
        add({ATP: -1.0}, float(rng.choice([0.0, 0.5])), 1000.0)
    inner = []
    for _ in range(int(rng.integers(2, 4))):
        electrons, atp = float(rng.choice([1.0, 2.0])), float(rng.choice([0.0, 1.0, 2.0]))
        split = {SUGAR: -1.0, PRECURSOR: float(rng.choice([1.0, 2.0])), ELECTRONS: electrons, ATP: atp}
        inner.append(add(split, 0.0, 1000.0))
    for place in range(int(rng.integers(3, 6))):
        target = MADE if place == 0 or rng.random() < 0.25 else WASTE
        terms = {PRECURSOR: -float(rng.choice([0.0, 0.5, 1.0])), ELECTRONS: -float(rng.choice([1.0, 2.0])), target: 1.0}
        terms[ATP] = float(rng.choice([0.0, 0.0, 0.5, 1.0, -0.5]))
        inner.append(add({m: c for m, c in terms.items() if c}, -10.0 if rng.random() < 0.2 else 0.0, 1000.0))
    if rng.random() < 0.5:
        inner.append(add({SUGAR: -1.0, ATP: 1.0, WASTE: 1.0}, 0.1 if rng.random() < 0.3 else 0.0, 1000.0))
    if rng.random() < 0.3:
        inner.append(add({MADE: -1.0, WASTE: 1.0}, -10.0, 10.0))
    matrix = np.zeros((6, len(columns)))
    for j, terms in enumerate(columns):
        for metabolite, coefficient in terms.items():
            matrix[metabolite, j] = coefficient
    if badly_scaled:
        # metabolites measured in other units: the same fluxes, coefficients over eight decades
        matrix *= 10.0 ** rng.uniform(-4.0, 4.0, size=(6, 1))
    candidates = len(inner)
    intact = {j: Leaf(i) for i, j in enumerate(inner)} if not genes else _rules(rng, inner, candidates)
    g, p = np.zeros(len(columns)), np.zeros(len(columns))
    g[growth], p[product] = 1.0, 1.0
    return with_ranges(
        BilevelProblem(
            matrix=sparse.csc_array(matrix),
            lower=np.array(lower),
            upper=np.array(upper),
            growth=g,
            product=p,
            intact=intact,
            costs=rng.choice([0.5, 1.0, 2.0], size=candidates) if costs else np.ones(candidates),
            names=tuple(f"c{i}" for i in range(candidates)),
            max_cost=max_cost,
            min_growth=0.5 * units,
            method=method,
            product_scale=1.0,
            flux_weights=np.ones(len(columns)),
            range_lower=np.array(lower),
            range_upper=np.array(upper),
            alpha=0.8 if method is Method.PESSIMISTIC else 1.0,
            ties=ties,
        )
    )


def _rules(rng: np.random.Generator, inner: list[int], candidates: int):
    rules = {}
    for j in inner:
        picks = [Leaf(int(i)) for i in rng.choice(candidates, size=3, replace=False)]
        rules[j] = [
            picks[0],
            picks[0],
            AllIntact((picks[0], picks[1])),
            AnyIntact((picks[0], picks[1])),
            AnyIntact((AllIntact((picks[0], picks[1])), picks[2])),
            AllIntact((AnyIntact((picks[0], picks[1])), picks[2])),
        ][rng.integers(6)]
    return rules
