"""The metabolic network as frozen arrays: what every computation starts from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy import sparse

from strainopt.errors import UsageError
from strainopt.network.lookup import nearest, nearest_reaction
from strainopt.network.rules import Rule

__all__ = ["Network"]

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Network:
    """A stoichiometric model at steady state: `stoichiometry @ v = 0`, `lower <= v <= upper`.

    Attributes
    ----------
    id : str
    reaction_ids, metabolite_ids, gene_ids : tuple of str
        Exactly as in the file.
    reaction_names, metabolite_names : tuple of str
        Human names, possibly empty strings.
    metabolite_compartments, metabolite_formulas : tuple of str
        Possibly empty strings.
    stoichiometry : scipy.sparse.csc_array, shape (metabolites, reactions)
    lower, upper : float arrays, shape (reactions,)
        Flux bounds in mmol/gDW/h (biomass in 1/h); +-numpy.inf where there is none.
    objective : float array, shape (reactions,)
        The file's own objective, always to be maximised.
    rules : tuple of (Rule or None), one per reaction
        Gene rule; None where the reaction has none.
    """

    id: str
    reaction_ids: tuple[str, ...]
    metabolite_ids: tuple[str, ...]
    gene_ids: tuple[str, ...]
    reaction_names: tuple[str, ...]
    metabolite_names: tuple[str, ...]
    metabolite_compartments: tuple[str, ...]
    metabolite_formulas: tuple[str, ...]
    stoichiometry: sparse.csc_array
    lower: FloatArray
    upper: FloatArray
    objective: FloatArray
    rules: tuple[Rule | None, ...]

    @property
    def shape(self) -> tuple[int, int]:
        """Metabolites and reactions."""
        return len(self.metabolite_ids), len(self.reaction_ids)

    @cached_property
    def reaction_index(self) -> Mapping[str, int]:
        """Column of each reaction id."""
        return {name: column for column, name in enumerate(self.reaction_ids)}

    @cached_property
    def gene_index(self) -> Mapping[str, int]:
        """Position of each gene id."""
        return {name: position for position, name in enumerate(self.gene_ids)}

    @cached_property
    def boundary(self) -> npt.NDArray[np.bool_]:
        """Reactions with one metabolite only: exchanges, demands and sinks."""
        return np.asarray(np.diff(self.stoichiometry.indptr) == 1)

    def reaction(self, name: str, *, where: str = "") -> int:
        """Column of the reaction `name`.

        Raises
        ------
        UsageError
            There is no such reaction; the nearest ids are in the hint.
        """
        if name in self.reaction_index:
            return self.reaction_index[name]
        raise UsageError(f"no reaction '{name}' in model '{self.id}'", where=where, hint=self._meant(name))

    def _meant(self, name: str) -> str:
        matrix = self.stoichiometry
        return nearest_reaction(
            name,
            reaction_ids=self.reaction_ids,
            reaction_names=self.reaction_names,
            metabolite_ids=self.metabolite_ids,
            metabolite_names=self.metabolite_names,
            boundary_of=[
                (self.metabolite_ids[matrix.indices[matrix.indptr[column]]], self.reaction_ids[column])
                for column in np.flatnonzero(self.boundary)
            ],
            gene_ids=self.gene_ids,
        )

    def gene(self, name: str, *, where: str = "") -> int:
        """Position of the gene `name`; errors as for `reaction`."""
        if name in self.gene_index:
            return self.gene_index[name]
        if name in self.reaction_index:
            hint = f"'{name}' is a reaction: reactions go with --level reaction"
        else:
            hint = nearest(name, self.gene_ids)
        raise UsageError(f"no gene '{name}' in model '{self.id}'", where=where, hint=hint)

    def with_bounds(self, lower: FloatArray, upper: FloatArray) -> Network:
        """The same network with other flux bounds."""
        return replace(self, lower=lower, upper=upper)

    def with_objective(self, reaction: int) -> Network:
        """The same network, maximising the flux of one reaction."""
        objective = np.zeros(len(self.reaction_ids))
        objective[reaction] = 1.0
        return replace(self, objective=objective)

    def without(self, reactions: Iterable[int]) -> Network:
        """The same network with the given reactions deleted: flux held at zero.

        A deleted reaction whose bounds exclude zero makes the network infeasible: deletions only shrink
        the set of flux states, they never lift a forced flux.
        """
        columns = np.fromiter(reactions, dtype=np.intp)
        lower, upper = self.lower.copy(), self.upper.copy()
        lower[columns] = np.maximum(lower[columns], 0.0)
        upper[columns] = np.minimum(upper[columns], 0.0)
        return replace(self, lower=lower, upper=upper)

    def disabled_by_genes(self, genes: Iterable[str]) -> tuple[int, ...]:
        """Reactions whose rule fails when the given genes are deleted, in column order."""
        deleted = frozenset(genes)
        return tuple(
            column for column, rule in enumerate(self.rules) if rule is not None and not rule.holds_without(deleted)
        )
