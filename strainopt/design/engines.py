"""Which engine answers, and the one call that all of them share."""

from __future__ import annotations

from dataclasses import dataclass

from strainopt.bilevel.optimality import Formulation
from strainopt.bilevel.problem import BilevelProblem
from strainopt.design.problem import DesignProblem, Engine
from strainopt.search.enumerate import enumerate_designs
from strainopt.search.outcome import Limits, Outcome

__all__ = ["EngineChoice", "choose_engine", "run_engine"]

MILP_SOLVER = "highs"
ENUMERATE_SOLVER = "glpk"


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
        return MILP_SOLVER if self.engine is Engine.MILP else ENUMERATE_SOLVER


def choose_engine(problem: DesignProblem) -> Engine:  # noqa: ARG001 - the rule will depend on the problem
    """The rule behind AUTO. Enumeration is a referee and never chosen."""
    return Engine.MILP


def run_engine(choice: EngineChoice, problem: BilevelProblem, *, limits: Limits, designs: int) -> Outcome:
    """Run a chosen engine (not AUTO)."""
    if choice.engine is Engine.ENUMERATE:
        return enumerate_designs(problem, limits=limits, designs=designs)
    # Imported here so that the referee needs no mixed-integer solver.
    from strainopt.search.milp import solve_milp

    return solve_milp(
        problem, limits=limits, designs=designs, solver_name=choice.solver_name(), formulation=choice.formulation
    )
