"""Filters that read the network alone: exchange, transport, no-gpr, spontaneous."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

import numpy as np

from strainopt.network.gpr import Rule
from strainopt.network.network import Network
from strainopt.network.scenario import Level
from strainopt.reduce.funnel import Filter

__all__ = ["gene_reactions", "is_spontaneous_gene", "leaves_statically", "transport_reactions"]

SPONTANEOUS_GENE: Final = re.compile(r"(?:G_)?s0001(?:[._]\d+)?|.*spont.*", re.IGNORECASE)
"""Pseudo-genes that models write where no gene is needed: s0001 in BiGG models, SPONT or spontaneous elsewhere."""

Leaves = Callable[[str, tuple[int, ...]], bool]


def gene_reactions(network: Network) -> Mapping[str, tuple[int, ...]]:
    """For each gene, the reactions whose rules name it, in the order of the model."""
    users: dict[str, list[int]] = {}
    for reaction, rule in enumerate(network.rules):
        for gene in rule.genes() if rule is not None else ():
            users.setdefault(gene, []).append(reaction)
    return {gene: tuple(reactions) for gene, reactions in users.items()}


def is_spontaneous_gene(name: str) -> bool:
    """Whether the id stands for "no gene needed"."""
    return SPONTANEOUS_GENE.fullmatch(name) is not None


def transport_reactions(network: Network) -> frozenset[int]:
    """Reactions whose metabolites sit in more than one named compartment.

    So group translocation (glucose outside, glucose 6-phosphate inside) and ion-pumping enzymes of the membrane count
    as transport. Where the model names no compartments, nothing does.
    """
    starts, rows = network.stoichiometry.indptr, network.stoichiometry.indices
    compartments = network.metabolite_compartments
    return frozenset(
        j
        for j in range(network.shape[1])
        if len({compartments[row] for row in rows[starts[j] : starts[j + 1]]} - {""}) > 1
    )


def leaves_statically(network: Network, chosen: Filter, *, level: Level) -> Leaves:
    """The test of one filter: takes an id and the reactions it names, says whether it leaves."""
    if chosen is Filter.EXCHANGE:
        return _all_in(frozenset(int(j) for j in np.flatnonzero(network.boundary)))
    if chosen is Filter.TRANSPORT:
        return _all_in(transport_reactions(network))
    if chosen is Filter.NO_GPR:
        return _without_rule(network)
    if chosen is Filter.SPONTANEOUS:
        return _spontaneous_gene if level is Level.GENE else _spontaneous_rule(network)
    raise ValueError(f"{chosen} needs linear programs")


def _all_in(reactions: frozenset[int]) -> Leaves:
    return lambda _name, named: bool(named) and reactions.issuperset(named)


def _without_rule(network: Network) -> Leaves:
    return lambda _name, named: all(network.rules[j] is None for j in named)


def _spontaneous_gene(name: str, _named: tuple[int, ...]) -> bool:
    return is_spontaneous_gene(name)


def _spontaneous_rule(network: Network) -> Leaves:
    def holds_without_genes(rule: Rule | None) -> bool:
        if rule is None:
            return False
        return rule.holds_without(frozenset(gene for gene in rule.genes() if not is_spontaneous_gene(gene)))

    return lambda _name, named: bool(named) and all(holds_without_genes(network.rules[j]) for j in named)
