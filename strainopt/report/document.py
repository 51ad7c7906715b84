"""result.json: one document with everything that a run found and how."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from strainopt.design.plan import Plan
from strainopt.design.problem import Design, DesignSet, WildType
from strainopt.network.network import Network
from strainopt.report.numbers import Json, plain
from strainopt.report.provenance import Provenance
from strainopt.report.tables import DESIGN_COLUMNS

__all__ = ["SCHEMA_VERSION", "ModelInfo", "Run", "design_json", "plan_document", "result_document", "to_text"]

SCHEMA_VERSION = 1


@dataclass(frozen=True)
class ModelInfo:
    """The model file: id, hash of its bytes, and sizes."""

    id: str
    sha256: str
    reactions: int
    metabolites: int
    genes: int

    @classmethod
    def of(cls, network: Network, *, sha256: str) -> ModelInfo:
        """Sizes from the network."""
        metabolites, reactions = network.shape
        return cls(network.id, sha256, reactions, metabolites, len(network.gene_ids))


@dataclass(frozen=True, eq=False)
class Run:
    """What a document says besides the answer.

    `scenario` and `options` are written as they are: effective values, every one, by their names in docs/config.md.
    """

    command: str
    model: ModelInfo
    target: str
    scenario: Mapping[str, object]
    options: Mapping[str, object]
    provenance: Provenance


def result_document(run: Run, answer: DesignSet) -> dict[str, Json]:
    """The document of a design or evaluate run; nan and infinity are null."""
    statistics = dict(answer.statistics)
    big_m = statistics.pop("big_m", None)
    return {
        "schema_version": SCHEMA_VERSION,
        "command": run.command,
        "status": answer.status,
        "proven": answer.proven,
        "objective": plain(answer.objective),
        "bound": plain(answer.bound),
        "gap": plain(answer.gap),
        "stop_reason": answer.stop_reason,
        "seconds": plain(round(answer.seconds, 3)),
        **_question(run, answer.wild_type),
        "funnel": [plain(asdict(step)) for step in answer.funnel],
        "engine": {
            "name": answer.engine,
            "solver": answer.solver,
            "rounds": answer.rounds,
            "lps": answer.lps,
            "big_m": plain(big_m),
            "statistics": plain(statistics),
        },
        "designs": [design_json(design) for design in answer.designs],
        "refused": [{**design_json(design), "refusal": design.refusal} for design in answer.refused],
        "provenance": _origin(run.provenance),
    }


def plan_document(run: Run, plan: Plan, *, wild_type: WildType) -> dict[str, Json]:
    """The document of a dry run: what would be searched; the names are those of a result."""
    return {
        "schema_version": SCHEMA_VERSION,
        "command": run.command,
        "dry_run": True,
        **_question(run, wild_type),
        "funnel": [plain(asdict(step)) for step in plan.funnel],
        "engine": {"name": plan.engine.value, "solver": plan.solver},
        "reduced": {"reactions": plan.reactions, "metabolites": plan.metabolites},
        "search": {"different_candidates": plan.different, "sets": plan.sets},
        "provenance": _origin(run.provenance),
    }


def _question(run: Run, wild: WildType) -> dict[str, Json]:
    return {
        "model": plain(asdict(run.model)),
        "scenario": plain(run.scenario),
        "options": plain(run.options),
        "wild_type": plain({"growth": wild.growth, "product_min": wild.product_min, "product_max": wild.product_max}),
        "target": plain({"id": run.target, "theoretical_max": wild.theoretical_max}),
    }


def _origin(made: Provenance) -> Json:
    return plain({**asdict(made), "solvers": dict(made.solvers)})


def design_json(design: Design) -> dict[str, Json]:
    """One design, with the same names as designs.tsv."""
    return {name: plain(getattr(design, name)) for name in DESIGN_COLUMNS}


def to_text(document: Mapping[str, Json]) -> str:
    """The document as text: indented, unicode as it is, strict JSON."""
    return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
