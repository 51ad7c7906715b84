"""Design questions on `textbook`, and the referee's optimum for every size from one enumeration."""

from __future__ import annotations

from dataclasses import dataclass, replace

from strainopt.bilevel.problem import BilevelProblem, Method, Ties
from strainopt.bilevel.writing import Formulation
from strainopt.design.question import Question, pose
from strainopt.design.translate import Translation, product_coefficients, reduce_problem, translate
from strainopt.lp.registry import backend
from strainopt.search.claims import Claim, MilpSettings, milp_claim
from strainopt.search.enumerate import enumerate_designs
from strainopt.search.evaluate import Evaluator
from strainopt.search.outcome import Found, Limits, SearchStatus

BIOMASS = "Biomass_Ecoli_core"
MIN_GROWTH = 0.05
COLD_SAMPLES = 400
"""The engine makes do with 150 because the search's own designs are observed too."""

TARGETS = ("EX_succ_e", "EX_ac_e", "EX_etoh_e", "EX_lac__D_e")


@dataclass(frozen=True)
class Case:
    """A method with its parameters."""

    method: Method
    alpha: float = 1.0
    ties: Ties = Ties.PESSIMISTIC

    def __str__(self) -> str:
        return self.method.value + ("-optimistic" if self.ties is Ties.OPTIMISTIC else "")


CASES = (
    Case(Method.OPTKNOCK),
    Case(Method.ROBUSTKNOCK),
    Case(Method.PESSIMISTIC, alpha=0.8),
    Case(Method.PFBA),
    Case(Method.PFBA, ties=Ties.OPTIMISTIC),
    Case(Method.STRONG),
    Case(Method.OPTCOUPLE),
)


def posed(network, target, case, *, k, biomass=BIOMASS, **changes):
    """The design problem behind a question with the default filters, and what is known of the wild type."""
    question = Question(
        target=target,
        method=case.method,
        max_knockouts=float(k),
        min_growth=str(MIN_GROWTH),
        alpha=case.alpha,
        ties=case.ties,
    )
    return pose(network, replace(question, **changes), biomass=network.reaction(biomass))


def translated(asked) -> Translation:
    """The problem on the reduced network, as `design.solve` writes it."""
    return translate(
        asked.problem,
        reduce_problem(asked.problem),
        product_scale=asked.facts.wild_type.theoretical_max,
        product=product_coefficients(asked.problem),
        growth_scale=asked.facts.wild_type.growth_max,
    )


def best_by_size(problem: BilevelProblem) -> dict[int, Found]:
    """The referee's best set for every budget up to the problem's, from one pass.

    Enumeration goes by increasing size and reports every set that is better than all before it.
    """
    seen: list[Found] = []
    outcome = enumerate_designs(problem, limits=Limits(on_found=seen.append))
    assert outcome.status in (SearchStatus.OPTIMAL, SearchStatus.INFEASIBLE)
    sizes = range(int(problem.max_cost) + 1)
    return {k: max((one for one in seen if len(one.deleted) <= k), key=lambda one: one.value) for k in sizes}


def cold_claim(problem: BilevelProblem, *, formulation=Formulation.STRONG_DUALITY, solver="highs") -> Claim:
    """What the mixed-integer program says when no known design is handed to the solver, and before any certificate.

    Nothing of the search without big-M enters: constants are observed on random sets, and on what the program finds.
    """
    evaluator = Evaluator(problem)
    try:
        return milp_claim(
            problem,
            backend=backend(solver),
            settings=MilpSettings(formulation=formulation, start=False, samples=COLD_SAMPLES),
            limits=Limits(),
            evaluator=evaluator,
        )
    finally:
        evaluator.close()
