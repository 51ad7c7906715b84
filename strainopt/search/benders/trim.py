"""Designs out of larger ones."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from strainopt.search.evaluate import Evaluator
from strainopt.search.outcome import Found
from strainopt.tolerances import TIE

__all__ = ["trimmed"]


def trimmed(
    design: Found,
    *,
    evaluator: Evaluator,
    within: Callable[[frozenset[int]], bool],
    worth: float,
    generator: np.random.Generator,
) -> Found | None:
    """Take candidates out of a design until it is small enough.

    First those whose loss changes nothing, as they are met; then, one after another, those whose loss costs least.

    Parameters
    ----------
    design : Found
        A viable set and its value.
    evaluator : Evaluator
        Says what a smaller set is worth.
    within : callable
        Whether a set is small enough.
    worth : float
        Designs that are not worth more are of no use.
    generator : Generator
        Draws the order of the first.

    Returns
    -------
    Found or None
        Part of the design, worth more than `worth`; None where the way led to none.
    """
    chosen, value = design.deleted, design.value
    tie = TIE * evaluator.problem.value_scale
    for candidate in generator.permutation(sorted(chosen)):
        if within(chosen):
            break
        smaller = chosen - {int(candidate)}
        seen = evaluator.evaluate(smaller).value
        if seen >= value - tie:
            chosen, value = smaller, seen
    while not within(chosen):
        parts = [chosen - {candidate} for candidate in sorted(chosen)]
        values = [evaluator.evaluate(part).value for part in parts]
        value = max(values, default=-np.inf)
        if value <= worth:
            return None
        chosen = parts[values.index(value)]
    return Found(chosen, value, evaluator.evaluate(chosen).growth) if value > worth else None
