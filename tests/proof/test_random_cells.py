"""Proofs of random small networks: what the writer writes is accepted, and says what brute force by scipy says."""

from __future__ import annotations

import json
import math
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from strainopt.bilevel.problem import Method
from strainopt.design.engines import EngineChoice
from strainopt.design.problem import DesignProblem, Engine, Level
from strainopt.design.proof_writing import ModelFile, make_proof, proof_lines
from strainopt.design.solve import solve
from strainopt.errors import ModelError, UsageError
from strainopt.proof.check import check
from strainopt.proof.reading import read_proof
from strainopt.search.outcome import Limits
from tests.design.test_interventions import brute_force, questions
from tests.engines.cases import CASES

PROVABLE = tuple(case for case in CASES if case.method is not Method.PFBA)


def deletions_only(problem: DesignProblem) -> DesignProblem | None:
    """The same question without knock-ins, narrowed fluxes, forced candidates and reactions among genes."""
    others = {*problem.knock_ins, *problem.narrowed, *problem.whole_reactions}
    names = tuple(name for name in problem.candidates if name not in others)
    if not names:
        return None
    costs = {name: problem.costs[name] for name in names}
    bare = replace(problem, knock_ins=(), narrowed={}, forced=(), whole_reactions=frozenset())
    return replace(bare, candidates=names, costs=costs)


def proven(problem: DesignProblem):
    """The claim of a proof, as written and read back and checked; None for questions that are refused."""
    try:
        answer = solve(problem, choice=EngineChoice(Engine.BENDERS))
    except (ModelError, UsageError):
        return None  # no growth, no product, or nothing to choose
    model = ModelFile(problem.network, "0" * 64, "default", "strict")
    lines = list(proof_lines(make_proof(problem, answer, model, limits=Limits(seed=1))))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "proof.jsonl"
        path.write_text("".join(lines), encoding="utf-8")
        return answer, json.loads(lines[0]), check(read_proof(path, problem.network), problem.network, source="proof")


def agree(problem: DesignProblem) -> None:
    made = proven(problem)
    best, near = brute_force(problem)
    if made is None or near:
        return
    answer, first, checked = made
    coupled = problem.method is Method.OPTCOUPLE
    scale = answer.wild_type.growth_max if coupled else answer.wild_type.theoretical_max
    # what the referee's relaxed growth row costs, see tests/engines
    assert best <= first["beta"] + 1e-5
    if checked.design is None:
        assert first["beta"] <= 2e-6 * scale
    else:
        low, high = checked.design.value
        assert math.isclose(low, high, rel_tol=1e-5, abs_tol=2e-6 * scale)
        assert high <= best + 1e-5
        assert first["beta"] <= high + 1.1e-4 * abs(high) + 3e-6 * scale


@pytest.mark.parametrize("level", list(Level))
@pytest.mark.parametrize("case", PROVABLE, ids=str)
@settings(
    max_examples=6,
    deadline=None,
    derandomize=True,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)
@given(data=st.data())
def test_proofs_of_deletions_equal_brute_force(case, level, data):
    problem = deletions_only(data.draw(questions(level)))
    if problem is not None:
        agree(replace(problem, method=case.method, alpha=case.alpha))
