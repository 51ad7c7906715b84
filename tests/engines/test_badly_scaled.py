"""Random small networks in odd units: coefficients over eight decades change no answer.

A metabolite counted in another unit multiplies its row, a flux measured in another unit its column and, inversely, its
bounds. The flux states are the same, so the referee evaluates every set on the network as it was, by scipy.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from scipy import sparse

from strainopt.bilevel.problem import Method
from strainopt.design.engines import EngineChoice
from strainopt.design.problem import Engine, Level
from strainopt.design.solve import solve
from strainopt.errors import ModelError, UsageError
from tests.engines.cases import CASES
from tests.engines.test_random import brute_force, cells, question
from tests.reduce.random_networks import BIOMASS, TARGET


def in_other_units(network, seed, *, method):
    """Rows times 1e-3 to 1e3, columns but growth and target times 1e-1 to 1e1; none where total flux counts."""
    rng = np.random.default_rng(seed)
    rows = 10.0 ** rng.uniform(-3.0, 3.0, network.shape[0])
    columns = 10.0 ** rng.uniform(-1.0, 1.0, network.shape[1])
    columns[[BIOMASS, TARGET]] = 1.0
    if method is Method.PFBA:
        columns[:] = 1.0
    matrix = sparse.diags_array(rows) @ network.stoichiometry @ sparse.diags_array(columns)
    return replace(
        network,
        stoichiometry=sparse.csc_array(matrix),
        lower=network.lower / columns,
        upper=network.upper / columns,
    )


@pytest.mark.parametrize("level", list(Level))
@pytest.mark.parametrize("case", CASES, ids=str)
@settings(
    max_examples=6,
    deadline=None,
    derandomize=True,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)
@given(network=cells(), seed=st.integers(min_value=0, max_value=10**6))
def test_engines_equal_brute_force_in_any_units(case, level, network, seed):
    problem = question(network, case, level)
    if problem is None:
        return
    odd = replace(problem, network=in_other_units(network, seed, method=case.method))
    try:
        answers = [solve(odd, choice=EngineChoice(e)) for e in (Engine.ENUMERATE, Engine.BENDERS, Engine.MILP)]
    except (ModelError, UsageError):
        return  # no growth, no product, or nothing to delete
    best, near = brute_force(problem)
    if near:
        return
    scale = answers[0].wild_type.theoretical_max
    for answer in answers:
        assert not answer.refused, answer.refused[0].refusal
        if best > 2e-4 * scale:
            assert answer.status == "optimal", answer.stop_reason
            assert answer.objective == pytest.approx(best, abs=1.5e-4 * scale + 1e-5)
        else:
            assert not answer.designs or answer.objective <= 3e-4 * scale
