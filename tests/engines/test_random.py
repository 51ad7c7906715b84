"""Random small networks through `design.solve`, all engines and both levels, against brute force by scipy.

The networks have reversible, blocked, parallel and coupled reactions, forced fluxes, isozymes and complexes. The brute
force evaluates every set on the unreduced network and shares no code with the package but the network's arrays and
rules. Its growth rows are relaxed by 1e-8, so values agree up to that times the steepest trade-off.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from scipy import sparse

from strainopt.bilevel.problem import BilevelProblem, Leaf, Method
from strainopt.design.engines import EngineChoice
from strainopt.design.problem import DesignProblem, Engine, Level
from strainopt.design.solve import solve
from strainopt.errors import ModelError, UsageError
from strainopt.network.rules import AllOf, AnyOf, Gene
from tests.bilevel.referee import maximise, value
from tests.engines.cases import CASES
from tests.reduce.random_networks import BIOMASS, TARGET, networks

MIN_GROWTH = 0.1
BUDGET = 2
GENES = tuple(f"g{i}" for i in range(5))

single = st.sampled_from(GENES).map(Gene)
pairs = st.tuples(single, single).filter(lambda both: both[0] != both[1])
rules = st.one_of(
    single,
    pairs.map(AllOf),
    pairs.map(AnyOf),
    st.tuples(pairs.map(AllOf), single).map(AnyOf),
    st.tuples(pairs.map(AnyOf), single).map(AllOf),
)


@st.composite
def cells(draw):
    """A network with rules on some of its inner reactions."""
    network = draw(networks())
    inner = range(3, len(network.reaction_ids))
    chosen = [draw(st.one_of(st.none(), rules, rules)) if j in inner else None for j in range(network.shape[1])]
    used = sorted({gene for rule in chosen if rule is not None for gene in rule.genes()})
    return replace(network, rules=tuple(chosen), gene_ids=tuple(used))


def question(network, case, level) -> DesignProblem | None:
    """Up to seven inner reactions, or all genes, as candidates; None where there is no gene."""
    names = network.reaction_ids[3:10] if level is Level.REACTION else network.gene_ids
    if not names:
        return None
    return DesignProblem(
        network=network,
        biomass=BIOMASS,
        target=TARGET,
        method=case.method,
        max_knockouts=float(BUDGET),
        min_growth=MIN_GROWTH,
        candidates=tuple(names),
        level=level,
        alpha=case.alpha,
        ties=case.ties,
    )


def unreduced(problem: DesignProblem) -> BilevelProblem:
    """The problem on all reactions, for the referee; its switches are columns, not candidates."""
    n = problem.network.shape[1]
    return BilevelProblem(
        matrix=sparse.csc_array(problem.network.stoichiometry),
        lower=problem.network.lower,
        upper=problem.network.upper,
        growth=np.eye(n)[problem.biomass],
        product=np.eye(n)[problem.target],
        intact={j: Leaf(j) for j in range(n)},
        costs=np.ones(n),
        names=problem.network.reaction_ids,
        max_cost=problem.max_knockouts,
        min_growth=problem.min_growth,
        method=problem.method,
        product_scale=1.0,
        flux_weights=np.ones(n),
        range_lower=problem.network.lower,
        range_upper=problem.network.upper,
        alpha=problem.alpha,
        ties=problem.ties,
    )


def disabled(problem: DesignProblem, names: tuple[str, ...]) -> frozenset[int]:
    if problem.level is Level.REACTION:
        return frozenset(problem.network.reaction(name) for name in names)
    gone = frozenset(names)
    return frozenset(j for j, rule in enumerate(problem.network.rules) if rule and not rule.holds_without(gone))


def brute_force(problem: DesignProblem) -> tuple[float, bool]:
    """Best value of any viable set, and whether some set is too near to the growth limit to be told."""
    whole, best, near = unreduced(problem), -math.inf, False
    for size in range(int(problem.max_knockouts) + 1):
        for names in itertools.combinations(problem.candidates, size):
            gone = disabled(problem, names)
            growth = maximise(whole.growth, whole, whole.closed_columns(gone))
            near = near or (growth is not None and abs(growth - problem.min_growth) < 1e-5)
            found = value(whole, gone)
            if found is not None:
                best = max(best, found)
    return best, near


@pytest.mark.parametrize("level", list(Level))
@pytest.mark.parametrize("case", CASES, ids=str)
@settings(
    max_examples=20,
    deadline=None,
    derandomize=True,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)
@given(network=cells())
def test_engines_equal_brute_force(case, level, network):
    problem = question(network, case, level)
    if problem is None:
        return
    try:
        answers = [solve(problem, choice=EngineChoice(e)) for e in (Engine.ENUMERATE, Engine.BENDERS, Engine.MILP)]
    except (ModelError, UsageError):
        return  # no growth, no product, or nothing to delete: what each refusal means is tested elsewhere
    best, near = brute_force(problem)
    if near:
        return
    wild = answers[0].wild_type
    scale = wild.growth_max if case.method is Method.OPTCOUPLE else wild.theoretical_max
    for answer in answers:
        assert not answer.refused, answer.refused[0].refusal
        if best > 2e-4 * scale:
            assert answer.status == "optimal", answer.stop_reason
            assert answer.objective == pytest.approx(best, abs=1.5e-4 * scale + 1e-5)
            assert all(design.verified for design in answer.designs)
        else:
            assert not answer.designs or answer.objective <= 3e-4 * scale
