"""The table and the document of a cut set run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict

from strainopt.design.cutsets import CutSetAnswer
from strainopt.report.document import SCHEMA_VERSION
from strainopt.report.numbers import Json, cell, plain
from strainopt.report.provenance import Provenance
from strainopt.report.tables import Table

__all__ = ["CUT_SET_COLUMNS", "cut_sets_document", "cut_sets_table"]

CUT_SET_COLUMNS = ("rank", "n_interventions", "interventions")
"""designs.tsv of a cut set run: by size, then ids; ids joined by `;`."""


def cut_sets_table(answer: CutSetAnswer) -> Table:
    """One row per cut set."""
    rows = tuple((cell(rank), cell(len(design)), cell(design)) for rank, design in enumerate(answer.designs, start=1))
    return Table(CUT_SET_COLUMNS, rows)


def cut_sets_document(
    answer: CutSetAnswer,
    *,
    model: Mapping[str, object],
    scenario: Mapping[str, object],
    options: Mapping[str, object],
    origin: Provenance,
) -> dict[str, Json]:
    """result.json: `count`, `by_size` and `designs` beside the keys that every document has."""
    told = asdict(origin)
    told["solvers"] = dict(origin.solvers)
    return {
        "schema_version": SCHEMA_VERSION,
        "command": "cutsets",
        "status": answer.status,
        "proven": answer.proven,
        "complete_up_to": answer.complete_up_to,
        "count": len(answer.designs),
        "by_size": plain(answer.by_size),
        "stop_reason": answer.stop_reason,
        "seconds": plain(round(answer.seconds, 3)),
        "model": plain(model),
        "scenario": plain(scenario),
        "options": plain(options),
        "engine": {
            "name": "benders",
            "rounds": answer.rounds,
            "lps": answer.lps,
            "statistics": plain(answer.statistics),
        },
        "designs": [
            {"rank": rank, "interventions": plain(design), "n_interventions": len(design)}
            for rank, design in enumerate(answer.designs, start=1)
        ],
        "provenance": plain(told),
    }
