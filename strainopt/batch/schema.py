"""The configuration as typed models; texts become values here, by the wish of each key. See docs/config.md."""

from __future__ import annotations

import warnings
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, create_model

from strainopt.batch.fields import (
    ALPHA,
    BOUNDS,
    CLOCK,
    COUNT,
    DURATION,
    FILTERS,
    FORMATS,
    GROWTH,
    IDS,
    LINES,
    MEMORY,
    NULL_COUNT,
    NULL_IDS,
    NULL_TEXT,
    PARTS,
    SHARE,
    SWITCH,
    TABLES,
    TEXT,
    UPTAKE,
    VERSION,
    WHOLE,
    word_field,
)  # fmt: skip
from strainopt.design import options as known

__all__ = [
    "FORMATS", "SCHEDULERS", "Cluster", "Config", "Matrix", "MediumEntry", "ModelEntry", "Options", "Outputs", "Run",
    "json_schema",
]  # fmt: skip

SCHEDULERS: Final = ("slurm", "sge", "pbs", "lsf")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Options(_Strict):
    """Options of a design, all of them optional; null means what the option means without a value."""

    model: Annotated[str, TEXT] = Field(default="", description="a name from `models`, a path, or a packaged model")
    target: Annotated[str, TEXT] = Field(default="", description="reaction whose flux is the product")
    biomass: Annotated[str | None, NULL_TEXT] = Field(
        default=None, description="growth reaction; null: the file's objective"
    )
    medium: Annotated[str | None, NULL_TEXT] = Field(
        default=None, description="a name from `media`, or a table; null: the model's own"
    )
    bounds: Annotated[dict[str, Any], BOUNDS] = Field(default={}, description="RXN: [LB, UB]; null keeps a side")
    missing_bounds: Annotated[str, word_field("error", "default")] = Field(
        default="error", description="reactions without bounds in the file: refuse, or -1000 to 1000"
    )
    gpr: Annotated[str, word_field("strict", "skip")] = Field(
        default="strict", description="gene rules that cannot be read: refuse, or treat as gene-free"
    )
    level: Annotated[str, word_field(*known.LEVELS)] = Field(default="reaction", description="what is deleted")
    knockouts: Annotated[tuple[str, ...], IDS] = Field(
        default=(), description="deleted beforehand, in the wild type too"
    )
    method: Annotated[str, word_field(*known.METHODS)] = Field(
        default="robustknock", description="what a design is credited with"
    )
    alpha: Annotated[float, ALPHA] = Field(default=1.0, description="pessimistic: part of the maximal growth")
    ties: Annotated[str, word_field("pessimistic", "optimistic")] = Field(
        default="pessimistic", description="pfba: equal total fluxes"
    )
    objective: Annotated[str, word_field("rate", "yield")] = Field(
        default="rate", description="product rate, or product per substrate"
    )
    substrate: Annotated[str | None, NULL_TEXT] = Field(
        default=None, description="exchange of the substrate, for yields"
    )
    certify: Annotated[str, word_field("lp", "exact")] = Field(
        default="lp", description="arithmetic of the final check"
    )
    min_growth: Annotated[str, GROWTH] = Field(default="10%", description="1/h, or percent of the wild type's growth")
    candidates: Annotated[tuple[str, ...] | None, NULL_IDS] = Field(
        default=None, description="ids or globs that may be deleted; null: all"
    )
    candidates_file: Annotated[str | None, NULL_TEXT] = Field(
        default=None, description="in place of candidates: a table with knock-ins, bounds, costs; see formulations.md"
    )
    exclude: Annotated[tuple[str, ...], IDS] = Field(default=(), description="ids or globs that must stay")
    filters: Annotated[tuple[str, ...] | None, FILTERS] = Field(
        default=None,
        description="what leaves the candidates, or none; null: exchange, no-gpr, spontaneous, essential, blocked; "
        "where candidates are named: essential, blocked",
    )
    max_knockouts: Annotated[int, COUNT] = Field(default=3, description="most interventions, or their total cost")
    engine: Annotated[str, word_field(*known.ENGINES)] = Field(default="auto", description="which search answers")
    solver: Annotated[str | None, word_field(*known.SOLVERS, null=True)] = Field(
        default=None, description="solver of the engine; null: its own"
    )
    formulation: Annotated[str, word_field(*known.FORMULATIONS)] = Field(
        default="strong-duality", description="milp: how optimality is written"
    )
    threads: Annotated[int, COUNT] = Field(
        default=1, description="processes that share one task's search (benders), or threads of its solver (milp)"
    )
    seed: Annotated[int, WHOLE] = Field(default=0, description="same seed, same output")
    designs: Annotated[int, COUNT] = Field(default=1, description="how many designs")
    within: Annotated[float, SHARE] = Field(
        default=0.0, description="with designs above 1: how far, as a part of the best, others may be below"
    )
    time_limit: Annotated[float | None, DURATION] = Field(
        default=None, description="covers everything, verification too"
    )
    split: Annotated[int, PARTS] = Field(
        default=1, description="so many tasks that share the search, joined to one row; see docs/cluster.md"
    )


class Run(Options):
    """One run, beside the matrix."""

    name: Annotated[str, TEXT] = Field(description="unique; the row in the table")


def _file_entry(value: Any) -> Any:
    return {"file": value} if isinstance(value, str) else value


