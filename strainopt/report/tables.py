"""The tables of a result folder. Column names are attributes of the result classes, so that they cannot drift apart."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from strainopt.design.problem import Design, FunnelStep
from strainopt.network.network import Network
from strainopt.report.fluxes import FluxProfile
from strainopt.report.numbers import cell

__all__ = ["DESIGN_COLUMNS", "FLUX_COLUMNS", "FUNNEL_COLUMNS", "Table", "designs_table", "fluxes_table", "funnel_table"]

DESIGN_COLUMNS: Final = (
    "rank",
    "interventions",
    "reactions",
    "genes",
    "added",
    "narrowed",
    "n_interventions",
    "cost",
    "objective",
    "growth",
    "product_min",
    "product_max",
    "product_pfba",
    "yield_min",
    "yield_max",
    "coupling",
    "coupling_potential",
    "verified",
    "residual",
    "collateral",
    "n_equivalents",
    "equivalents",
)
"""Attributes of `Design`: the columns of designs.tsv and the keys of a design in result.json."""

FUNNEL_COLUMNS: Final = ("filter", "removed", "left")
"""Attributes of `FunnelStep`."""

FLUX_COLUMNS: Final = ("design", "reaction", "pfba", "fva_min", "fva_max")
"""fluxes.tsv: one row per state and reaction; `design` is 0 for the wild type, else the rank."""


@dataclass(frozen=True)
class Table:
    """Column names and cells, all text already."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def to_text(self) -> str:
        """Tab-separated, one header line, every line ended."""
        return "".join("\t".join(line) + "\n" for line in (self.columns, *self.rows))


def designs_table(designs: Iterable[Design]) -> Table:
    """One row per design, by rank."""
    return _of_attributes(designs, DESIGN_COLUMNS)


def funnel_table(steps: Iterable[FunnelStep]) -> Table:
    """One row per filter, in the order of application."""
    return _of_attributes(steps, FUNNEL_COLUMNS)


def fluxes_table(network: Network, profiles: Sequence[FluxProfile]) -> Table:
    """One row per state and reaction; a range that was not computed is empty."""
    rows = tuple(
        (cell(profile.rank), reaction, cell(profile.pfba[j]), cell(profile.lower[j]), cell(profile.upper[j]))
        for profile in profiles
        for j, reaction in enumerate(network.reaction_ids)
    )
    return Table(FLUX_COLUMNS, rows)


def _of_attributes(items: Iterable[object], columns: tuple[str, ...]) -> Table:
    return Table(columns, tuple(tuple(cell(getattr(item, name)) for name in columns) for item in items))
