"""Where trees begin: one for each set of knock-ins within the budget, with what every design has in it.

A knock-in that is not bought closes its lump, as a deletion that costs nothing. So every fact about the network with
all knock-ins serves all of these trees: inequalities lose the terms of what is closed, witnesses name the knock-ins
that they use.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from strainopt.proof.case import Case
from strainopt.proof.tree import Root
from strainopt.tolerances import COST_ROUNDING

__all__ = ["roots"]


def roots(case: Case) -> Iterator[Root]:
    """The trees of a question, from the fewest knock-ins on.

    Knock-ins that can carry no flux are not bought: a design with them is one without them that costs more.
    """
    question = case.question
    budget = question.budget * (1.0 + COST_ROUNDING)
    must = frozenset(question.forced)
    optional = sorted(name for name in case.knock_ins if name not in must)
    costs = sorted(question.cost([name]) for name in optional)
    fewest = question.cost(must)
    for size in range(len(optional) + 1):
        if fewest + sum(costs[:size]) > budget:
            return
        for bought in combinations(optional, size):
            names = must | frozenset(bought)
            if (cost := question.cost(names)) <= budget:
                yield Root(case.chosen(names), question.budget - cost)
