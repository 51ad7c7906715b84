"""GLPK's branch-and-bound, without callbacks: no progress and no interruption while it runs."""

from __future__ import annotations

import math
import time
from typing import Any

import numpy as np
import swiglpk as glpk

from strainopt import tolerances
from strainopt.errors import SolverError
from strainopt.lp.glpk import canonical, load, milliseconds
from strainopt.lp.program import FloatArray, MixedProgram
from strainopt.lp.result import MixedOptions, MixedResult, Status

__all__ = ["solve_mixed"]


def solve_mixed(program: MixedProgram, options: MixedOptions) -> MixedResult:
    """Solve with `glp_intopt`: cuts off, presolve on, one thread."""
    raise SolverError("mixed-integer programs by GLPK are not ready")
