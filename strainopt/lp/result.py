"""What a solver answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from strainopt.errors import SolverError
from strainopt.lp.program import FloatArray

__all__ = ["LpResult", "MixedOptions", "MixedResult", "Progress", "Status"]


class Status(Enum):
    """How a solve ended. Only OPTIMAL, INFEASIBLE and UNBOUNDED are statements about the program."""

    OPTIMAL = "optimal"
    INFEASIBLE = "infeasible"
    UNBOUNDED = "unbounded"
    TIME_LIMIT = "time_limit"
    INTERRUPTED = "interrupted"
    FAILED = "failed"

    @property
    def proven(self) -> bool:
        """Whether this is a statement about the program rather than about the run."""
        return self in (Status.OPTIMAL, Status.INFEASIBLE, Status.UNBOUNDED)


@dataclass(frozen=True, eq=False)
class LpResult:
    """Answer to a linear program (always a maximisation).

    Attributes
    ----------
    status : Status
    objective : float
        `objective @ x`; nan unless optimal.
    x : float array, shape (n,), or None
    row_duals : float array, shape (m,), or None
        d objective / d right-hand side: >= 0 where a row's upper side binds, <= 0 where its lower side binds.
    reduced_costs : float array, shape (n,), or None
        `objective - matrix.T @ row_duals`: > 0 only at upper bounds, < 0 only at lower bounds.
    ray : float array, shape (m,), or None
        For INFEASIBLE, row multipliers y of a Farkas proof: the interval of `y @ matrix @ x` over the column
        bounds misses the interval of `y @ rows` over the row bounds (see `strainopt.lp.certify`).
    """

    status: Status
    objective: float
    x: FloatArray | None = None
    row_duals: FloatArray | None = None
    reduced_costs: FloatArray | None = None
    ray: FloatArray | None = None

    def values(self) -> FloatArray:
        """`x` of an answer that must have one.

        Raises
        ------
        SolverError
            It has none.
        """
        if self.x is None:
            raise SolverError("the solver reports an optimum but gives no values", hint="try another solver (--solver)")
        return self.x


@dataclass(frozen=True)
class Progress:
    """A moment of a mixed-integer solve: objective of the incumbent (nan if none), proven bound, nodes, seconds."""

    incumbent: float
    bound: float
    nodes: int
    seconds: float


@dataclass(frozen=True)
class MixedOptions:
    """How to run a mixed-integer solve.

    `stop` is asked often; true ends the solve with status INTERRUPTED and the incumbent kept.
    `on_incumbent` receives each improving solution (values, objective). `start` is a full solution to begin from.
    """

    time_limit: float = float("inf")
    threads: int = 1
    seed: int = 0
    relative_gap: float = 0.0
    absolute_gap: float = 1e-9
    start: FloatArray | None = None
    on_progress: Callable[[Progress], None] | None = None
    on_incumbent: Callable[[FloatArray, float], None] | None = None
    stop: Callable[[], bool] | None = None


@dataclass(frozen=True, eq=False)
class MixedResult:
    """Answer to a mixed-integer program: the incumbent (if any), the proven upper bound, and how it ended."""

    status: Status
    objective: float
    bound: float
    x: FloatArray | None
    nodes: int
    seconds: float
