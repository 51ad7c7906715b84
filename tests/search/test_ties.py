"""The clause of a set settled exactly: true of every superset, silent elsewhere, and gone once its value counts."""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from strainopt.bilevel.problem import Method
from strainopt.search.benders.scaled import scaled
from strainopt.search.benders.support import Supports
from strainopt.search.benders.ties import add_settled
from strainopt.search.benders.witnesses import Witnesses
from strainopt.search.evaluate import Evaluator
from tests.search.fermenters import fermenter

METHODS = st.sampled_from([Method.OPTKNOCK, Method.ROBUSTKNOCK, Method.PESSIMISTIC, Method.PFBA, Method.STRONG])


@settings(max_examples=25)
@given(seed=st.integers(min_value=0, max_value=10**6), method=METHODS, genes=st.booleans(), size=st.integers(0, 2))
def test_no_superset_that_the_clause_speaks_against_is_worth_more(seed, method, genes, size):
    problem = fermenter(seed, method=method, genes=genes)
    if problem is None:
        return
    n = problem.n_candidates
    chosen = frozenset(np.random.default_rng(seed).choice(n, min(size, n), replace=False).tolist())
    evaluator = Evaluator(problem)
    seen = evaluator.evaluate(chosen)
    if not seen.viable:
        return
    units = scaled(problem, wild_growth=evaluator.evaluate(frozenset()).growth)
    clauses, mask = Witnesses(n, caps_product=True, slack=0.0), sum(1 << one for one in chosen)
    clauses.set_product_limit(math.inf)
    state = evaluator.state(chosen)
    before = state.copy()
    add_settled(clauses, Supports(problem.intact, seed=1), scaled=units, chosen=mask, seen=seen, state=state)
    assert np.array_equal(state, before)
    assert clauses.supports[0] & mask == 0
    for more in range(3):
        for added in combinations([one for one in range(n) if one not in chosen], more):
            larger = chosen | frozenset(added)
            if clauses.unhit(sum(1 << one for one in larger), tuple(sorted(larger)), math.inf):
                other = evaluator.evaluate(larger)
                assert not other.viable or other.value <= seen.value + 1e-7 * problem.value_scale
    # bit 0 of the answer is the only clause
    assert clauses.unhit(mask, tuple(sorted(chosen)), math.inf) == 1
    for one in chosen:
        smaller = chosen - {one}
        assert clauses.unhit(mask & ~(1 << one), tuple(sorted(smaller)), math.inf) == 0
    clauses.set_product_limit(seen.value * units.factor - 1.0)
    assert clauses.unhit(mask, tuple(sorted(chosen)), math.inf) == 0
