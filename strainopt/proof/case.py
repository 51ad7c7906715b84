"""The question of a proof on a model: its network in the scenario, lumps, items, and how a state becomes a clause."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from strainopt.errors import VerificationError
from strainopt.network.network import Network
from strainopt.proof.arithmetic import Arithmetic
from strainopt.proof.facts import Threshold
from strainopt.proof.fluxes import FluxCheck
from strainopt.proof.items import Item, Items, gene_items, reaction_items
from strainopt.proof.narrow import Lump, Narrowing
from strainopt.proof.records import Flux, Level, Question, Witness
from strainopt.proof.split import Columns, split
from strainopt.proof.tree import item_mask
from strainopt.tolerances import LARGEST_FLUX

__all__ = ["Case", "case_of"]


@dataclass(frozen=True, eq=False)
class Case:
    """A question with everything that follows from it and the model.

    Attributes
    ----------
    network : Network
        In the scenario, with every knock-in; no bound beyond `LARGEST_FLUX`.
    columns : Columns
        Its reactions, and the rests of those that candidates narrow.
    lump_of : mapping
        Reaction id to the lump that it is in; closed reactions are missing.
    rest_of : mapping
        Narrowed reaction to the lump of its rest, where that is open.
    """

    question: Question
    network: Network
    columns: Columns
    lumps: tuple[Lump, ...]
    lump_of: Mapping[str, int]
    rest_of: Mapping[str, int]
    items: Items
    arithmetic: Arithmetic
    fluxes: FluxCheck
    threshold: Threshold

    def support(self, witness: Witness, *, where: str) -> int:
        """Items that may stop a witness: those that its reactions have (a bit mask).

        At gene level those of the genes named by the witness, which must keep every used reaction open whatever other
        genes are deleted. A narrowed reaction counts where its flux is outside the narrow bounds, a knock-in where it
        has a flux.

        Raises
        ------
        VerificationError
            The genes named do not keep a used reaction open.
        """
        question, flux = self.question, witness.flux
        used = [name for name in flux if name not in question.narrowed]
        used += [name for name in flux if name in self.rest_of and self.columns.exceeds(name, flux[name])]
        if question.level is Level.REACTION:
            return item_mask(self.items, used)
        missing = frozenset(question.genes) - frozenset(witness.genes)
        for lump in self._lumps_used(flux):
            if not self.items.open_with(lump, missing):
                column = self.lumps[lump].members[0][0]
                name = self.network.reaction_ids[self.columns.reaction[column]]
                raise VerificationError(f"the genes named do not keep {name} open, which the witness uses", where=where)
        direct = {*question.knock_ins, *question.narrowed, *question.reactions}
        return item_mask(self.items, [*witness.genes, *(name for name in used if name in direct)])

    def _lumps_used(self, flux: Flux) -> frozenset[int]:
        used = {self.lump_of[name] for name in flux if name in self.lump_of}
        return frozenset(used | {lump for name, lump in self.rest_of.items() if name in flux})

    def rate(self, flux: Flux, reaction: str) -> float:
        """Flux of one reaction."""
        return flux.get(reaction, 0.0)

    @property
    def product_lumps(self) -> frozenset[int]:
        """The lumps that the target's flux is in; none if it is closed in every state."""
        name = self.question.target
        return frozenset(table[name] for table in (self.lump_of, self.rest_of) if name in table)

    @property
    def knock_ins(self) -> Mapping[str, int]:
        """Knock-ins to their items; those that can carry no flux are missing."""
        return {name: self.items.of[name] for name in self.question.knock_ins if name in self.items.of}

    def chosen(self, names: Collection[str]) -> tuple[int, ...]:
        """The items that close something in a design: of what it chooses, and of the knock-ins that it does not."""
        of, knock_ins = self.items.of, self.knock_ins
        chosen = {of[name] for name in names if name in of and name not in knock_ins}
        return tuple(sorted(chosen | {item for name, item in knock_ins.items() if name not in names}))

    def closed_by(self, names: Collection[str]) -> frozenset[int]:
        """Lumps closed in the design that chooses these candidates."""
        return self.items.closed(self.chosen(names))

    def disabled(self, names: Collection[str]) -> frozenset[str]:
        """Reactions that the design of these candidates is without, by the model's own rules."""
        question, ids = self.question, self.network.reaction_ids
        deletes = question.deletes(names)
        absent = {name for name in question.knock_ins if name not in names}
        if question.level is Level.REACTION:
            return frozenset({*deletes, *absent})
        genes = frozenset(deletes) - frozenset(question.reactions)
        by_rule = (ids[column] for column in self.network.disabled_by_genes(sorted(genes)))
        return frozenset({*(set(deletes) - genes), *absent, *by_rule})

    def exceeded(self, names: Collection[str], flux: Flux) -> Iterable[str]:
        """Reactions that the design narrows, and whose flux does not keep to that."""
        for name, (low, high) in self.question.narrowed.items():
            if name in names and not low <= self.rate(flux, name) <= high:
                yield name


