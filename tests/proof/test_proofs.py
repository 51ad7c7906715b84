"""Whole proofs of the core model: what the writer writes is accepted, and says what brute force says."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import pytest

from strainopt.design.problem import Engine
from strainopt.errors import InterruptedRunError, UsageError, VerificationError
from strainopt.proof.check import Checked
from tests.proof.making import ANAEROBIC, answered, checked, options, proof_of, write

METHODS = ("robustknock", "optknock", "pessimistic", "strong", "optcouple")


def of(path, asked) -> tuple[Checked, dict]:
    lines = proof_of(asked)
    return checked(write(lines, path / "proof.jsonl")), json.loads(lines[0])


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("air", ["aerobic", "anaerobic"])
@pytest.mark.parametrize("k", [1, 2])
def test_proofs_say_what_brute_force_says(tmp_path, method, air, k):
    """Enumeration evaluates every set of at most k deletions by plain linear programs: nothing to prove there."""
    alpha = {"alpha": 0.9} if method == "pessimistic" else {}
    asked = options(method=method, max_knockouts=k, bounds=ANAEROBIC if air == "anaerobic" else {}, **alpha)
    truth = answered(replace(asked, engine=Engine.ENUMERATE.value))
    found, first = of(tmp_path, asked)
    if not truth.designs or truth.status == "infeasible":
        assert found.design is None
        assert first["beta"] < 1e-4
    else:
        low, high = found.design.value
        assert low - 1e-6 <= truth.objective <= high + 1e-6
        assert high - low < 1e-5
        scale = 0.9 if method == "optcouple" else 20.0  # about the most growth, and the most product
        assert truth.objective < first["beta"] < truth.objective * (1 + 1e-4) + 1e-6 * scale


@pytest.mark.parametrize("method", METHODS)
def test_three_deletions(tmp_path, method):
    """Seventeen thousand sets; the value is the engine's, which two solvers verified on the whole model."""
    asked = options(method=method, max_knockouts=3, bounds=ANAEROBIC)
    found, first = of(tmp_path, asked)
    assert math.isclose(found.design.value[0], first["value"], rel_tol=1e-6)
    assert found.nodes > 20


@pytest.mark.parametrize("method", ["robustknock", "optknock"])
def test_genes(tmp_path, method):
    """At gene level rules decide; enumeration over genes is the referee."""
    asked = options(method=method, max_knockouts=2, level="gene", bounds=ANAEROBIC)
    truth = answered(replace(asked, engine=Engine.ENUMERATE.value))
    found, _ = of(tmp_path, asked)
    assert (found.design is None) == (not truth.designs or truth.status == "infeasible")
    if found.design is not None:
        assert found.design.value[0] - 1e-6 <= truth.objective <= found.design.value[1] + 1e-6


def test_a_worse_design_cannot_be_proven_best():
    """The writer itself finds no witness against the better design, whose name it tells."""
    asked = options(max_knockouts=2, bounds=ANAEROBIC)
    best = answered(asked)
    worse = answered(replace(asked, max_knockouts=1))
    assert worse.objective < 0.9 * best.objective
    with pytest.raises(VerificationError, match="does not settle"):
        proof_of(asked, worse)


def test_same_seed_same_file():
    asked = options(max_knockouts=2)
    assert proof_of(asked) == proof_of(asked)


def test_questions_without_proofs_are_refused():
    with pytest.raises(UsageError, match="pfba"):
        proof_of(options(method="pfba", max_knockouts=1))
    with pytest.raises(UsageError, match="yields"):
        proof_of(options(max_knockouts=1, objective="yield", substrate="EX_glc__D_e"))


def test_a_stopped_writer_writes_nothing(monkeypatch):
    monkeypatch.setattr("tests.proof.making.Limits", lambda **given: _stopped(given))
    with pytest.raises(InterruptedRunError):
        proof_of(options(max_knockouts=1))


def _stopped(given):
    from strainopt.search.outcome import Limits

    return Limits(stop=lambda: True, **given)
