"""Puts the parts of a search together: what it asks, what it learns, and the tree that it walks."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from strainopt.bilevel.problem import BilevelProblem
from strainopt.lp.backend import Backend
from strainopt.search.benders.descent import Descent
from strainopt.search.benders.lethal import LethalSets
from strainopt.search.benders.move_descent import descent_for
from strainopt.search.benders.moves import moves_of
from strainopt.search.benders.oracle import Oracle
from strainopt.search.benders.programs import Programs
from strainopt.search.benders.rules import RULES
from strainopt.search.benders.scaled import Scaled
from strainopt.search.benders.support import Supports
from strainopt.search.benders.witnesses import Witnesses
from strainopt.search.evaluate import Evaluator
from strainopt.search.outcome import Found, Limits

__all__ = ["assembled", "most_deletions"]


def assembled(
    problem: BilevelProblem,
    accept: Callable[[Found], None],
    *,
    scaled: Scaled,
    evaluator: Evaluator,
    limits: Limits,
    seed: int,
    solver: Backend | None,
) -> Descent:
    """A tree with an oracle of its own, which knows nothing yet; `oracle.programs` is to be closed in the end."""
    programs = Programs(scaled, deadline=limits.deadline, generator=np.random.default_rng(seed), backend=solver)
    rule = RULES[problem.method]
    moves = moves_of(problem.intact, problem.n_candidates, most=most_deletions(problem))
    letters = problem.n_candidates if moves is None else len(moves)
    oracle = Oracle(
        scaled=scaled,
        rule=rule,
        programs=programs,
        evaluator=evaluator,
        clauses=Witnesses(letters, caps_product=rule.caps_product, slack=rule.slack),
        lethal=LethalSets(problem.n_candidates, problem.excluded_sets),
        supports=Supports(problem.intact, seed=seed) if moves is None else moves,
        limits=limits,
        accept=accept,
    )
    return descent_for(oracle, problem.costs.tolist(), moves)


def most_deletions(problem: BilevelProblem) -> int:
    """How many candidates the budget can buy."""
    spent, bought = 0.0, 0
    for cost in sorted(problem.costs.tolist()):
        spent += cost
        if spent > problem.max_cost:
            break
        bought += 1
    return bought
