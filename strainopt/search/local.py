"""Good designs quickly: a beam search over deletion sets by plain linear programs. Proves nothing."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from strainopt.bilevel.problem import BilevelProblem
from strainopt.search.evaluate import Evaluation

__all__ = ["beam"]


def beam(
    problem: BilevelProblem,
    look_at: Callable[[frozenset[int]], Evaluation],
    *,
    width: int,
    most: int,
    deadline: float,
    seed: int,
) -> tuple[frozenset[int], ...]:
    """Grow deletion sets one candidate at a time, keeping the `width` best viable ones of each size.

    `look_at` evaluates a set (and may remember it). At most about `most` evaluations per size: where there are more
    extensions, a random part of them is tried. Ties are broken by the seed, so equal runs are equal.

    Returns
    -------
    The sets kept, best first within each size, largest sizes last.
    """
    generator = np.random.default_rng(seed)
    level: list[frozenset[int]] = [frozenset()]
    kept: list[frozenset[int]] = []
    while True:
        extensions = _extensions(problem, level, generator, most)
        scored: list[tuple[float, float, frozenset[int]]] = []
        for extension in extensions:
            if time.monotonic() > deadline:
                break
            seen = look_at(extension)
            if seen.viable:
                scored.append((seen.value, float(generator.random()), extension))
        scored.sort(key=lambda one: (-one[0], one[1]))
        level = [extension for _value, _draw, extension in scored[:width]]
        if not level or time.monotonic() > deadline:
            return tuple(kept)
        kept.extend(level)


def _extensions(
    problem: BilevelProblem, level: list[frozenset[int]], generator: np.random.Generator, most: int
) -> list[frozenset[int]]:
    found: dict[frozenset[int], None] = {}
    for deleted in level:
        left = problem.max_cost - sum(problem.costs[i] for i in deleted)
        for candidate in range(problem.n_candidates):
            if candidate not in deleted and problem.costs[candidate] <= left:
                found.setdefault(deleted | {candidate})
    extensions = [e for e in found if not any(forbidden <= e for forbidden in problem.excluded_sets)]
    if len(extensions) > most:
        picked = generator.choice(len(extensions), size=most, replace=False)
        extensions = [extensions[i] for i in sorted(picked)]
    return extensions
