"""Which engine answers, and the one call that all of them share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from strainopt.bilevel.problem import BilevelProblem
from strainopt.bilevel.writing import Formulation
from strainopt.design.problem import DesignProblem, Engine
from strainopt.search.enumerate import enumerate_designs
from strainopt.search.outcome import Limits, Outcome

__all__ = ["EngineChoice", "choose_engine", "run_engine"]

MILP_SOLVER = "highs"
LP_SOLVER = "glpk"


@dataclass(frozen=True)
class EngineChoice:
    """An engine, and how its programs are written and solved.

    `solver` is a name of `strainopt.lp.registry`, for the mixed-integer programs, or for the linear ones of the engines
    that have no others; None means the engine's own choice. `formulation` is for the mixed-integer engine.
    """

    engine: Engine = Engine.AUTO
    solver: str | None = None
    formulation: Formulation = Formulation.STRONG_DUALITY

    def solver_name(self) -> str:
        """The solver that will do the work."""
        if self.solver is not None:
            return self.solver
        return MILP_SOLVER if self.engine is Engine.MILP else LP_SOLVER


def choose_engine(problem: DesignProblem, *, solver: str | None = None) -> Engine:  # noqa: ARG001 - may come to matter
    """The rule behind AUTO: the search without big-M, for every method; the MILP where another solver is named.

    Enumeration is a referee and never chosen.
    """
    return Engine.BENDERS if solver in (None, LP_SOLVER) else Engine.MILP


def run_engine(choice: EngineChoice, problem: BilevelProblem, *, limits: Limits, designs: int) -> Outcome:
    """Run a chosen engine (not AUTO).

    Raises
    ------
    UsageError, SolverMissingError
        No solver has this name, or it is not installed.
    """
    solver = choice.solver_name()
    if choice.engine is Engine.ENUMERATE:
        return enumerate_designs(problem, limits=limits, designs=designs, solver=solver)
    # Imported here so that the referee depends on no other engine.
    if choice.engine is Engine.BENDERS:
        from strainopt.search.purchases import solve_with_purchases

        return _in_turn(lambda asked: solve_with_purchases(asked, limits=limits, solver=solver), problem, designs)
    from strainopt.search.milp import solve_milp

    return solve_milp(problem, limits=limits, designs=designs, solver_name=solver, formulation=choice.formulation)


def _in_turn(solve_one: Callable[[BilevelProblem], Outcome], problem: BilevelProblem, designs: int) -> Outcome:
    """The best design, then the best that does not contain it, and so on, each with a search and a proof of its own.

    The searches must be separate: to forbid the supersets of a design before the search for the best one has ended
    would lose a better design that contains it.
    """
    first = outcome = solve_one(problem)
    found = list(first.designs[:1])
    rounds, lps = first.rounds, first.lps
    while len(found) < designs and outcome.status.proven and outcome.designs and outcome.designs[0].deleted:
        problem = replace(problem, excluded_sets=(*problem.excluded_sets, outcome.designs[0].deleted))
        outcome = solve_one(problem)
        found.extend(outcome.designs[:1])
        rounds, lps = rounds + outcome.rounds, lps + outcome.lps
    last = first if outcome.status.proven else outcome
    return replace(
        first, status=last.status, stop_reason=last.stop_reason, designs=tuple(found), rounds=rounds, lps=lps
    )
