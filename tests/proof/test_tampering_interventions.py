"""Proofs with knock-ins, narrowed and forced candidates that were changed, with a seal that fits: each is refused."""

from __future__ import annotations

import json

import pytest

from strainopt.errors import InputError, VerificationError
from strainopt.network.interventions import Intervention, Kind, Use
from tests.proof.making import ANAEROBIC, answered, checked, options, proof_of, tampered, textbook, write

KNOCK_INS = ("FRD7", "ME1")
NARROWED = {"EX_etoh_e": (0.0, 2.0), "EX_for_e": (0.0, 4.0)}


def asked(*, k=3.0, knock_ins=KNOCK_INS, narrowed=NARROWED, forced=(), level="reaction", fumarate_reductase=1.0):
    """Anaerobic succinate; all reactions with a gene may be deleted at 1, what is narrowed costs half of that."""
    network = textbook().network
    with_gene = zip(network.reaction_ids, network.rules, strict=True)
    deletable = [name for name, rule in with_gene if rule is not None] if level == "reaction" else network.gene_ids
    lines = [Intervention(name) for name in deletable if name not in {*knock_ins, *narrowed, *forced}]
    costs = {"FRD7": fumarate_reductase}
    lines += [Intervention(name, kind=Kind.KNOCKIN, cost=costs.get(name, 1.0)) for name in knock_ins]
    lines += [
        Intervention(name, kind=Kind.BOUND, lower=low, upper=high, cost=0.5) for name, (low, high) in narrowed.items()
    ]
    lines += [Intervention(name, use=Use.FORCED) for name in forced]
    return options(max_knockouts=k, bounds=ANAEROBIC, candidates_file=tuple(lines), level=level)


@pytest.fixture(scope="module")
def best() -> float:
    return answered(asked()).objective


@pytest.fixture(scope="module")
def lines() -> list[str]:
    return proof_of(asked())


def refusal(lines, change, tmp_path) -> str:
    path = write(tampered(lines, change), tmp_path / "tampered.jsonl")
    with pytest.raises((VerificationError, InputError)) as caught:
        checked(path)
    return str(caught.value)


def test_the_untouched_proof_holds(lines, best, tmp_path):
    """Its design buys FRD7 and narrows both exits, so that what follows is about them."""
    first = json.loads(lines[0])
    assert {"FRD7", *NARROWED} <= set(first["design"])
    found = checked(write(tampered(lines, lambda records: None), tmp_path / "same.jsonl"))
    assert found.design.value == pytest.approx((best,) * 2, rel=1e-6)


def test_a_knock_in_that_the_design_does_not_buy(lines, tmp_path):
    assert "uses FRD7, which the design disables" in refusal(
        lines, lambda records: records[0]["design"].remove("FRD7"), tmp_path
    )


def test_a_knock_in_passed_off_as_a_deletion(lines, tmp_path):
    assert "uses FRD7, which the design disables" in refusal(
        lines, lambda records: records[0]["knock_ins"].remove("FRD7"), tmp_path
    )


def test_a_reaction_passed_off_as_absent(lines, tmp_path):
    """PGK is in the wild type, and the states use it."""

    def change(records):
        records[0]["candidates"].append("PGK")
        records[0]["knock_ins"].append("PGK")

    assert "uses PGK, which the design disables" in refusal(lines, change, tmp_path)


def test_narrower_bounds_than_the_states_keep(lines, tmp_path):
    def change(records):
        records[0]["narrowed"]["EX_for_e"][1] = 3.9

    assert "the flux of EX_for_e is beyond what the design allows" in refusal(lines, change, tmp_path)


def test_wider_bounds(lines, tmp_path):
    """With more formate the same design makes something else."""

    def change(records):
        records[0]["narrowed"]["EX_for_e"][1] = 6.0

    assert "the proof shows" in refusal(lines, change, tmp_path) or "too slow" in refusal(lines, change, tmp_path)


def test_narrowing_that_others_may_not_do(best, tmp_path):
    """Proven with formate held to 9, which does not help; held to 4 there are better designs."""
    loose = {**NARROWED, "EX_for_e": (0.0, 9.0)}
    proof = proof_of(asked(narrowed=loose))
    assert answered(asked(narrowed=loose)).objective < 0.99 * best

    def change(records):
        records[0]["narrowed"]["EX_for_e"] = [0.0, 4.0]

    assert "does not settle" in refusal(proof, change, tmp_path) or "beyond" in refusal(proof, change, tmp_path)


def test_a_knock_in_that_others_may_buy(best, tmp_path):
    """Proven where FRD7 costs the whole budget, passed off as the answer where it costs 1 and buys better designs."""
    dear = asked(fumarate_reductase=3.0)
    proof = proof_of(dear)
    assert answered(dear).objective < 0.99 * best
    assert "does not settle" in refusal(proof, lambda records: records[0]["costs"].pop("FRD7"), tmp_path)


def test_a_forced_candidate_is_in_every_design(lines, tmp_path):
    assert "the design is without PFL, which all have to choose" in refusal(
        lines, lambda records: records[0]["forced"].append("PFL"), tmp_path
    )


def test_designs_without_what_was_forced(tmp_path):
    """Proven for designs that delete PFK, which does not help; others are better."""
    proof = proof_of(asked(k=2.0, forced=("PFK",)))

    def change(records):
        records[0]["forced"] = []

    assert "does not settle" in refusal(proof, change, tmp_path)


def test_more_budget(lines, tmp_path):
    assert "does not settle" in refusal(lines, lambda records: records[0].update(budget=5.0), tmp_path)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda first: first["knock_ins"].append("EX_for_e"), "of two kinds"),
        (lambda first: first["narrowed"].update(EX_for_e=[1.0, 4.0]), "out of range"),
        (lambda first: first["narrowed"].update(EX_for_e=[4.0, 1.0]), "contradict each other"),
        (lambda first: first["forced"].append("EX_co2_e"), "not among the candidates"),
        (lambda first: first["reactions"].append("PFL"), "is for genes"),
        (lambda first: first.pop("knock_ins"), "'knock_ins' is missing"),
    ],
)
def test_first_lines_that_contradict_themselves(lines, tmp_path, change, why):
    assert why in refusal(lines, lambda records: change(records[0]), tmp_path)


def test_genes_with_knock_ins_and_narrowed_reactions(tmp_path):
    """At gene level a witness names genes, and what it says of knock-ins and narrowed reactions is in its fluxes."""
    question = asked(level="gene")
    proof = proof_of(question)
    found = checked(write(proof, tmp_path / "proof.jsonl"))
    assert found.design.value == pytest.approx((answered(question).objective,) * 2, rel=1e-6)

    def change(records):
        for record in records:
            if record.get("kind") == "witness":
                record["genes"] = []

    assert "do not keep" in refusal(proof, change, tmp_path)
