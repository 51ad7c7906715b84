"""The question of a proof on a model: its network in the scenario, lumps, items, and how a state becomes a clause."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from strainopt.errors import VerificationError
from strainopt.network.network import Network
from strainopt.proof.arithmetic import Arithmetic
from strainopt.proof.facts import Threshold
from strainopt.proof.fluxes import FluxCheck
from strainopt.proof.items import Items, gene_items, reaction_items
from strainopt.proof.narrow import Lump, Narrowing
from strainopt.proof.records import Flux, Level, Question, Witness
from strainopt.proof.tree import item_mask
from strainopt.tolerances import LARGEST_FLUX

__all__ = ["Case", "case_of"]


@dataclass(frozen=True, eq=False)
class Case:
    """A question with everything that follows from it and the model.

    Attributes
    ----------
    network : Network
        In the scenario, no bound beyond `LARGEST_FLUX`.
    lump_of : mapping
        Reaction id to the lump that it is in; closed reactions are missing.
    """

    question: Question
    network: Network
    lumps: tuple[Lump, ...]
    lump_of: Mapping[str, int]
    items: Items
    arithmetic: Arithmetic
    fluxes: FluxCheck
    threshold: Threshold

    def support(self, witness: Witness, *, where: str) -> int:
        """Items whose deletion may stop a witness (a bit mask).

        At reaction level the items that have a used lump. At gene level those of the genes named by the witness,
        which must keep every used reaction open whatever other candidates are deleted.

        Raises
        ------
        VerificationError
            The genes named do not keep a used reaction open.
        """
        if self.question.level is Level.REACTION:
            return item_mask(self.items, list(witness.flux))
        kept = frozenset(witness.genes)
        missing = frozenset(self.question.candidates) - kept
        for lump in {self.lump_of[name] for name in witness.flux if name in self.lump_of}:
            if not self.items.open_with(lump, missing):
                name = self.network.reaction_ids[self.lumps[lump].members[0][0]]
                raise VerificationError(f"the genes named do not keep {name} open, which the witness uses", where=where)
        return item_mask(self.items, witness.genes)

    def rate(self, flux: Flux, reaction: str) -> float:
        """Flux of one reaction."""
        return flux.get(reaction, 0.0)

    @property
    def product_lump(self) -> frozenset[int]:
        """The lump of the target; nothing if it is closed in every state."""
        name = self.question.target
        return frozenset({self.lump_of[name]} if name in self.lump_of else ())

    def closed_by(self, candidates: Iterable[str]) -> frozenset[int]:
        """Lumps closed by deleting these candidates."""
        return self.items.closed(sorted({self.items.of[name] for name in candidates if name in self.items.of}))

    def disabled(self, candidates: Sequence[str]) -> frozenset[str]:
        """Reactions that deleting these candidates disables, by the model's own rules."""
        if self.question.level is Level.REACTION:
            return frozenset(candidates)
        return frozenset(self.network.reaction_ids[column] for column in self.network.disabled_by_genes(candidates))


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
    lower, upper = network.lower.copy(), network.upper.copy()
    for name, (low, high) in question.bounds.items():
        column = network.reaction_index[name]
        lower[column], upper[column] = low, high
    lower, upper = np.maximum(lower, -LARGEST_FLUX), np.minimum(upper, LARGEST_FLUX)
    changed = network.with_bounds(lower, upper)
    lumps = Narrowing(changed.stoichiometry, lower, upper).lumps()
    ids = network.reaction_ids
    if question.level is Level.GENE:
        items = gene_items(lumps, question.candidates, rules=network.rules, costs=question.costs)
    else:
        items = reaction_items(lumps, question.candidates, reactions=ids, costs=question.costs)
    arithmetic = Arithmetic(
        lumps,
        metabolites=network.metabolite_ids,
        biomass=network.reaction_index[question.biomass],
        target=network.reaction_index[question.target],
    )
    return Case(
        question=question,
        network=changed,
        lumps=lumps,
        lump_of={ids[member]: place for place, lump in enumerate(lumps) for member, _ in lump.members},
        items=items,
        arithmetic=arithmetic,
        fluxes=FluxCheck(changed),
        threshold=Threshold(question.method, question.alpha, question.min_growth, question.beta),
    )
