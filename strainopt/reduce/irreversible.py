"""Columns that run one way in all states that matter get that sign as a bound.

Lossless for designs: every state with growth at or above the floor already has the sign. No other bound is touched;
ranges of flux are reported beside the bounds, never put in their place.
"""

from __future__ import annotations

import numpy as np

from strainopt.reduce.directions import Directions
from strainopt.reduce.polytope import Polytope, Step, StepKind, identity_step

__all__ = ["irreversible_step"]


def irreversible_step(polytope: Polytope, directions: Directions) -> Step:
    """Set the lower bound to zero where no flux runs backward, and the upper bound where none runs forward."""
    lower = np.where(directions.backward, polytope.lower, np.maximum(polytope.lower, 0.0))
    upper = np.where(directions.forward, polytope.upper, np.minimum(polytope.upper, 0.0))
    return identity_step(StepKind.IRREVERSIBLE, lower, upper)