class ModelEntry(_Strict):
    """A model and what always goes with it."""

    file: Annotated[str, TEXT] = Field(description="a path from here, or a packaged model")
    biomass: Annotated[str | None, NULL_TEXT] = Field(
        default=None, description="growth reaction; null: the file's objective"
    )
    bounds: Annotated[dict[str, Any], BOUNDS] = Field(default={}, description="RXN: [LB, UB]; null keeps a side")
    missing_bounds: Annotated[str, word_field("error", "default")] = Field(
        default="error", description="reactions without bounds in the file: refuse, or -1000 to 1000"
    )
    gpr: Annotated[str, word_field("strict", "skip")] = Field(
        default="strict", description="gene rules that cannot be read: refuse, or treat as gene-free"
    )


class MediumEntry(_Strict):
    """A medium: a table, or uptakes given here; with neither, the model's own. Bounds come on top."""

    file: Annotated[str | None, NULL_TEXT] = Field(default=None, description="a table with exchange and max_uptake")
    uptake: Annotated[dict[str, float] | None, UPTAKE] = Field(
        default=None, description="EXCHANGE: most uptake, mmol/gDW/h; others are closed"
    )
    bounds: Annotated[dict[str, Any], BOUNDS] = Field(default={}, description="RXN: [LB, UB]; null keeps a side")


class Cluster(_Strict):
    """What an array job asks of the scheduler."""

    scheduler: Annotated[str, word_field(*SCHEDULERS)] = Field(default="slurm", description="who runs the array")
    time: Annotated[int | None, CLOCK] = Field(default=None, description="per array index")
    memory: Annotated[int | None, MEMORY] = Field(default=None, description="per array index")
    cpus: Annotated[int, COUNT] = Field(
        default=1, description="per array index; that many tasks of a chunk run at once"
    )
    chunk: Annotated[int, COUNT] = Field(default=1, description="tasks per array index")
    array_size: Annotated[int | None, NULL_COUNT] = Field(
        default=None, description="most indices that an array may have; more become several arrays"
    )
    max_running: Annotated[int | None, NULL_COUNT] = Field(default=None, description="array indices at a time")
    partition: Annotated[str | None, NULL_TEXT] = Field(default=None, description="partition or queue")
    account: Annotated[str | None, NULL_TEXT] = Field(default=None, description="account or project to be charged")
    job_name: Annotated[str, TEXT] = Field(default="strainopt", description="name in the queue")
    parallel_environment: Annotated[str, TEXT] = Field(default="smp", description="sge: for more than one cpu")
    signal_before: Annotated[int, WHOLE] = Field(default=120, description="seconds between the warning and the end")
    requeue: Annotated[bool, SWITCH] = Field(default=False, description="an interrupted index queues itself again")
    command: Annotated[str, TEXT] = Field(default="strainopt", description="how the program is called on a node")
    prologue: Annotated[tuple[str, ...], LINES] = Field(default=(), description="lines of the shell before the program")
    extra: Annotated[tuple[str, ...], LINES] = Field(
        default=(), description="further directives, without #SBATCH and the like"
    )
    skip: Annotated[tuple[str, ...], LINES] = Field(
        default=(), description="directives to leave out, by how they begin"
    )


class Outputs(_Strict):
    """Where results go and in which forms."""

    dir: Annotated[str, TEXT] = Field(default="results", description="a folder, from here")
    formats: Annotated[tuple[str, ...], TABLES] = Field(
        default=("tsv", "json"), description="forms of the collected table"
    )
    fluxes: Annotated[bool, SWITCH] = Field(default=False, description="flux tables of each task too")


def _axis(value: Any) -> Any:
    return value if isinstance(value, list) else [value]


class _MatrixBase(_Strict):
    """Product of all lists, without what `exclude` matches, with what `include` adds."""

    include: list[Options] = Field(default=[], description="further combinations")
    exclude: list[Options] = Field(default=[], description="combinations left out: those with all of these values")


def _axes() -> dict[str, Any]:
    """Every option as a list; `exclude` is the matrix's own key."""
    axes: dict[str, Any] = {}
    for name, info in Options.model_fields.items():
        if name != "exclude":
            item = info.rebuild_annotation()
            values = Annotated[list[item], BeforeValidator(_axis), Field(min_length=1)]  # type: ignore[valid-type]
            axes[name] = (values | None, Field(default=None, description=info.description))
    return axes


Matrix: Any = create_model("Matrix", __base__=_MatrixBase, **_axes())


class Config(_Strict):
    """The whole file."""

    version: Annotated[Literal["1"], VERSION]
    defaults: Options = Options()
    models: dict[str, Annotated[ModelEntry, BeforeValidator(_file_entry)]] = {}
    media: dict[str, Annotated[MediumEntry, BeforeValidator(_file_entry)]] = {}
    matrix: Matrix | None = None
    runs: list[Run] = []
    cluster: Cluster = Cluster()
    outputs: Outputs = Outputs()


def json_schema() -> dict[str, Any]:
    """JSON Schema of the file, for editors."""
    with warnings.catch_warnings():
        # pydantic wonders at tuples that it writes as lists, which is what JSON has for them.
        warnings.simplefilter("ignore", UserWarning)
        made = Config.model_json_schema()
    return {**made, "$schema": "https://json-schema.org/draft/2020-12/schema", "title": "strainopt configuration"}
