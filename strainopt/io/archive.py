"""A parsed model as one archive of arrays and text: quick to read, and reading it runs nothing (no pickles)."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import asdict
from typing import Any, Final

import numpy as np
from scipy import sparse

from strainopt.errors import InputError
from strainopt.network.findings import Finding, Severity
from strainopt.network.gpr import parse_rule
from strainopt.network.network import Network
from strainopt.network.rules import Rule

__all__ = ["ARCHIVE_FORMAT", "network_from_archive", "network_to_archive"]

ARCHIVE_FORMAT: Final = 1
"""Changes when an older reader would misread a newer archive."""

_ARRAYS: Final = ("lower", "upper", "objective")
_TEXTS: Final = (
    "id", "reaction_ids", "metabolite_ids", "gene_ids", "reaction_names", "metabolite_names",
    "metabolite_compartments", "metabolite_formulas",
)  # fmt: skip


def network_to_archive(network: Network, findings: tuple[Finding, ...]) -> bytes:
    """The network and what was found on reading it, as bytes; the same for the same network."""
    told: dict[str, Any] = {name: getattr(network, name) for name in _TEXTS}
    told["format"] = ARCHIVE_FORMAT
    told["rules"] = ["" if rule is None else rule.to_text() for rule in network.rules]
    told["findings"] = [asdict(item) for item in findings]
    matrix = network.stoichiometry
    stream = io.BytesIO()
    np.savez(
        stream,
        text=np.frombuffer(json.dumps(told, ensure_ascii=False).encode("utf-8"), dtype=np.uint8),
        data=matrix.data,
        indices=matrix.indices,
        indptr=matrix.indptr,
        lower=network.lower,
        upper=network.upper,
        objective=network.objective,
    )
    return stream.getvalue()


def network_from_archive(data: bytes, *, where: str = "") -> tuple[Network, tuple[Finding, ...]]:
    """What `network_to_archive` wrote.

    Raises
    ------
    InputError
        The bytes are damaged, or of another format.
    """
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
        told = json.loads(arrays["text"].tobytes().decode("utf-8"))
        if told["format"] != ARCHIVE_FORMAT:
            raise ValueError(f"format {told['format']} instead of {ARCHIVE_FORMAT}")
        return _network(arrays, told), _findings(told["findings"])
    except (ValueError, KeyError, OSError, EOFError, zipfile.BadZipFile) as error:
        raise InputError("the archive of a model is damaged", where=where, why=str(error)) from error


def _network(arrays: dict[str, np.ndarray], told: dict[str, Any]) -> Network:
    texts: dict[str, Any] = {name: told[name] if name == "id" else tuple(told[name]) for name in _TEXTS}
    shape = (len(texts["metabolite_ids"]), len(texts["reaction_ids"]))
    matrix = sparse.csc_array((arrays["data"], arrays["indices"], arrays["indptr"]), shape=shape)
    known = frozenset(texts["gene_ids"])
    parsed: dict[str, Rule | None] = {text: parse_rule(text, known=known) for text in dict.fromkeys(told["rules"])}
    rules = tuple(parsed[text] for text in told["rules"])
    numbers: dict[str, Any] = {name: arrays[name] for name in _ARRAYS}
    return Network(**texts, **numbers, stoichiometry=matrix, rules=rules)


def _findings(told: list[dict[str, Any]]) -> tuple[Finding, ...]:
    return tuple(
        Finding(**{**item, "severity": Severity(item["severity"]), "examples": tuple(item["examples"])})
        for item in told
    )
