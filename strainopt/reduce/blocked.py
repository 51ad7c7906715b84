"""Columns that carry no flux in any state that matters leave.

Lossless: a viable design's states all grow at the floor or faster, every such state has zero in these columns, and
deletions only take states away. What grows slower than the floor is not kept.
"""

from __future__ import annotations

import numpy as np

from strainopt.reduce.directions import Directions
from strainopt.reduce.polytope import Polytope, Step, StepKind, keep_step

__all__ = ["blocked_step", "closed_step"]


def blocked_step(polytope: Polytope, directions: Directions) -> Step:
    """Drop the columns that are open in neither direction; their bounds allow zero, or no state would exist."""
    return keep_step(StepKind.BLOCKED, polytope, _list(directions.forward | directions.backward))


def closed_step(polytope: Polytope) -> Step:
    """Drop the columns whose bounds are both zero."""
    return keep_step(StepKind.BLOCKED, polytope, _list((polytope.lower != 0) | (polytope.upper != 0)))


def _list(mask: np.ndarray) -> list[int]:
    return [int(column) for column in np.flatnonzero(mask)]
