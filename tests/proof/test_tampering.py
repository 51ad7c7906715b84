"""Proofs that were changed, with a seal that fits: each is refused for the reason that the change gives."""

from __future__ import annotations

import json
import random

import pytest

from strainopt.errors import InputError, StrainoptError, VerificationError
from strainopt.io.models import read_model
from strainopt.proof.check import check, check_model
from strainopt.proof.reading import read_proof, read_question
from tests.proof.making import ANAEROBIC, checked, options, proof_of, tampered, textbook, write

K1 = options(max_knockouts=1, bounds=ANAEROBIC)
K2 = options(max_knockouts=2, bounds=ANAEROBIC)


@pytest.fixture(scope="module")
def lines() -> list[str]:
    return proof_of(K2)


def refusal(lines, change, tmp_path) -> StrainoptError:
    path = write(tampered(lines, change), tmp_path / "tampered.jsonl")
    with pytest.raises((VerificationError, InputError)) as caught:
        checked(path)
    return caught.value


def kinds(records, kind):
    return [record for record in records if record.get("kind") == kind]


def test_untouched_records_with_a_new_seal_are_accepted(lines, tmp_path):
    checked(write(tampered(lines, lambda records: None), tmp_path / "same.jsonl"))


def test_a_changed_flux_breaks_a_balance(lines, tmp_path):
    def change(records):
        flux = kinds(records, "witness")[3]["flux"]
        flux["PGK"] *= 1.0001

    error = refusal(lines, change, tmp_path)
    assert "is not balanced" in str(error)
    place = [n for n, line in enumerate(lines, start=1) if json.loads(line).get("kind") == "witness"][3]
    assert error.where.endswith(f":{place}")


def test_a_flux_beyond_its_bound(lines, tmp_path):
    def change(records):
        flux = kinds(records, "witness")[0]["flux"]
        for name in flux:
            flux[name] *= 3.0

    assert "outside its bounds" in str(refusal(lines, change, tmp_path))


def test_dropped_witnesses_leave_sets_unsettled(lines, tmp_path):
    def change(records):
        kept = [record for record in records if record.get("kind") != "witness"]
        records[:] = [*kept, *kinds(records, "witness")[:3]]

    assert "does not settle" in str(refusal(lines, change, tmp_path))


def test_a_dropped_line_without_a_new_seal(lines, tmp_path):
    """The last witness: even where the tree can do without it, the file is not as it was written."""
    path = write([*lines[:-2], lines[-1]], tmp_path / "short.jsonl")
    with pytest.raises(VerificationError, match=r"does not settle|changed after it was written"):
        checked(path)


def test_dropped_inequalities_leave_sets_unsettled(lines, tmp_path):
    def change(records):
        records[:] = [record for record in records if record.get("kind") != "inequality"]

    assert "does not settle" in str(refusal(lines, change, tmp_path))


def test_a_changed_price_makes_a_weak_inequality(lines, tmp_path):
    """Any price gives a valid bound, so the tree is what fails."""

    def change(records):
        for record in kinds(records, "inequality"):
            record["prices"]["atp_c"] = record["prices"].get("atp_c", 0.0) + 0.05

    assert "does not settle" in str(refusal(lines, change, tmp_path))


def test_a_negative_weight_is_no_ceiling(lines, tmp_path):
    def change(records):
        kinds(records, "inequality")[0]["product"] = -1.0

    assert "should not be negative" in str(refusal(lines, change, tmp_path))


def test_a_raised_growth_floor_refuses_the_design(lines, tmp_path):
    def change(records):
        records[0]["min_growth"] *= 10.0

    assert "grows" in str(refusal(lines, change, tmp_path))


def test_a_lowered_growth_floor_leaves_sets_unsettled(tmp_path):
    """At 85 % of the wild type's growth the best pair makes 0.678, at 5 % another one 9.10 (by enumeration)."""
    lines = proof_of(options(max_knockouts=2, bounds=ANAEROBIC, min_growth="85%"))
    error = refusal(lines, lambda records: records[0].update(min_growth=0.01), tmp_path)
    assert "does not settle" in str(error)


def test_a_hidden_better_design(tmp_path):
    """A proof for one deletion, passed off as one for two, where a pair is better: the tree meets it."""
    error = refusal(proof_of(K1), lambda records: records[0].update(budget=2.0), tmp_path)
    assert "does not settle" in str(error)


def test_a_better_design_hidden_by_a_high_beta(lines, tmp_path):
    def change(records):
        records[0].update(design=[], value=0.0)
        best = kinds(records, "best")[0]
        records.remove(best)

    assert "no record shows" in str(refusal(lines, change, tmp_path))


