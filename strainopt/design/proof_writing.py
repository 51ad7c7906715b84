"""Writing a proof of an answer: the question on the model as it is in the file, the facts, and the design's value."""

from __future__ import annotations

import hashlib
import itertools
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from strainopt.bilevel.problem import BilevelProblem
from strainopt.bilevel.problem import Method as BilevelMethod
from strainopt.design.problem import DesignProblem, DesignSet, Measure
from strainopt.design.proof_building import Builder, lumped_problem
from strainopt.design.proof_states import LumpedStates
from strainopt.errors import UsageError, VerificationError
from strainopt.lp.program import FloatArray
from strainopt.network.network import Network
from strainopt.proof.case import Case, case_of
from strainopt.proof.reading import FORMAT
from strainopt.proof.records import VERSION, Best, Flux, Inequality, Level, Method, Proof, Question
from strainopt.search.benders.record import Certificate, Recorder, extreme_state
from strainopt.search.outcome import Limits
from strainopt.search.purchases import MOST_BUNDLES, affordable
from strainopt.tolerances import FACE_SLACK, IMPROVEMENT, TIE, ZERO_PRODUCT

__all__ = ["ModelFile", "check_provable", "make_proof", "proof_lines"]


@dataclass(frozen=True, eq=False)
class ModelFile:
    """What a proof is about: the network as in the file, the file's sha256, and how it was read."""

    network: Network
    sha256: str
    missing_bounds: str
    gpr: str


def check_provable(problem: DesignProblem) -> None:
    """Refuse questions that proofs cannot be about, before any search.

    Raises
    ------
    UsageError
        With the option.
    """
    if problem.method is BilevelMethod.PFBA:
        raise UsageError(
            f"no proof can be written for --method {problem.method.value}",
            where="--proof",
            why="least total flux would need facts of another kind",
            hint="leave out --proof, or ask for robustknock, optknock, pessimistic, strong or optcouple",
        )
    for name, (low, high) in problem.narrowed.items():
        if not low <= 0.0 <= high:
            raise UsageError(
                f"no proof can be written where {name} is narrowed to {low:g} to {high:g}",
                where="--proof",
                why="proofs take a narrowed flux for a part of it that is deleted, and what is left has to hold zero",
                hint="leave out --proof, or give bounds on either side of zero",
            )
    if problem.measure is Measure.YIELD:
        raise UsageError(
            "no proof can be written for yields", where="--proof", hint="leave out --proof, or --objective yield"
        )
    costs = {name: problem.costs.get(name, 1.0) for name in problem.knock_ins}
    if sum(1 for _ in itertools.islice(affordable(costs, problem.max_knockouts), MOST_BUNDLES + 1)) > MOST_BUNDLES:
        raise UsageError(
            f"no proof can be written where more than {MOST_BUNDLES} sets of knock-ins are within the budget",
            where="--proof",
            why="each of them is a tree of its own",
            hint="leave out --proof, forbid some knock-ins, or lower -k",
        )


def make_proof(problem: DesignProblem, answer: DesignSet, model: ModelFile, *, limits: Limits) -> Proof:
    """Prove an answer anew, on the model as it is, with facts that need no solver to be checked.

    Parameters
    ----------
    problem : DesignProblem
        The question.
    answer : DesignSet
        Proven; its first design is the one that the proof is about.
    model : ModelFile
        Where the question's network came from.
    limits : Limits
        Deadline, stop and seed.

    Raises
    ------
    UsageError
        As `check_provable`.
    VerificationError
        The answer could not be proven this way; the set that resists is named.
    InterruptedRunError
        A limit came first.
    """
    check_provable(problem)
    coupled = problem.method is BilevelMethod.OPTCOUPLE
    scale = answer.wild_type.growth_max if coupled else answer.wild_type.theoretical_max
    question = _question(problem, answer, model, scale=scale)
    case = case_of(question, model.network)
    states = LumpedStates(case)
    arrays = lumped_problem(case, states, product_scale=answer.wild_type.theoretical_max)
    proof = Proof(question, most=_most(case, states, arrays))
    least = -math.inf if coupled else question.beta
    recorder = Recorder(arrays, least_product=least, seed=limits.seed, deadline=limits.deadline)
    try:
        if question.design is not None:
            proof.best = _best(case, states, arrays, recorder)
        builder = Builder(case, states, recorder, limits)
        builder.run()
    finally:
        recorder.close()
    proof.inequalities, proof.witnesses = builder.inequalities, builder.witnesses
    return proof


