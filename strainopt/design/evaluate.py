"""Any design of the user's, evaluated in the form in which designs are reported."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from strainopt.design.mutant import wild_type_of
from strainopt.design.preflight import theoretical_maximum
from strainopt.design.problem import DesignProblem, DesignSet, WildType
from strainopt.design.states import extreme, growth_optima, max_growth
from strainopt.design.verify import Checks, verify_design
from strainopt.errors import ModelError
from strainopt.lp.result import Status

__all__ = ["evaluate"]


def evaluate(problem: DesignProblem, interventions: Sequence[str], *, checks: Checks | None = None) -> DesignSet:
    """Evaluate one set of interventions beside the wild type.

    Nothing is searched, so `proven` says that the numbers are confirmed, and `bound` is the objective itself. A mutant
    that is not viable is reported with `verified` false and the reason in `refusal`; status is then `error`.

    Raises
    ------
    ModelError
        The wild type has no state in this scenario, or the target has no limit.
    UsageError
        An id is not in the model.
    """
    started = time.monotonic()
    chosen = Checks.standard() if checks is None else checks
    network, solver = wild_type_of(problem), chosen.solver
    most = theoretical_maximum(problem.network, problem.target, solver=solver)
    optimum = max_growth(network, problem.biomass, solver=solver)
    if optimum.status is not Status.OPTIMAL:
        raise ModelError(
            f"growth of model '{network.id}' has no maximum in this scenario ({optimum.status.value})",
            hint="bound the uptakes (--medium, --bounds)",
        )
    product = np.zeros(network.shape[1])
    product[problem.target] = 1.0
    face = growth_optima(network, problem.biomass, optimum)
    ends = [extreme(face, product, most=side, solver=solver).value for side in (False, True)]
    design = replace(verify_design(problem, interventions, theoretical_max=most, checks=chosen), rank=1)
    return DesignSet(
        status="optimal" if design.verified else "error",
        proven=design.verified,
        objective=design.objective,
        bound=design.objective,
        gap=0.0 if design.verified else float("nan"),
        stop_reason=design.refusal or "evaluated, nothing was searched",
        seconds=time.monotonic() - started,
        wild_type=WildType(optimum.objective, ends[0], ends[1], most),
        designs=(design,),
        refused=(),
        funnel=(),
        engine="none",
        solver=solver.name,
        rounds=0,
        lps=0,
        statistics={},
    )