def test_beta_far_above_the_value(lines, tmp_path):
    def change(records):
        records[0]["beta"] *= 1.01

    assert "nothing is said of designs with values between" in str(refusal(lines, change, tmp_path))


def test_no_design_claimed_where_there_is_one(lines, tmp_path):
    def change(records):
        records[0]["design"] = None
        del records[0]["value"]
        records[:] = [record for record in records if record.get("kind") != "best"]

    assert "nothing is said of designs" in str(refusal(lines, change, tmp_path))


def test_a_value_that_the_design_does_not_have(lines, tmp_path):
    def change(records):
        records[0]["value"] *= 1.01
        records[0]["beta"] *= 1.01

    assert "the proof shows" in str(refusal(lines, change, tmp_path))


def test_a_state_that_uses_what_the_design_deletes(lines, tmp_path):
    def change(records):
        most = kinds(records, "most")[0]["flux"]
        kinds(records, "best")[0]["reached"] = most
        records[0]["design"] = [name for name in records[0]["candidates"] if name in most][:2]

    assert "which the design disables" in str(refusal(lines, change, tmp_path))


def test_a_removed_candidate_that_the_design_deletes(lines, tmp_path):
    def change(records):
        records[0]["candidates"].remove(records[0]["design"][0])

    assert "which is no candidate" in str(refusal(lines, change, tmp_path))


def test_a_design_beyond_the_budget(lines, tmp_path):
    def change(records):
        records[0]["budget"] = len(records[0]["design"]) - 1.0

    assert "the design costs" in str(refusal(lines, change, tmp_path))


def test_an_added_candidate_leaves_sets_unsettled(tmp_path):
    """Proven without PFL among the candidates; with it there are better designs."""
    asked = options(max_knockouts=2, bounds=ANAEROBIC, exclude=("PFL", "LDH_D", "ACALD", "ALCD2x"))
    lines = proof_of(asked)

    def change(records):
        records[0]["candidates"] += ["PFL", "LDH_D", "ACALD", "ALCD2x"]

    assert "does not settle" in str(refusal(lines, change, tmp_path))


def test_a_changed_bound_of_the_scenario(lines, tmp_path):
    """With oxygen again, more grows faster, and no inequality says otherwise."""

    def change(records):
        records[0]["bounds"]["EX_o2_e"] = [-1000.0, 1000.0]

    assert isinstance(refusal(lines, change, tmp_path), VerificationError)


def test_another_model_file(lines, tmp_path):
    path = write(lines, tmp_path / "proof.jsonl")
    check_model(read_question(path).sha256, read_model("textbook").sha256, where="proof")
    with pytest.raises(VerificationError, match="another model file"):
        check_model(read_question(path).sha256, read_model("mini").sha256, where="proof")


@pytest.mark.parametrize(("reaction", "lower"), [("EX_glc__D_e", -20.0), ("EX_glc__D_e", -9.0), ("ATPM", 9.0)])
def test_another_content_under_the_same_sha256(lines, tmp_path, reaction, lower):
    """More sugar leaves more growth than any inequality allows for, less sugar or more upkeep breaks the states."""
    network = textbook().network
    changed = network.lower.copy()
    changed[network.reaction_index[reaction]] = lower
    path = write(lines, tmp_path / "proof.jsonl")
    other = network.with_bounds(changed, network.upper)
    with pytest.raises(VerificationError, match=r"does not settle|outside its bounds|to count|the proof shows"):
        check(read_proof(path, other), other, source="proof")


def test_genes_that_do_not_keep_a_reaction_open(tmp_path):
    lines = proof_of(options(max_knockouts=1, level="gene", bounds=ANAEROBIC))

    def change(records):
        kinds(records, "witness")[0]["genes"] = []

    assert "do not keep" in str(refusal(lines, change, tmp_path))


def test_random_changes_never_make_a_wrong_claim(lines, tmp_path):
    """One number changed at random, sealed anew: refused, or the claim is still the true one (beta untouched)."""
    generator = random.Random(1)
    refused = 0
    for turn in range(60):
        records = [json.loads(line) for line in lines[:-1]]
        place = generator.randrange(1, len(records))
        record = records[place]
        table = record.get("flux") or record.get("prices") or record["reached"]
        name = generator.choice(sorted(table))
        table[name] *= generator.choice([0.5, -1.0, 1.001, 1e3, 0.0])
        path = write(tampered(lines, lambda old, new=records: old.__setitem__(slice(None), new)), tmp_path / f"{turn}")
        try:
            found = checked(path)
        except (VerificationError, InputError):
            refused += 1
        else:
            assert record["kind"] in ("inequality", "most", "best", "witness")
            assert abs(found.design.value[0] - records[0]["value"]) < 1e-4
    assert refused > 20
