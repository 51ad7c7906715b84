"""What a search engine is asked and what it answers; the same for milp, benders and enumerate."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from strainopt.lp.trusted import TrustCounts

__all__ = ["Found", "Limits", "Outcome", "SearchProgress", "SearchStatus", "Sharing", "doubts"]


class SearchStatus(Enum):
    """How a search ended. OPTIMAL and INFEASIBLE are proofs; the others are not."""

    OPTIMAL = "optimal"
    INFEASIBLE = "infeasible"
    TIME_LIMIT = "time_limit"
    INTERRUPTED = "interrupted"
    ERROR = "error"

    @property
    def proven(self) -> bool:
        """Whether the answer is a proof."""
        return self in (SearchStatus.OPTIMAL, SearchStatus.INFEASIBLE)


@dataclass(frozen=True)
class Found:
    """A set of deleted candidates with its value, always found by plain linear programs, never taken from a MILP."""

    deleted: frozenset[int]
    value: float
    growth: float


@dataclass(frozen=True)
class SearchProgress:
    """A moment of a search, for the user's eyes."""

    phase: str
    incumbent: float
    bound: float
    rounds: int
    lps: int
    seconds: float
    proven_up_to: int = 0


@dataclass(frozen=True)
class Sharing:
    """A folder through which runs on one question share what they know, or leave it for their successors.

    `member`, another for each run, is added to the seed, so that no two make the same flux states. A run that is only
    `joining` searches nothing of size itself: it ends as interrupted where something is not settled.
    """

    folder: Path
    member: int = 0
    joining: bool = False


@dataclass(frozen=True)
class Limits:
    """What a search may use, whom it tells, and who may stop it. `deadline` is a `time.monotonic()` moment.

    Only engine benders looks at `sharing`.
    """

    deadline: float = float("inf")
    threads: int = 1
    seed: int = 0
    stop: Callable[[], bool] | None = None
    observer: Callable[[SearchProgress], None] | None = None
    on_found: Callable[[Found], None] | None = None
    sharing: Sharing | None = None


@dataclass(frozen=True)
class Outcome:
    """Answer of an engine.

    Attributes
    ----------
    status : SearchStatus
    designs : tuple of Found
        Best first; ties by fewest deletions, then by names in order.
    bound : float
        No design exceeds this; +inf where nothing is known.
    stop_reason : str
        In words, e.g. "bound met", "time limit".
    rounds, lps : int
        Nodes or rounds, and linear programs solved.
    statistics : mapping
        Engine-specific counts for the result file (such as the range and sources of big-M constants).
    """

    status: SearchStatus
    designs: tuple[Found, ...]
    bound: float
    stop_reason: str
    rounds: int = 0
    lps: int = 0
    statistics: dict[str, object] = field(default_factory=dict)


def doubts(trust: TrustCounts, *, dropped: int) -> dict[str, int]:
    """What results tell of doubtful answers: witnesses left out, and verdicts that had to be asked for again."""
    return {
        "dropped_witnesses": dropped,
        "retried_verdicts": trust.retried,
        "verdicts_by_other_solver": trust.other_solver,
    }
