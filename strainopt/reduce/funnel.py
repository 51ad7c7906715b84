"""The funnel of candidates as data: what is deleted, the filters, and the account of what each took."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

__all__ = ["DEFAULT_FILTERS", "LOSSLESS_FILTERS", "Filter", "FunnelStep"]


class Filter(Enum):
    """What leaves the candidates, in the order in which the filters are taken.

    A gene leaves under EXCHANGE, TRANSPORT and BLOCKED when all reactions whose rules name it are such.
    """

    EXCHANGE = "exchange"
    """Reactions with one metabolite only: exchanges, demands, sinks."""
    TRANSPORT = "transport"
    """Reactions whose metabolites sit in more than one compartment: carriers, group translocation, ion pumps."""
    NO_GPR = "no-gpr"
    """Reactions without a gene rule; genes in no rule."""
    SPONTANEOUS = "spontaneous"
    """Reactions whose rule holds without any real gene; pseudo-genes that stand for "spontaneous"."""
    ESSENTIAL = "essential"
    """Alone, its deletion leaves less than the growth to be kept."""
    BLOCKED = "blocked"
    """Carries no flux in any state that grows at the floor, so deleting it changes nothing."""


DEFAULT_FILTERS: Final = frozenset(
    {Filter.EXCHANGE, Filter.NO_GPR, Filter.SPONTANEOUS, Filter.ESSENTIAL, Filter.BLOCKED}
)
"""Used when neither candidates nor filters are named."""

LOSSLESS_FILTERS: Final = frozenset({Filter.ESSENTIAL, Filter.BLOCKED})
"""Used when candidates are named but filters are not: these take only what is in no best design of fewest deletions."""


@dataclass(frozen=True)
class FunnelStep:
    """One filter of the candidate funnel: how many it took, how many are left."""

    filter: str
    removed: int
    left: int
