"""Proofs of small questions, made as the command line makes them, and files with a seal that fits after tampering."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path

from strainopt.design.options import DesignOptions
from strainopt.design.problem import DesignSet
from strainopt.design.proof_writing import ModelFile, make_proof, proof_lines
from strainopt.design.request import answer, prepare
from strainopt.io.models import LoadedModel, read_model
from strainopt.proof.check import Checked, check
from strainopt.proof.reading import read_proof
from strainopt.search.outcome import Limits

ANAEROBIC = {"EX_o2_e": (0.0, None)}


@cache
def textbook() -> LoadedModel:
    return read_model("textbook")


def options(**asked: object) -> DesignOptions:
    return DesignOptions(model="textbook", target="EX_succ_e", **asked)


def answered(asked: DesignOptions) -> DesignSet:
    return answer(prepare(textbook().network, asked))


def proof_of(asked: DesignOptions, claimed: DesignSet | None = None) -> list[str]:
    """The lines of a proof; of another answer than the question's own, where one is given."""
    loaded = textbook()
    prepared = prepare(loaded.network, asked)
    found = answer(prepared) if claimed is None else claimed
    model = ModelFile(loaded.network, loaded.sha256, asked.missing_bounds, asked.gpr)
    return list(proof_lines(make_proof(prepared.posed.problem, found, model, limits=Limits(seed=asked.seed))))


def write(lines: Iterable[str], path: Path) -> Path:
    path.write_text("".join(lines), encoding="utf-8")
    return path


def sealed(records: list[dict]) -> list[str]:
    """Lines of records (without the end), with an end that fits them: what a forger would write."""
    lines = [json.dumps(record) + "\n" for record in records]
    digest = hashlib.sha256("".join(lines).encode()).hexdigest()
    return [*lines, json.dumps({"kind": "end", "lines": len(lines) + 1, "sha256": digest}) + "\n"]


def tampered(lines: list[str], change: Callable[[list[dict]], object]) -> list[str]:
    """The lines after a change of the records, sealed anew."""
    records = [json.loads(line) for line in lines[:-1]]
    change(records)
    return sealed(records)


def checked(path: Path) -> Checked:
    network = textbook().network
    return check(read_proof(path, network), network, source=path.name)
