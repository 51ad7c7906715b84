"""All results of a plan as one table, one document and a summary; from files only, and the same for the same files."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from strainopt.batch.parts import rows_of
from strainopt.batch.plan import Plan
from strainopt.batch.status import Standing, counts, standings
from strainopt.batch.task_files import State
from strainopt.errors import UsageError
from strainopt.report.files import write_text
from strainopt.report.numbers import DIGITS, Json, cell
from strainopt.report.tables import DESIGN_COLUMNS, Table

__all__ = ["COLUMNS", "Collected", "collect", "write_collected"]

TASK_COLUMNS: Final = (
    "task", "name", "hash", "model", "medium", "target", "method", "level", "max_knockouts", "min_growth",
    "state", "status", "proven", "task_objective", "bound", "gap", "wild_growth", "theoretical_max",
)  # fmt: skip
DESIGN: Final = tuple(name for name in DESIGN_COLUMNS if name != "residual")
"""Without the residual, which is rounding and differs between processors."""

COLUMNS: Final = (*TASK_COLUMNS, *DESIGN, "error")
"""One row per design; a task without a design has one row with empty design columns. Nothing in it depends on where,
when or how often a task ran."""


@dataclass(frozen=True, eq=False)
class Collected:
    """What was found for a plan; `standings` has one of each row, in which the parts of a split question are joined."""

    plan: Plan
    standings: tuple[Standing, ...]
    table: Table

    @property
    def complete(self) -> bool:
        """Whether every task has a whole result."""
        return all(item.state is State.DONE for item in self.standings)

    def summary(self) -> dict[str, Json]:
        """Counts, times, versions and what is not done, with the reasons."""
        done = [item.found.document for item in self.standings if item.state is State.DONE and item.found.document]
        seconds = [float(document.get("seconds") or 0.0) for document in done]
        versions = Counter(str(document.get("provenance", {}).get("strainopt", "")) for document in done)
        return {
            "tasks": len(self.standings),
            "states": dict(counts(self.standings)),
            "statuses": dict(sorted(Counter(str(document["status"]) for document in done).items())),
            "seconds": {"sum": round(sum(seconds), 3), "longest": round(max(seconds, default=0.0), 3)},
            "versions": dict(sorted(versions.items())),
            "not_done": [
                {
                    "task": item.task.number,
                    "name": item.task.name,
                    "state": item.state.value,
                    "reason": item.found.reason,
                }
                for item in self.standings
                if item.state is not State.DONE
            ],
        }


def collect(plan: Plan) -> Collected:
    """Read every task's files."""
    found = rows_of(standings(plan))
    rows = [row for item in found for row in _rows(item)]
    return Collected(plan, found, Table(COLUMNS, tuple(rows)))


def write_collected(collected: Collected, *, formats: Sequence[str] | None = None) -> tuple[Path, ...]:
    """Write results.tsv and its like beside the plan, and summary.json.

    Parameters
    ----------
    collected : Collected
        From `collect`.
    formats : sequence of str, optional
        From tsv, csv, json, parquet; the configuration's if not given.

    Raises
    ------
    UsageError
        Parquet is wanted and pyarrow is not installed.
    """
    plan = collected.plan
    wanted = plan.tasks[0].formats if formats is None else tuple(formats)
    written = []
    for form in wanted:
        path = plan.folder / f"results.{form}"
        if form == "parquet":
            _write_parquet(path, collected)
        else:
            write_text(path, _WRITERS[form](collected))
        written.append(path)
    path = plan.folder / "summary.json"
    write_text(path, json.dumps(collected.summary(), indent=2, ensure_ascii=False) + "\n")
    return (*written, path)


def _rows(item: Standing) -> Iterable[tuple[str, ...]]:
    task, options = item.task, item.task.options
    document: Mapping[str, Any] = item.found.document or {}
    wild, target = document.get("wild_type") or {}, document.get("target") or {}
    values = (
        task.number, task.name, task.hash[:12], task.model_name, task.medium_name, options.target, options.method,
        options.level, options.max_knockouts, options.min_growth, item.state.value, item.status,
        document.get("proven"), document.get("objective"), document.get("bound"), _gap(document.get("gap")),
        wild.get("growth"), target.get("theoretical_max"),
    )  # fmt: skip
    head = tuple(map(cell, values))
    error = document.get("error") or {}
    told = item.found.reason or "; ".join(str(error[key]) for key in ("what", "why", "hint") if error.get(key))
    designs = document.get("designs") or [{}]
    for design in designs:
        yield (*head, *(cell(design.get(name)) for name in DESIGN), cell(told))


def _gap(value: object) -> object:
    """A relative difference of numbers of nine digits: what is behind the ninth decimal is noise."""
    return round(value, DIGITS) if isinstance(value, float) else value


def _tsv(collected: Collected) -> str:
    return collected.table.to_text()


def _csv(collected: Collected) -> str:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(collected.table.columns)
    writer.writerows(collected.table.rows)
    return stream.getvalue()


def _json(collected: Collected) -> str:
    """Every task with its result, as read; one task per line."""
    lines = [
        json.dumps(
            {
                "task": item.task.number,
                "name": item.task.name,
                "hash": item.task.hash,
                "state": item.state.value,
                "reason": item.found.reason,
                "result": item.found.document,
            },
            ensure_ascii=False,
            allow_nan=False,
        )
        for item in collected.standings
    ]
    return "[\n" + ",\n".join(lines) + "\n]\n"


_WRITERS: Final = {"tsv": _tsv, "csv": _csv, "json": _json}


def _write_parquet(path: Path, collected: Collected) -> None:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise UsageError(
            "Parquet needs pyarrow, which is not installed here",
            where="outputs.formats",
            hint='pip install "strainopt[parquet]", or leave parquet out',
        ) from error
    columns = list(zip(*collected.table.rows, strict=True)) or [() for _ in COLUMNS]
    made = {name: pyarrow.array(_typed(values)) for name, values in zip(COLUMNS, columns, strict=True)}
    temporary = path.with_name(f".{path.name}.tmp")
    pyarrow.parquet.write_table(pyarrow.table(made), temporary)
    temporary.replace(path)


def _typed(values: Sequence[str]) -> list[str | float | None]:
    """Numbers where a whole column is numbers; empty cells are null. Ids such as 0010 stay text."""
    try:
        if any(text != "0" and text.startswith("0") and not text.startswith("0.") for text in values):
            return [text or None for text in values]
        return [float(text) if text else None for text in values]
    except ValueError:
        return [text or None for text in values]
