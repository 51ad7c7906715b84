"""Static findings: what can be said of a network without solving anything."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import numpy as np

from strainopt.network.findings import Finding, Severity, finding
from strainopt.network.medium import uptake_rates
from strainopt.network.network import Network
from strainopt.network.rules import Gene, Rule, alternatives

__all__ = ["biomass_candidates", "diagnose"]

UNLIMITED: Final = 999.0
"""An uptake limit of this size, mmol/gDW/h, or more is 'no limit' by the custom of 999, 1000, 99999 or infinity."""

MOST_EXPANDED: Final = 100
"""Rules with more complexes are left out of the search for genes without effect: it is quadratic in this number."""

_LOOKS_LIKE_GROWTH = re.compile(r"biomass|growth|(?<![a-z])bof(?![a-z])", re.IGNORECASE)
_CARBON = re.compile(r"C(?![a-z])")


def diagnose(network: Network) -> tuple[Finding, ...]:
    """Static findings about a network, in a fixed order; the codes are listed in docs/findings.md."""
    found = [
        _finding_if(
            "reaction-empty",
            "reactions without any metabolite",
            _named(network, np.diff(network.stoichiometry.indptr) == 0),
            severity=Severity.WARNING,
        ),
        _finding_if("one-sided", "reactions that make or lose several metabolites at once", _one_sided(network)),
        _finding_if(
            "reaction-closed",
            "reactions whose bounds are both zero",
            _named(network, network.lower == network.upper, zero=True),
        ),
        _finding_if(
            "flux-forced",
            "reactions whose bounds force a flux; deleting one leaves no flux state",
            _named(network, (network.lower > 0.0) | (network.upper < 0.0)),
        ),
        _finding_if(
            "bounds-infinite",
            "reactions without a lower or an upper limit",
            _named(network, np.isinf(network.lower) | np.isinf(network.upper)),
        ),
        _finding_if(
            "uptake-unlimited",
            "carbon sources that may be taken up without limit",
            _unlimited_carbon(network),
            severity=Severity.WARNING,
            hint="limit them with a medium or with --bounds",
        ),
        _finding_if("metabolite-unused", "metabolites that no reaction uses", _unused(network), severity=Severity.INFO),
        _finding_if(
            "metabolite-dead-end",
            "metabolites that can only be made or only be used, so their reactions carry no flux",
            _dead_ends(network),
        ),
        _finding_if("gene-unused", "genes that no rule mentions", _unused_genes(network)),
        _finding_if(
            "gene-idle",
            "genes that a rule mentions without effect: no deletion of them changes it",
            _idle_genes(network),
            severity=Severity.WARNING,
        ),
    ]
    return tuple(item for item in found if item is not None)


def biomass_candidates(network: Network) -> tuple[str, ...]:
    """Reactions that look like growth by id or name, those with most metabolites first."""
    sizes = np.diff(network.stoichiometry.indptr)
    named = [
        column
        for column, (name, title) in enumerate(zip(network.reaction_ids, network.reaction_names, strict=True))
        if _LOOKS_LIKE_GROWTH.search(name) or _LOOKS_LIKE_GROWTH.search(title)
    ]
    return tuple(network.reaction_ids[column] for column in sorted(named, key=lambda at: (-int(sizes[at]), at)))


def _finding_if(
    code: str, message: str, places: Sequence[str], *, severity: Severity = Severity.INFO, hint: str = ""
) -> Finding | None:
    return finding(code, severity, message=message, places=places, hint=hint) if places else None


def _named(network: Network, mask: np.ndarray[tuple[int], np.dtype[np.bool_]], *, zero: bool = False) -> list[str]:
    chosen = mask & (network.lower == 0.0) if zero else mask
    return [network.reaction_ids[column] for column in np.flatnonzero(chosen)]


def _one_sided(network: Network) -> list[str]:
    matrix = network.stoichiometry
    names = []
    for column, name in enumerate(network.reaction_ids):
        values = matrix.data[matrix.indptr[column] : matrix.indptr[column + 1]]
        if len(values) > 1 and (np.all(values > 0.0) or np.all(values < 0.0)):
            names.append(name)
    return names


def _unlimited_carbon(network: Network) -> list[str]:
    matrix, rates = network.stoichiometry, uptake_rates(network)
    names = []
    for column in np.flatnonzero(rates >= UNLIMITED):
        formula = network.metabolite_formulas[matrix.indices[matrix.indptr[column]]]
        if _CARBON.search(formula) and formula not in ("CO2", "CHO3"):
            names.append(network.reaction_ids[column])
    return names


def _unused(network: Network) -> list[str]:
    used = np.zeros(network.shape[0], dtype=bool)
    used[network.stoichiometry.indices] = True
    return [network.metabolite_ids[row] for row in np.flatnonzero(~used)]


def _dead_ends(network: Network) -> list[str]:
    matrix = network.stoichiometry.tocoo()
    columns, signs = matrix.col, matrix.data > 0.0
    forward, backward = network.upper[columns] > 0.0, network.lower[columns] < 0.0
    makes = np.zeros(network.shape[0], dtype=bool)
    uses, present = makes.copy(), makes.copy()
    makes[matrix.row[(signs & forward) | (~signs & backward)]] = True
    uses[matrix.row[(~signs & forward) | (signs & backward)]] = True
    present[matrix.row[forward | backward]] = True
    return [network.metabolite_ids[row] for row in np.flatnonzero(present & (makes != uses))]


def _unused_genes(network: Network) -> list[str]:
    mentioned: set[str] = set()
    for rule in network.rules:
        mentioned |= rule.genes() if rule is not None else frozenset()
    return [gene for gene in network.gene_ids if gene not in mentioned]


def _idle_genes(network: Network) -> list[str]:
    return [
        f"{gene} in {name}"
        for name, rule in zip(network.reaction_ids, network.rules, strict=True)
        if rule is not None
        for gene in _idle(rule)
    ]


def _idle(rule: Rule) -> list[str]:
    # A rule without nested groups mentions each gene once after simplification, so every gene matters.
    if isinstance(rule, Gene) or all(isinstance(part, Gene) for part in rule.parts):
        return []
    complexes = alternatives(rule, most=MOST_EXPANDED)
    if complexes is None:
        return []
    needed = frozenset().union(*complexes)
    return sorted(rule.genes() - needed)
