"""Proofs of growth-coupling potential that were changed, with a seal that fits: each is refused for its reason."""

from __future__ import annotations

from dataclasses import replace

import pytest

from strainopt.errors import VerificationError
from tests.proof.making import ANAEROBIC, answered, checked, options, proof_of, tampered, write

ASKED = options(method="optcouple", max_knockouts=2, bounds=ANAEROBIC)


@pytest.fixture(scope="module")
def lines() -> list[str]:
    return proof_of(ASKED)


def refusal(lines, change, tmp_path) -> str:
    path = write(tampered(lines, change), tmp_path / "tampered.jsonl")
    with pytest.raises(VerificationError) as caught:
        checked(path)
    return str(caught.value)


def one(records, kind):
    return next(record for record in records if record.get("kind") == kind)


def test_the_untouched_proof_holds(lines, tmp_path):
    """Without FORti the cell cannot grow but with succinate, so that the potential is the growth itself."""
    found = checked(write(tampered(lines, lambda records: None), tmp_path / "same.jsonl")).design
    assert found.value == pytest.approx((answered(ASKED).objective,) * 2, abs=1e-8)
    assert found.growth[1] == pytest.approx(found.value[1], abs=1e-8)


def test_a_witness_with_product(lines, tmp_path):
    def change(records):
        one(records, "witness")["flux"] = one(records, "best")["grown"]

    assert "has a flux of EX_succ_e, and should have none" in refusal(lines, change, tmp_path)


def test_an_inequality_that_asks_for_product(lines, tmp_path):
    def change(records):
        one(records, "inequality")["product"] = 1.0

    assert "does not bound growth alone" in refusal(lines, change, tmp_path)


def test_a_state_with_product_where_none_should_be(lines, tmp_path):
    def change(records):
        best = one(records, "best")
        best["reached"] = best["grown"]

    assert "should have none" in refusal(lines, change, tmp_path)


@pytest.mark.parametrize("bound", [None, {"growth": 1.0, "product": 1.0, "prices": {}}])
def test_growth_without_product_that_nothing_bounds(lines, tmp_path, bound):
    def change(records):
        one(records, "best")["value_bound"] = bound

    assert "no inequality bounds growth without product" in refusal(lines, change, tmp_path)


def test_a_weaker_bound_shows_less_potential(lines, tmp_path):
    def change(records):
        one(records, "best")["value_bound"]["prices"] = {}

    assert "the proof shows" in refusal(lines, change, tmp_path)


def test_a_potential_that_the_design_does_not_have(lines, tmp_path):
    def change(records):
        records[0]["value"] *= 1.01
        records[0]["beta"] *= 1.01

    assert "the proof shows" in refusal(lines, change, tmp_path)


def test_a_worse_design(tmp_path):
    """The best pair without FORti and PFL among the candidates, passed off as the best with PFL."""
    lines = proof_of(options(method="optcouple", max_knockouts=2, bounds=ANAEROBIC, exclude=("FORti", "PFL")))

    def change(records):
        records[0]["candidates"].append("PFL")

    assert "does not settle" in refusal(lines, change, tmp_path)


def test_a_state_left_out_shows_a_larger_potential(tmp_path):
    """Without PDH the cell grows 0.212 with acetate and 0.146 without: each of the two has to be shown."""
    lines = proof_of(replace(options(method="optcouple", max_knockouts=1, bounds=ANAEROBIC), target="EX_ac_e"))
    found = checked(write(lines, tmp_path / "whole.jsonl")).design
    assert found.growth[0] - found.value[1] > 0.1

    def change(records):
        assert one(records, "best")["reached"] is not None
        one(records, "best")["reached"] = None

    assert "the proof shows" in refusal(lines, change, tmp_path)