def proof_lines(proof: Proof) -> Iterator[str]:
    """The file, line by line; docs/proofs.md describes it."""
    digest = hashlib.sha256()
    count = 1
    for record in _records(proof):
        line = json.dumps(record, ensure_ascii=False, allow_nan=False, separators=(",", ":")) + "\n"
        digest.update(line.encode())
        count += 1
        yield line
    yield json.dumps({"kind": "end", "lines": count, "sha256": digest.hexdigest()}) + "\n"


def _records(proof: Proof) -> Iterator[Mapping[str, object]]:
    yield _first(proof.question)
    yield {"kind": "most", "flux": proof.most}
    if proof.best is not None:
        best = proof.best
        yield {
            "kind": "best",
            "grown": best.grown,
            "reached": best.reached,
            "growth_bound": _fields(best.growth),
            "value_bound": None if best.value is None else _fields(best.value),
        }
    for one in proof.inequalities:
        yield {"kind": "inequality", **_fields(one)}
    genes = proof.question.level is Level.GENE
    for witness in proof.witnesses:
        made: dict[str, object] = {"kind": "witness", "flux": witness.flux}
        yield {**made, "genes": list(witness.genes)} if genes else made


def _fields(one: Inequality) -> dict[str, object]:
    return {"growth": one.growth, "product": one.product, "prices": one.prices}


def _first(question: Question) -> dict[str, object]:
    claim = {} if question.design is None else {"value": question.value}
    return {
        "format": FORMAT,
        "version": VERSION,
        "model_sha256": question.sha256,
        **question.reading,
        "bounds": {name: [_limit(low), _limit(high)] for name, (low, high) in question.bounds.items()},
        "biomass": question.biomass,
        "target": question.target,
        "level": question.level.value,
        "method": question.method.value,
        "alpha": question.alpha,
        "min_growth": question.min_growth,
        "budget": question.budget,
        "candidates": list(question.candidates),
        "costs": dict(question.costs),
        "knock_ins": list(question.knock_ins),
        "narrowed": {name: [_limit(low), _limit(high)] for name, (low, high) in question.narrowed.items()},
        "forced": list(question.forced),
        "reactions": list(question.reactions),
        "design": None if question.design is None else list(question.design),
        **claim,
        "beta": question.beta,
    }


def _limit(bound: float) -> float | None:
    return bound if math.isfinite(bound) else None


def _question(problem: DesignProblem, answer: DesignSet, model: ModelFile, *, scale: float) -> Question:
    network, before = problem.network, model.network
    changed = np.flatnonzero((network.lower != before.lower) | (network.upper != before.upper)).tolist()
    best = answer.designs[0] if answer.designs and answer.status == "optimal" else None
    value = math.nan if best is None else best.objective
    step = ZERO_PRODUCT * scale if best is None else max(0.5 * IMPROVEMENT * abs(value), TIE * scale)
    candidates = frozenset(problem.candidates)
    return Question(
        sha256=model.sha256,
        reading={"missing_bounds": model.missing_bounds, "gpr": model.gpr},
        bounds={network.reaction_ids[j]: (float(network.lower[j]), float(network.upper[j])) for j in changed},
        biomass=network.reaction_ids[problem.biomass],
        target=network.reaction_ids[problem.target],
        level=Level(problem.level.value),
        method=Method(problem.method.value),
        alpha=problem.alpha,
        min_growth=problem.min_growth,
        budget=float(problem.max_knockouts),
        candidates=tuple(sorted(candidates)),
        costs={name: cost for name, cost in sorted(problem.costs.items()) if cost != 1.0 and name in candidates},
        knock_ins=tuple(sorted(problem.knock_ins)),
        narrowed=dict(sorted(problem.narrowed.items())),
        forced=tuple(sorted(problem.forced)),
        reactions=tuple(sorted(problem.whole_reactions)),
        design=None if best is None else best.interventions,
        value=value,
        beta=step if best is None else value + step,
    )


