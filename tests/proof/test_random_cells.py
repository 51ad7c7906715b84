"""Proofs of random small networks: what the writer writes is accepted, and says what brute force by scipy says.

The writer runs the checker's own tree, and so cannot prove what is wrong unless the checker would take it: so answers
to easier questions are passed off as answers to the whole one, too.
"""

from __future__ import annotations

import json
import math
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from strainopt.bilevel.problem import Method
from strainopt.design.engines import EngineChoice
from strainopt.design.problem import DesignProblem, DesignSet, Engine, Level
from strainopt.design.proof_writing import ModelFile, check_provable, make_proof, proof_lines
from strainopt.design.solve import solve
from strainopt.errors import ModelError, UsageError, VerificationError
from strainopt.proof.check import Checked, check
from strainopt.proof.reading import read_proof
from strainopt.search.outcome import Limits
from tests.design.test_interventions import brute_force
from tests.engines.cases import CASES
from tests.proof.cells import cell, with_interventions

PROVABLE = tuple(case for case in CASES if case.method is not Method.PFBA)


def answered(problem: DesignProblem) -> DesignSet | None:
    """The engine's answer; None for questions that it refuses."""
    try:
        return solve(problem, choice=EngineChoice(Engine.BENDERS))
    except (ModelError, UsageError):
        return None  # no growth, no product, or nothing to choose


def proven(problem: DesignProblem, answer: DesignSet) -> tuple[dict, Checked]:
    """The claim of a proof, as written and read back and checked."""
    model = ModelFile(problem.network, "0" * 64, "default", "strict")
    lines = list(proof_lines(make_proof(problem, answer, model, limits=Limits(seed=1))))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "proof.jsonl"
        path.write_text("".join(lines), encoding="utf-8")
        return json.loads(lines[0]), check(read_proof(path, problem.network), problem.network, source="proof")


def scale_of(problem: DesignProblem, answer: DesignSet) -> float:
    wild = answer.wild_type
    return wild.growth_max if problem.method is Method.OPTCOUPLE else wild.theoretical_max


def agree(problem: DesignProblem) -> Checked | None:
    """Prove, and compare with brute force."""
    answer = answered(problem)
    best, near = brute_force(problem)
    if answer is None or near:
        return None
    first, checked = proven(problem, answer)
    scale = scale_of(problem, answer)
    # what the referee's relaxed growth row costs, see tests/engines
    assert best <= first["beta"] + 1e-5
    if checked.design is None:
        assert first["beta"] <= 2e-6 * scale
    else:
        low, high = checked.design.value
        assert math.isclose(low, high, rel_tol=1e-5, abs_tol=2e-6 * scale)
        assert high <= best + 1e-5
        assert first["beta"] <= high + 1.1e-4 * abs(high) + 3e-6 * scale
    return checked


def easier(problem: DesignProblem) -> list[DesignProblem]:
    """Questions whose designs are designs of the whole question: less budget, no knock-ins, no narrowed fluxes."""

    def without(names) -> DesignProblem:
        left = tuple(name for name in problem.candidates if name not in names)
        return replace(problem, candidates=left, costs={name: problem.costs.get(name, 1.0) for name in left})

    made = [replace(problem, max_knockouts=1.0)]
    if problem.knock_ins and not set(problem.knock_ins) & set(problem.forced):
        absent = problem.network.without(tuple(problem.network.reaction(name) for name in problem.knock_ins))
        made.append(replace(without(problem.knock_ins), knock_ins=(), network=absent))
    if problem.narrowed and not set(problem.narrowed) & set(problem.forced):
        made.append(replace(without(problem.narrowed), narrowed={}))
    return made


def refuses_worse_answers(problem: DesignProblem) -> int:
    """Easier questions with a worse answer cannot be proven to answer this one; how many there were."""
    whole = answered(problem)
    seen = 0
    for other in easier(problem) if whole is not None and whole.designs else ():
        worse = answered(other)
        if worse is None or not worse.designs or worse.objective > 0.99 * whole.objective:
            continue
        seen += 1
        with pytest.raises(VerificationError, match="does not settle"):
            proven(problem, replace(worse, wild_type=whole.wild_type))
    return seen


