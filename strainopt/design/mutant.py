"""What a set of interventions makes of the network: the wild type, and mutants of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from strainopt.design.problem import DesignProblem, Level
from strainopt.network.network import Network

__all__ = ["deleted_genes", "disabled_reactions", "mutant_of", "wild_type_of"]


def disabled_reactions(problem: DesignProblem, interventions: Iterable[str]) -> tuple[int, ...]:
    """Columns that these ids disable, ascending; knock-ins and narrowed reactions are not among them.

    Raises
    ------
    UsageError
        An id is not in the model.
    """
    network = problem.network
    names = [name for name in interventions if name not in problem.knock_ins and name not in problem.narrowed]
    genes = deleted_genes(problem, names)
    reactions = {network.reaction(name) for name in names if name not in genes}
    return tuple(sorted(reactions | set(network.disabled_by_genes(genes) if genes else ())))


def deleted_genes(problem: DesignProblem, interventions: Iterable[str]) -> frozenset[str]:
    """The genes among the ids; none at reaction level.

    Raises
    ------
    UsageError
        At gene level, an id that is neither a gene nor a reaction candidate of the problem.
    """
    if problem.level is not Level.GENE:
        return frozenset()
    others = {*problem.knock_ins, *problem.narrowed, *problem.whole_reactions}
    genes = frozenset(name for name in interventions if name not in others)
    for name in sorted(genes):
        problem.network.gene(name)
    return genes


def wild_type_of(problem: DesignProblem) -> Network:
    """The network without the knock-ins."""
    return mutant_of(problem, ())


def mutant_of(
    problem: DesignProblem, interventions: Collection[str], *, disabled: Iterable[int] | None = None
) -> Network:
    """The network after these interventions; knock-ins that are not among them are absent.

    With `disabled`, these columns are deleted in place of those that the interventions disable.

    Raises
    ------
    UsageError
        An id is not in the model.
    """
    network = problem.network
    absent = [network.reaction(name) for name in problem.knock_ins if name not in interventions]
    gone = disabled_reactions(problem, interventions) if disabled is None else tuple(disabled)
    narrow = [name for name in problem.narrowed if name in interventions]
    if narrow:
        lower, upper = network.lower.copy(), network.upper.copy()
        for name in narrow:
            column = network.reaction(name)
            least, most = problem.narrowed[name]
            lower[column], upper[column] = max(lower[column], least), min(upper[column], most)
        network = network.with_bounds(lower, upper)
    return network.without((*absent, *gone))