def _most(case: Case, states: LumpedStates, arrays: BilevelProblem) -> Flux:
    wanted = arrays.growth if case.question.method is Method.OPTCOUPLE else arrays.product
    return _state(case, states, arrays, wanted, closed=(), least_growth=-math.inf)[0]


def _best(case: Case, states: LumpedStates, arrays: BilevelProblem, recorder: Recorder) -> Best:
    """States and inequalities of the claimed design."""
    threshold = case.threshold
    closed = sorted(case.closed_by(case.question.design or ()))
    grown, of_growth = _state(case, states, arrays, arrays.growth, closed=closed, least_growth=-math.inf)
    growth = Inequality(1.0, 0.0, states.prices(of_growth.prices))
    if threshold.method is Method.OPTCOUPLE:
        return Best(grown, *_without_product(case, states, arrays, recorder, closed=closed, growth=growth))
    low = grown.get(case.question.biomass, 0.0)
    high = float(case.arithmetic.terms([growth]).without(closed)[0])
    sign = 1.0 if threshold.method is Method.OPTKNOCK else -1.0
    wanted = sign * arrays.product
    surely = threshold.counts(high)
    reached, _ = _state(
        case, states, arrays, wanted, closed=closed, least_growth=surely + 0.05 * FACE_SLACK * (1.0 + abs(surely))
    )
    _, of_value = _state(case, states, arrays, wanted, closed=closed, least_growth=threshold.counts(low))
    value = Inequality(of_value.growth, sign, states.prices(of_value.prices))
    return Best(grown, reached, growth, value)


def _without_product(
    case: Case,
    states: LumpedStates,
    arrays: BilevelProblem,
    recorder: Recorder,
    *,
    closed: Sequence[int],
    growth: Inequality,
) -> tuple[Flux | None, Inequality, Inequality | None]:
    """The rest of what shows a design's coupling potential: growth without product, from both sides."""
    unmade = case.product_lumps
    if unmade & case.arithmetic.forced:
        return None, growth, None
    shut = sorted({*closed, *unmade})
    found = recorder.certificate(np.array(shut, dtype=np.intp), tight=True)
    if found is None:
        raise VerificationError(
            "no proof can be written: no solver bounds the design's growth without product",
            where=", ".join(case.question.design or ()),
            hint="leave out --proof",
        )
    bound = Inequality(found.growth, found.product, states.prices(found.prices))
    if found.ceiling <= 0.0:
        return None, growth, bound
    reached, _ = _state(case, states, arrays, arrays.growth, closed=shut, least_growth=-math.inf)
    return reached, growth, bound


def _state(
    case: Case,
    states: LumpedStates,
    arrays: BilevelProblem,
    objective: FloatArray,
    *,
    closed: Sequence[int],
    least_growth: float,
) -> tuple[Flux, Certificate]:
    columns = np.array(closed, dtype=np.intp)
    found = extreme_state(arrays, objective, closed=columns, least_growth=least_growth)
    flux = None if found is None else states.lift(found[0], columns)
    if found is None or flux is None:
        raise VerificationError(
            "no proof can be written: a flux state of the design is not balanced well enough",
            where=", ".join(case.question.design or ()),
            hint="leave out --proof; bounds of very different sizes in the model are the usual reason",
        )
    return flux, found[1]