def case_of(question: Question, network: Network) -> Case:
    """Apply the scenario and work out lumps and items.

    Parameters
    ----------
    question : Question
        Its ids are known to be the model's.
    network : Network
        As in the file.

    Raises
    ------
    ModelError
        The scenario leaves no flux state.
    """
    changed = _scenario(question, network)
    columns = split(changed, question.narrowed)
    lumps = Narrowing(columns.matrix, columns.lower, columns.upper).lumps()
    ids, whole = network.reaction_ids, network.shape[1]
    place_of = {member: place for place, lump in enumerate(lumps) for member, _ in lump.members}
    rests = {ids[columns.reaction[column]]: place for column, place in place_of.items() if column >= whole}
    lump_of = {ids[column]: place for column, place in place_of.items() if column < whole}
    return Case(
        question=question,
        network=changed,
        columns=columns,
        lumps=lumps,
        lump_of=lump_of,
        rest_of=rests,
        items=_items(question, changed, columns, lumps, lump_of=lump_of, rest_of=rests),
        arithmetic=Arithmetic(
            lumps,
            metabolites=network.metabolite_ids,
            biomass=columns.of(network.reaction_index[question.biomass]),
            target=columns.of(network.reaction_index[question.target]),
        ),
        fluxes=FluxCheck(changed),
        threshold=Threshold(question.method, question.alpha, question.min_growth, question.beta),
    )


def _scenario(question: Question, network: Network) -> Network:
    lower, upper = network.lower.copy(), network.upper.copy()
    for name, (low, high) in question.bounds.items():
        column = network.reaction_index[name]
        lower[column], upper[column] = low, high
    return network.with_bounds(np.maximum(lower, -LARGEST_FLUX), np.minimum(upper, LARGEST_FLUX))


def _items(
    question: Question,
    network: Network,
    columns: Columns,
    lumps: Sequence[Lump],
    *,
    lump_of: Mapping[str, int],
    rest_of: Mapping[str, int],
) -> Items:
    """What may be chosen, and after it the knock-ins, each on its own: closed where they are not bought."""
    closes = {name: (lump,) for name, lump in lump_of.items() if name not in question.narrowed}
    closes |= {name: (lump,) for name, lump in rest_of.items()}
    genes = frozenset(question.genes)
    direct = [name for name in question.candidates if name not in genes and name not in question.knock_ins]
    added = [Item((name,), question.cost([name]), (lump_of[name],)) for name in question.knock_ins if name in lump_of]
    others = [*reaction_items(closes, direct, costs=question.costs), *added]
    if question.level is Level.REACTION:
        return Items(others, None)
    rules = [network.rules[reaction] for reaction in columns.reaction]
    return gene_items(lumps, question.genes, rules=rules, costs=question.costs, others=others)