@pytest.mark.parametrize("place", range(len(PROVABLE)), ids=[str(case) for case in PROVABLE])
def test_proofs_of_deletions_equal_brute_force(place):
    found = []
    for level in Level:
        problem = cell(place, PROVABLE[place], level)
        found.append(None if problem is None else agree(problem))
    assert any(one is not None and one.design is not None for one in found)


@pytest.mark.parametrize(("case", "seed"), list(zip(PROVABLE, (0, 3, 4, 6, 9), strict=True)), ids=str)
def test_proofs_of_interventions_equal_brute_force(case, seed):
    """Knock-ins, narrowed fluxes, costs, forced candidates, and reactions among genes, in cells that have designs."""
    for level in Level:
        found = agree(with_interventions(cell(seed, case, level), seed))
        assert found is not None
        assert found.design is not None


@pytest.mark.parametrize("case", PROVABLE, ids=str)
def test_worse_answers_cannot_be_proven(case):
    """A cell in which the easier questions do have worse answers; most others say nothing here."""
    asked = [cell(17, case, level) for level in Level]
    assert sum(refuses_worse_answers(with_interventions(problem, 17)) for problem in asked) >= 3


def test_narrow_bounds_away_from_zero_are_refused():
    problem = with_interventions(cell(0, PROVABLE[0], Level.REACTION), 0)
    with pytest.raises(UsageError, match="narrowed to 1 to 2"):
        proven(replace(problem, narrowed={"R4": (1.0, 2.0)}), None)


def test_too_many_sets_of_knock_ins_are_refused(monkeypatch):
    """Each is a tree of its own; refused before the search, which another engine may answer."""
    problem = cell(0, PROVABLE[0], Level.REACTION)
    knock_ins = tuple(name for name in problem.candidates if problem.network.lower[problem.network.reaction(name)] <= 0)
    bought = replace(problem, knock_ins=knock_ins, max_knockouts=2.0)
    n = len(knock_ins)
    check_provable(bought)
    monkeypatch.setattr("strainopt.design.proof_writing.MOST_BUNDLES", 1 + n + n * (n - 1) // 2)
    check_provable(bought)
    monkeypatch.setattr("strainopt.design.proof_writing.MOST_BUNDLES", n + n * (n - 1) // 2)
    with pytest.raises(UsageError, match="sets of knock-ins"):
        check_provable(bought)


def test_split_columns_run_through_the_same_fluxes():
    """Base and rest together have the wide bounds, whatever sign they have; the base alone has the narrow ones."""
    from strainopt.proof.split import split

    network = cell(0, PROVABLE[0], Level.REACTION).network
    generator = np.random.default_rng(3)
    for _ in range(50):
        lower, upper = np.sort(generator.choice([-10.0, -0.3, 0.0, 0.7, 10.0], size=(2, network.shape[1])), axis=0)
        narrow = {"R4": (-float(generator.choice([0.0, 0.1, 20.0])), float(generator.choice([0.0, 0.1, 20.0])))}
        columns = split(network.with_bounds(lower, upper), narrow)
        low, high = max(lower[4], narrow["R4"][0]), min(upper[4], narrow["R4"][1])
        if low > high:
            # a forced flux that the narrow bounds do not allow
            assert columns.of(4) == (4,)
            assert not columns.limits
            continue
        base, rest = columns.of(4)
        assert (float(columns.lower[base]), float(columns.upper[base])) == (low, high) == columns.limits["R4"]
        assert columns.lower[rest] <= 0 <= columns.upper[rest]
        assert float(columns.lower[base] + columns.lower[rest]) == lower[4]
        assert float(columns.upper[base] + columns.upper[rest]) == upper[4]
        assert (columns.matrix[:, [base]] != columns.matrix[:, [rest]]).nnz == 0
