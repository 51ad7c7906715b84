"""Sets near good designs, on which prices are observed where random sets rarely show the ones that matter.

Growth without product ends abruptly where nothing can live without product any more. The price of a column that would
keep such a state alive by a trace of flux is a hundred times that of any other, and few sets come to the edge.
"""

from __future__ import annotations

from strainopt.bilevel.problem import BilevelProblem
from strainopt.search.evaluate import Evaluator

__all__ = ["prospects"]

BEAM = 3
"""Best sets of each size that are extended."""


def prospects(problem: BilevelProblem, evaluator: Evaluator, *, most: int) -> tuple[frozenset[int], ...]:
    """Every extension by one candidate of the best few sets of each size, within the budget; about `most` at most."""
    budget = problem.max_cost - float(sum(problem.costs[c] for c in problem.forced))
    beam, seen = [problem.forced], dict.fromkeys([problem.forced])
    while beam and len(seen) < most:
        fresh: dict[frozenset[int], float] = {}
        for chosen in beam:
            spent = float(sum(problem.costs[c] for c in chosen - problem.forced))
            for candidate in range(problem.n_candidates):
                one = chosen | {candidate}
                if spent + problem.costs[candidate] > budget or one in seen or one in fresh:
                    continue
                found = evaluator.evaluate(one)
                if found.viable:
                    fresh[one] = found.value
        seen.update(dict.fromkeys(fresh))
        beam = sorted(fresh, key=lambda one: (-fresh[one], sorted(one)))[:BEAM]
    return tuple(seen)
