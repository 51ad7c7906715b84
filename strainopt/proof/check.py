"""Checking a proof: every fact by arithmetic, then the tree. What holds is counted, what does not is refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from strainopt.errors import VerificationError
from strainopt.network.network import Network
from strainopt.proof.case import Case, case_of
from strainopt.proof.facts import Ceilings, Clauses
from strainopt.proof.purchases import roots
from strainopt.proof.records import Method, Proof, Witness
from strainopt.proof.tree import Replay
from strainopt.proof.value import Enclosed, check_beta, check_without_product, enclose

__all__ = ["Checked", "add_witness", "check", "check_model"]


@dataclass(frozen=True)
class Checked:
    """What has been checked.

    Attributes
    ----------
    design : Enclosed or None
        Of the claimed design; None where the claim is that there is none.
    items : int
        Groups of candidates with the same effect.
    lumps, balances : int
        What is left of the network after lumping.
    nodes : int
        Of the tree.
    """

    design: Enclosed | None
    candidates: int
    items: int
    lumps: int
    balances: int
    witnesses: int
    inequalities: int
    nodes: int


def check_model(proof_sha256: str, model_sha256: str, *, where: str) -> None:
    """Whether a proof is about this model file.

    Raises
    ------
    VerificationError
        It is about another.
    """
    if proof_sha256 != model_sha256:
        raise VerificationError(
            "the proof is about another model file",
            where=where,
            why=f"its sha256 is {proof_sha256[:16]}..., this file's {model_sha256[:16]}...",
        )


def check(proof: Proof, network: Network, *, source: str) -> Checked:
    """Check a proof on a model.

    Parameters
    ----------
    proof : Proof
        As read; its ids are the model's.
    network : Network
        As in the file.
    source : str
        The proof's name, for messages.

    Raises
    ------
    VerificationError
        The first thing that does not hold, and where.
    ModelError
        The scenario leaves no flux state.
    """
    case = case_of(proof.question, network)
    enclosed = None
    if proof.question.design is not None:
        if proof.best is None:
            raise VerificationError("no record shows what the claimed design makes", where=source)
        enclosed = enclose(case, proof.best, where=f"{source}:{proof.best.line}")
    check_beta(case, enclosed, proof.most, where=source)
    clauses = Clauses(len(case.items.items))
    for witness in proof.witnesses:
        add_witness(case, clauses, witness, where=f"{source}:{witness.line}")
    _check_inequalities(proof, source)
    ceilings = Ceilings(case.arithmetic, beta=proof.question.beta, lumps=_closable(case))
    ceilings.add(proof.inequalities)
    replay = Replay(
        items=case.items,
        forced=case.arithmetic.forced,
        ceilings=ceilings,
        clauses=clauses,
        threshold=case.threshold,
        budget=proof.question.budget,
        knock_ins=frozenset(case.knock_ins.values()),
    )
    replay.run(roots(case))
    if proof.flaw:
        raise VerificationError("the proof was changed after it was written", where=source, why=proof.flaw)
    return Checked(
        design=enclosed,
        candidates=len(proof.question.candidates),
        items=len(case.items.items),
        lumps=len(case.lumps),
        balances=len({row for lump in case.lumps for row in lump.terms}),
        witnesses=len(clauses),
        inequalities=len(ceilings),
        nodes=replay.nodes,
    )


def add_witness(case: Case, clauses: Clauses, witness: Witness, *, where: str) -> None:
    """Check a witness and take it as a clause.

    Raises
    ------
    VerificationError
        It is no steady state, makes too much, or its genes do not keep it open.
    """
    case.fluxes.check(witness.flux, where=where)
    if case.question.method is Method.OPTCOUPLE:
        check_without_product(case, witness.flux, where=where)
    made = case.rate(witness.flux, case.question.target)
    if case.threshold.caps_product and made > case.question.beta:
        raise VerificationError(
            f"the witness makes {made:.9g}, more than the value to beat, {case.question.beta:.9g}", where=where
        )
    clauses.add(case.support(witness, where=where), case.rate(witness.flux, case.question.biomass))


def _check_inequalities(proof: Proof, source: str) -> None:
    """With a weight on the product an inequality says nothing of states that make none, which OPTCOUPLE looks at."""
    if proof.question.method is not Method.OPTCOUPLE:
        return
    for one in proof.inequalities:
        if one.product != 0.0:
            raise VerificationError("the inequality does not bound growth alone", where=f"{source}:{one.line}")


def _closable(case: Case) -> Sequence[int]:
    return sorted({lump for item in case.items.items for lump in item.lumps})
