"""Mass balances that follow from the others leave; fluxes stay as they are."""

from __future__ import annotations

from dataclasses import replace

from strainopt.reduce.exact import null_space
from strainopt.reduce.polytope import Polytope, Step, StepKind, identity_step

__all__ = ["rows_step"]


def rows_step(polytope: Polytope) -> Step:
    """Keep a largest set of independent mass balances (decided exactly, see `exact`)."""
    independent = null_space(polytope.columns).independent_rows
    return replace(identity_step(StepKind.ROWS, polytope.lower, polytope.upper), rows=independent)
