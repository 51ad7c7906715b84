"""A parsed model as one archive of arrays and text: quick to read, and reading it runs nothing (no pickles)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final

import numpy as np
from scipy import sparse

from strainopt.network.archive import archived, from_archive
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
    told["rules"] = ["" if rule is None else rule.to_text() for rule in network.rules]
    told["findings"] = [asdict(item) for item in findings]
    matrix = network.stoichiometry
    arrays = {"data": matrix.data, "indices": matrix.indices, "indptr": matrix.indptr}
    arrays |= {name: getattr(network, name) for name in _ARRAYS}
    return archived(told, arrays, version=ARCHIVE_FORMAT, compressed=False)


def network_from_archive(data: bytes, *, where: str = "") -> tuple[Network, tuple[Finding, ...]]:
    """What `network_to_archive` wrote.

    Raises
    ------
    InputError
        The bytes are damaged, or of another format.
    """
    return from_archive(data, _read, version=ARCHIVE_FORMAT, what="a model", where=where)


def _read(arrays: Mapping[str, np.ndarray], told: Mapping[str, Any]) -> tuple[Network, tuple[Finding, ...]]:
    return _network(arrays, told), _findings(told["findings"])


def _network(arrays: Mapping[str, np.ndarray], told: Mapping[str, Any]) -> Network:
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
