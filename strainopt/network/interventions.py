"""What may be done to a cell beyond a list of ids: knock-ins, narrowed fluxes, costs, what must and must not be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

__all__ = ["Intervention", "Kind", "Use"]


class Kind(Enum):
    """What choosing a candidate does.

    KNOCKOUT deletes a reaction or gene. KNOCKIN adds a reaction that the wild type lacks. BOUND narrows the flux of a
    reaction.
    """

    KNOCKOUT = "knockout"
    KNOCKIN = "knockin"
    BOUND = "bound"


class Use(Enum):
    """Whether a design may, must or must not choose a candidate."""

    OPTIONAL = "optional"
    FORCED = "forced"
    FORBIDDEN = "forbidden"


@dataclass(frozen=True)
class Intervention:
    """One line of a candidates file.

    Attributes
    ----------
    name : str
        A reaction or gene id; for knockouts a glob too.
    cost : float
        Above zero; the budget (`-k`) limits the sum.
    lower, upper : float or None
        For BOUND, mmol/gDW/h: what the flux is narrowed to; None keeps a side.
    place : str
        `file:line:column` of the id, for messages.
    """

    name: str
    kind: Kind = Kind.KNOCKOUT
    cost: float = 1.0
    lower: float | None = None
    upper: float | None = None
    use: Use = Use.OPTIONAL
    place: str = field(default="", compare=False)

    @property
    def is_pattern(self) -> bool:
        """Whether the name has signs of a glob."""
        return any(sign in self.name for sign in "*?[")

    def to_json(self) -> dict[str, object]:
        """As the result document has it."""
        return {
            "id": self.name,
            "kind": self.kind.value,
            "cost": self.cost,
            "bound": [self.lower, self.upper] if self.kind is Kind.BOUND else None,
            "use": self.use.value,
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Intervention:
        """From what `to_json` gave.

        Raises
        ------
        KeyError, TypeError, ValueError
            It is something else.
        """
        lower, upper = values["bound"] or (None, None)
        kind, use = Kind(values["kind"]), Use(values["use"])
        return cls(str(values["id"]), kind, float(values["cost"]), lower, upper, use)
