"""Engine `milp`: the published reformulations, and the certificate that makes their answer a proof.

Constants for dual variables can be too small for some design that the solver then never shows, whatever its gap. So
the big-M-free search is asked whether any design beats the answer. Only its "no" makes the answer proven; a design
that it finds instead is the answer, and the audit says so. Where the solver fails, or no constants stand the audit, the
search without big-M answers alone.
"""

from __future__ import annotations

import itertools
import logging
from dataclasses import replace

from strainopt.bilevel.problem import BilevelProblem, Method
from strainopt.bilevel.writing import Formulation
from strainopt.errors import UsageError
from strainopt.lp.backend import Backend
from strainopt.lp.registry import backend, default_mixed
from strainopt.lp.result import Status
from strainopt.search.claims import Claim, MilpSettings, milp_claim
from strainopt.search.evaluate import Evaluator, evened
from strainopt.search.outcome import Found, Limits, Outcome, SearchStatus
from strainopt.search.purchases import solve_with_purchases
from strainopt.search.ranking import counts, ranked
from strainopt.tolerances import TIE

__all__ = ["solve_milp"]

log = logging.getLogger(__name__)

HEAD_START = 400
"""Steps of the search without big-M before the program is written: a few seconds at genome scale."""

_STOPPED = {
    Status.TIME_LIMIT: (SearchStatus.TIME_LIMIT, "time limit"),
    Status.INTERRUPTED: (SearchStatus.INTERRUPTED, "interrupted"),
}


def solve_milp(
    problem: BilevelProblem,
    *,
    limits: Limits,
    designs: int = 1,
    solver_name: str | None = None,
    formulation: Formulation = Formulation.STRONG_DUALITY,
) -> Outcome:
    """Solve by a mixed-integer program and certify the answer.

    Parameters
    ----------
    problem : BilevelProblem
        The question as arrays.
    limits : Limits
        Time, threads, seed, and who is told.
    designs : int
        How many; each further one is the best that contains none of those before.
    solver_name : str, optional
        A name of `strainopt.lp.registry`; HiGHS if not given.
    formulation : Formulation
        How follower optimality is written.

    Returns
    -------
    Outcome
        `status` is OPTIMAL or INFEASIBLE only with a certificate, and with several designs only if each has one.

    Raises
    ------
    UsageError
        Indicator constraints are asked of a solver that has none, or complementarity of optcouple.
    SolverError
        The program is refused or unbounded, or a constant has no finite value.
    """
    chosen = default_mixed() if solver_name is None else backend(solver_name)
    if formulation is Formulation.INDICATOR and not chosen.availability().takes_indicators:
        raise UsageError(f"solver '{chosen.name}' has no indicator constraints", hint="use --solver scip")
    if formulation is Formulation.KKT and problem.method is Method.OPTCOUPLE:
        raise UsageError(
            "optcouple has no formulation by complementarity",
            where="formulation",
            why="the leader himself pulls both of its stages to their optima, so that no condition has to",
            hint="leave out --formulation, or use --formulation indicator",
        )
    # prices are in the inverse units of balances: constants for them should be of one size
    problem = replace(problem, matrix=evened(problem.matrix))
    settings = MilpSettings(formulation=formulation)
    outcome = _solve_one(problem, chosen, settings, limits)
    first = outcome
    found = list(outcome.designs[:1])
    while len(found) < designs and outcome.designs and outcome.status.proven and outcome.designs[0].deleted:
        problem = replace(problem, excluded_sets=(*problem.excluded_sets, outcome.designs[0].deleted))
        outcome = _solve_one(problem, chosen, settings, limits)
        found.extend(outcome.designs[:1])
    if designs == 1:
        return first
    complete = outcome.status.proven
    return replace(
        first,
        status=first.status if complete else outcome.status,
        designs=tuple(found),
        stop_reason=first.stop_reason if complete else outcome.stop_reason,
    )


def _solve_one(problem: BilevelProblem, chosen: Backend, settings: MilpSettings, limits: Limits) -> Outcome:
    head = _head_start(problem, limits)
    evaluator = Evaluator(problem)
    try:
        claim = milp_claim(
            problem,
            backend=chosen,
            settings=settings,
            limits=limits,
            evaluator=evaluator,
            known=tuple(found.deleted for found in head.designs),
        )
    finally:
        evaluator.close()
    lps = evaluator.lps + head.lps
    if claim.status in _STOPPED:
        status, reason = _STOPPED[claim.status]
        best = _best(problem, claim)
        # the program's own bound (in the statistics) rests on observed constants and proves nothing yet
        statistics = {**claim.statistics, "certificate": "not reached: the bound is that of the search without big-M"}
        return Outcome(status, best, head.bound, reason, claim.nodes, lps, statistics)
    if claim.status is Status.FAILED:
        log.warning("%s gave no answer to the program that stands; the search without big-M answers alone", chosen.name)
    return _certified(problem, claim, limits, lps=lps, head=head)


def _head_start(problem: BilevelProblem, limits: Limits) -> Outcome:
    """A little of the search without big-M: a start for the solver, and the certificate where it comes to an end."""
    calls = itertools.count()

    def stop() -> bool:
        # counted, not timed: equal runs must start from equal designs
        return next(calls) > HEAD_START or (limits.stop is not None and limits.stop())

    return solve_with_purchases(problem, limits=replace(limits, stop=stop, observer=None))


def _best(problem: BilevelProblem, claim: Claim) -> tuple[Found, ...]:
    """The best set that the programs found, if it is a design at all."""
    return tuple(found for found in ranked(problem, claim.found, designs=1) if counts(problem, found))


def _certified(problem: BilevelProblem, claim: Claim, limits: Limits, *, lps: int, head: Outcome) -> Outcome:
    best = _best(problem, claim)
    answer = head
    if not head.status.proven:
        answer = solve_with_purchases(
            problem,
            limits=limits,
            start=tuple(found.deleted for found in best),
            floor=best[0].value if best else None,
        )
    margin = TIE * problem.value_scale
    better = bool(answer.designs) and (not best or answer.designs[0].value > best[0].value + margin)
    if not answer.status.proven:
        verdict = "not finished"
    elif claim.status is Status.FAILED:
        verdict = "the program has no answer that stands; this one is of the search without big-M"
    elif better:
        verdict = "the constants hid a better design, found without them"
    else:
        verdict = "no design beats the answer (search without big-M)"
    statistics = {**claim.statistics, "certificate": verdict, "certificate_lps": answer.lps}
    # Asked for something better than the answer, the search says INFEASIBLE where the answer is optimal.
    confirmed = answer.status is SearchStatus.INFEASIBLE and bool(best)
    return replace(
        answer,
        status=SearchStatus.OPTIMAL if confirmed else answer.status,
        designs=answer.designs if better else best,
        stop_reason="proven without big-M" if answer.status.proven else answer.stop_reason,
        rounds=claim.nodes + answer.rounds,
        lps=lps if answer is head else lps + answer.lps,
        statistics=statistics,
    )
