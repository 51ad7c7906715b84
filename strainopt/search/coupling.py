"""Growth with and without product, of deletion sets of one problem, for the growth-coupling potential."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from strainopt.bilevel.problem import BilevelProblem
from strainopt.errors import SolverError
from strainopt.lp.backend import Backend
from strainopt.lp.program import FloatArray, IntArray, LinearProgram
from strainopt.lp.result import Status
from strainopt.lp.trusted import TrustedSession

__all__ = ["CouplingSolver", "GrowthPair"]


@dataclass(frozen=True, eq=False)
class GrowthPair:
    """Growth optima (1/h) with and without product.

    Attributes
    ----------
    growth : float
        nan where no state is left.
    without : float
        0 where no state is without product.
    state : float array, shape (n,), or None
        A flux state behind `without`; None where there is none.
    """

    growth: float
    without: float
    state: FloatArray | None


class CouplingSolver:
    """Two linear programs for each set, on one warm, certified session.

    Attributes
    ----------
    lps : int
        Linear programs solved so far.
    """

    def __init__(self, problem: BilevelProblem, *, backend: Backend | None = None) -> None:
        m = problem.matrix.shape[0]
        self._problem = problem
        self._session = TrustedSession(
            LinearProgram(
                problem.growth, problem.matrix, np.zeros(m), np.zeros(m), problem.lower.copy(), problem.upper.copy()
            ),
            backend=backend,
        )
        self.lps = 0

    def solve(self, closed: IntArray) -> GrowthPair:
        """Growth optima with these columns closed, none of which carries a forced flux; less than `min_growth` ends it.

        Raises
        ------
        SolverError
            No solver gave a certified answer.
        """
        problem = self._problem
        try:
            growth = self._growth(closed)
            if growth is None:
                return GrowthPair(float("nan"), 0.0, None)
            if problem.product_is_forced:
                return GrowthPair(growth, 0.0, None)
            without = self._growth(problem.product_columns)
            state = None if without is None else self._session.values()
            return GrowthPair(growth, max(without or 0.0, 0.0), state)
        finally:
            for columns in (closed, problem.product_columns):
                self._session.set_bounds(columns, problem.lower[columns], problem.upper[columns])

    def close(self) -> None:
        """Free the solvers' memory; safe to call twice."""
        self._session.close()

    def _growth(self, closed: IntArray) -> float | None:
        """The optimum once these columns are closed too; None if no state is left."""
        self._session.set_bounds(closed, np.zeros(len(closed)), np.zeros(len(closed)))
        self.lps += 1
        status = self._session.solve()
        if status is Status.INFEASIBLE:
            return None
        if status is not Status.OPTIMAL:
            raise SolverError("no certified optimum for a deletion set", why=f"the solver said {status.value}")
        return self._session.objective_value()
