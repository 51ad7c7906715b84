"""Which engine answers, and the one call that all of them share."""

from __future__ import annotations

from dataclasses import dataclass

from strainopt.bilevel.optimality import Formulation
from strainopt.bilevel.problem import BilevelProblem
from strainopt.design.problem import DesignProblem, Engine
from strainopt.errors import UsageError
from strainopt.search.enumerate import enumerate_designs
from strainopt.search.outcome import Limits, Outcome

__all__ = ["EngineChoice", "choose_engine", "run_engine"]

MILP_SOLVER = "highs"
LP_SOLVER = "glpk"


@dataclass(frozen=True)
class EngineChoice:
    """An engine, and how its programs are written and solved.

    `solver` is a name of `strainopt.lp.registry`; None means the engine's own choice. `formulation` is for the
    mixed-integer engine.
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
    UsageError
        A solver is named that the engine has no use for.
    """
    if choice.engine is not Engine.MILP and choice.solver_name() != LP_SOLVER:
        raise UsageError(
            f"engine {choice.engine.value} cannot use solver '{choice.solver}'",
            where="solver",
            why=f"its linear programs are solved by {LP_SOLVER}, and checked by HiGHS",
            hint="leave the solver out, or use --engine milp",
        )
    if choice.engine is Engine.ENUMERATE:
        return enumerate_designs(problem, limits=limits, designs=designs)
    # Imported here so that the referee depends on no other engine.
    if choice.engine is Engine.BENDERS:
        from strainopt.search.benders.engine import solve_benders

        return solve_benders(problem, limits=limits, designs=designs)
    from strainopt.search.milp import solve_milp

    return solve_milp(
        problem, limits=limits, designs=designs, solver_name=choice.solver_name(), formulation=choice.formulation
    )
