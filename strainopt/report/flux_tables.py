"""Tables and the document of the flux commands."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict
from typing import Final

import numpy as np

from strainopt.flux.envelope import Envelope
from strainopt.flux.pfba import ParsimoniousState
from strainopt.flux.state import FluxRanges, FluxState
from strainopt.network.network import Network
from strainopt.report.document import SCHEMA_VERSION, ModelInfo
from strainopt.report.numbers import Json, cell, plain
from strainopt.report.provenance import Provenance
from strainopt.report.tables import Table

__all__ = [
    "ENVELOPE_COLUMNS",
    "FBA_COLUMNS",
    "FVA_COLUMNS",
    "PFBA_COLUMNS",
    "envelope_table",
    "fba_table",
    "flux_document",
    "fva_table",
    "pfba_table",
]

FBA_COLUMNS: Final = ("reaction", "flux", "reduced_cost", "lower", "upper")
PFBA_COLUMNS: Final = ("reaction", "flux", "lower", "upper")
FVA_COLUMNS: Final = ("reaction", "fva_min", "fva_max", "lower", "upper")
ENVELOPE_COLUMNS: Final = ("growth", "product_min", "product_max")
"""Fluxes in mmol/gDW/h, growth in 1/h; `lower` and `upper` are the bounds of the scenario."""


def fba_table(network: Network, state: FluxState) -> Table:
    """One row per reaction, in the model's order."""
    columns = (state.fluxes, state.reduced_costs, network.lower, network.upper)
    return _by_reaction(network, FBA_COLUMNS, columns)


def pfba_table(network: Network, state: ParsimoniousState) -> Table:
    """One row per reaction, in the model's order."""
    return _by_reaction(network, PFBA_COLUMNS, (state.fluxes, network.lower, network.upper))


def fva_table(network: Network, ranges: FluxRanges) -> Table:
    """One row per reaction asked for, in the order asked."""
    at = ranges.columns
    names = tuple(network.reaction_ids[column] for column in at.tolist())
    columns = (ranges.lower, ranges.upper, network.lower[at], network.upper[at])
    return _rows(FVA_COLUMNS, names, columns)


def envelope_table(border: Envelope) -> Table:
    """One row per growth rate at which either chain has a vertex, growth ascending; both chains are exact there."""
    growth = np.unique(np.concatenate([border.lower[:, 0], border.upper[:, 0]]))
    columns = (border.least(growth), border.most(growth))
    return _rows(ENVELOPE_COLUMNS, tuple(cell(value) for value in growth.tolist()), columns)


def _by_reaction(network: Network, names: tuple[str, ...], columns: tuple[np.ndarray, ...]) -> Table:
    return _rows(names, network.reaction_ids, columns)


def _rows(names: tuple[str, ...], first: tuple[str, ...], columns: tuple[np.ndarray, ...]) -> Table:
    values = [column.tolist() for column in columns]
    rows = tuple((label, *(cell(column[at]) for column in values)) for at, label in enumerate(first))
    return Table(names, rows)


def flux_document(
    *,
    command: str,
    model: ModelInfo,
    scenario: Mapping[str, object],
    options: Mapping[str, object],
    numbers: Mapping[str, float],
    table: Table,
    seconds: float,
    origin: Provenance,
) -> dict[str, Json]:
    """The document of a flux command; the rows of the table are under `rows`, infinite values are null."""
    made_by = {**asdict(origin), "solvers": dict(origin.solvers)}
    return {
        "schema_version": SCHEMA_VERSION,
        "command": command,
        "status": "optimal",
        "seconds": seconds,
        "model": plain(asdict(model)),
        "scenario": plain(scenario),
        "options": plain(options),
        **{name: plain(value) for name, value in numbers.items()},
        "rows": [
            {name: _value(name, text) for name, text in zip(table.columns, row, strict=True)} for row in table.rows
        ],
        "provenance": plain(made_by),
    }


def _value(name: str, text: str) -> Json:
    if name == "reaction":
        return text
    number = float(text) if text else math.nan
    return number if math.isfinite(number) else None
