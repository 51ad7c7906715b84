"""The candidate funnel: which reactions or genes are worth deleting, and why the others are not."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

import numpy as np

from strainopt.errors import UsageError
from strainopt.lp.backend import Backend
from strainopt.lp.registry import backend
from strainopt.network.network import Network
from strainopt.network.scenario import Level
from strainopt.reduce.essential import essential_deletions
from strainopt.reduce.funnel import DEFAULT_FILTERS, LOSSLESS_FILTERS, Filter, FunnelStep
from strainopt.reduce.pipeline import reduce_network
from strainopt.reduce.reduced import ReducedNetwork
from strainopt.reduce.static import gene_reactions, leaves_statically

__all__ = ["Funnel", "candidate_funnel", "chosen_ids", "static_funnel"]


@dataclass(frozen=True)
class Funnel:
    """The candidates left, in the order of the model, and what each step took."""

    candidates: tuple[str, ...]
    steps: tuple[FunnelStep, ...]


def candidate_funnel(
    network: Network,
    *,
    biomass: int,
    target: int,
    min_growth: float,
    level: Level = Level.REACTION,
    filters: Collection[Filter] | None = None,
    include: Iterable[str] | None = None,
    exclude: Iterable[str] = (),
    named: Collection[str] = (),
    growth_floor: float | None = None,
    reduced: ReducedNetwork | None = None,
    solver: Backend | None = None,
    deadline: float = math.inf,
) -> Funnel:
    """Choose what may be deleted.

    Steps: `all`; `include` (the rest leaves); `exclude`; `target`, `biomass`, `forced` (what alone stops one of these
    reactions, itself or through full coupling); then the filters in the order of `Filter`.

    Parameters
    ----------
    network : Network
        With the scenario applied.
    biomass, target : int
        Columns of growth and product.
    min_growth : float
        Growth that a design keeps, 1/h.
    level : Level
        Reactions or genes.
    filters : collection of Filter, optional
        If not given: `DEFAULT_FILTERS` without a list of candidates, `LOSSLESS_FILTERS` with one, since what the
        user names is wanted unless no best design can have it. An empty collection means none.
    include, exclude : iterables of str, optional
        Ids, or globs (`EX_*`, case matters) that match at least one id.
    named : collection of str
        Ids that only leave where nothing is lost: filters beyond `LOSSLESS_FILTERS` pass them by.
    growth_floor : float, optional
        States slower than this do not matter, 1/h; `min_growth` if not given.
    reduced : ReducedNetwork, optional
        Of this network at this floor, without parallel columns dropped, if at hand; else it is computed.
    solver : Backend, optional
        GLPK if not given.
    deadline : float
        A `time.monotonic()` moment after which the essential ones that are not known yet stay candidates.

    Raises
    ------
    UsageError
        An id is unknown, or a glob matches nothing.
    ModelError
        The network does not grow at `min_growth`.
    """
    listed = None if include is None else chosen_ids(network, include, level=level, where="candidates")
    if filters is None:
        filters = DEFAULT_FILTERS if include is None else LOSSLESS_FILTERS
    engine = backend("glpk") if solver is None else solver
    if reduced is None:
        floor = min_growth if growth_floor is None else growth_floor
        reduced = reduce_network(
            network, biomass=biomass, growth_floor=floor, protected=[target], solver=engine, deadline=deadline
        )
    work = _Narrowing(list(network.reaction_ids if level is Level.REACTION else network.gene_ids))
    work.keep_chosen(listed, chosen_ids(network, exclude, level=level, where="exclude"))
    effects = _Effects(network, reduced, level, min_growth, engine, deadline)
    keep = {"target": [target], "biomass": [biomass], "forced": _forced(network)}
    _filter(work, effects, keep=keep, filters=filters, named=frozenset(named))
    return Funnel(tuple(work.left), tuple(work.steps))


def static_funnel(
    network: Network,
    *,
    level: Level,
    filters: Collection[Filter],
    include: Iterable[str] | None = None,
    exclude: Iterable[str] = (),
) -> Funnel:
    """Choose what may be deleted where no growth has to be kept: lists, then filters that read the network alone.

    Parameters
    ----------
    network : Network
        With the scenario applied.
    level : Level
        Reactions or genes.
    filters : collection of Filter
        Any but ESSENTIAL and BLOCKED, which need a growth to keep.
    include, exclude : iterables of str, optional
        Ids or globs, as for `candidate_funnel`.

    Raises
    ------
    UsageError
        An id is unknown, or a glob matches nothing.
    """
    named = None if include is None else chosen_ids(network, include, level=level, where="candidates")
    work = _Narrowing(list(network.reaction_ids if level is Level.REACTION else network.gene_ids))
    work.keep_chosen(named, chosen_ids(network, exclude, level=level, where="exclude"))
    users = gene_reactions(network)

    def reactions(name: str) -> tuple[int, ...]:
        return (network.reaction_index[name],) if level is Level.REACTION else users.get(name, ())

    for chosen in (one for one in Filter if one in filters):
        leaves = leaves_statically(network, chosen, level=level)
        work.drop(chosen.value, lambda name, leaves=leaves: leaves(name, reactions(name)))  # type: ignore[misc]
    return Funnel(tuple(work.left), tuple(work.steps))


def chosen_ids(network: Network, patterns: Iterable[str], *, level: Level, where: str) -> frozenset[str]:
    """Ids that a list of ids and globs names.

    Raises
    ------
    UsageError
        An id is unknown (the nearest ones are in the hint), or a glob matches nothing.
    """
    index = network.reaction_index if level is Level.REACTION else network.gene_index
    found: set[str] = set()
    for pattern in patterns:
        if pattern in index:
            found.add(pattern)
        elif any(sign in pattern for sign in "*?["):
            matched = [name for name in index if fnmatchcase(name, pattern)]
            if not matched:
                raise UsageError(
                    f"the pattern '{pattern}' matches no {level.value} of model '{network.id}'",
                    where=where,
                    hint="patterns match whole ids, upper and lower case differ: 'EX_*' matches EX_ac_e",
                )
            found.update(matched)
        elif level is Level.REACTION:
            network.reaction(pattern, where=where)
        else:
            network.gene(pattern, where=where)
    return frozenset(found)


def _filter(
    work: _Narrowing,
    effects: _Effects,
    *,
    keep: Mapping[str, Sequence[int]],
    filters: Collection[Filter],
    named: frozenset[str],
) -> None:
    """Take out what stops the reactions to keep, then what the filters name."""
    for step, reactions in keep.items():
        work.drop(step, effects.stops(reactions))
    for chosen in (one for one in Filter if one in filters):
        leaves = effects.test(chosen, work.left)
        spared = frozenset() if chosen in LOSSLESS_FILTERS else named
        work.drop(chosen.value, lambda name, leaves=leaves, spared=spared: name not in spared and leaves(name))  # type: ignore[misc]


def _forced(network: Network) -> list[int]:
    return [int(reaction) for reaction in np.flatnonzero((network.lower > 0) | (network.upper < 0))]


class _Narrowing:
    """The ids left, and the account of the steps."""

    def __init__(self, names: list[str]) -> None:
        self.left = names
        self.steps = [FunnelStep("all", 0, len(names))]

    def keep_chosen(self, named: frozenset[str] | None, barred: frozenset[str]) -> None:
        """The user's own lists; a list not given makes no step."""
        if named is not None:
            self.drop("include", lambda name: name not in named)
        if barred:
            self.drop("exclude", lambda name: name in barred)

    def drop(self, step: str, leaves: Callable[[str], bool]) -> None:
        """Take out the ids for which `leaves` is true."""
        left = [name for name in self.left if not leaves(name)]
        self.steps.append(FunnelStep(step, len(self.left) - len(left), len(left)))
        self.left = left


class _Effects:
    """What deleting one reaction or gene does."""

    def __init__(
        self,
        network: Network,
        reduced: ReducedNetwork,
        level: Level,
        min_growth: float,
        solver: Backend,
        deadline: float,
    ) -> None:
        self.network = network
        self.reduced = reduced
        self.level = level
        self.min_growth = min_growth
        self.solver = solver
        self.deadline = deadline
        self.users = gene_reactions(network)

    def named(self, name: str) -> tuple[int, ...]:
        """The reaction itself, or the reactions whose rules name the gene."""
        if self.level is Level.REACTION:
            return (self.network.reaction_index[name],)
        return self.users.get(name, ())

    def disabled(self, name: str) -> tuple[int, ...]:
        """The reactions that the deletion alone stops."""
        if self.level is Level.REACTION:
            return self.named(name)
        without = frozenset((name,))
        rules = self.network.rules
        return tuple(j for j in self.named(name) if (rule := rules[j]) is not None and not rule.holds_without(without))

    def stops(self, reactions: Sequence[int]) -> Callable[[str], bool]:
        """Whether a deletion stops one of these reactions, itself or through full coupling."""
        columns = frozenset(self.reduced.closed_by(reactions))
        direct = frozenset(reactions)
        return lambda name: (
            not direct.isdisjoint(self.disabled(name))
            or not columns.isdisjoint(self.reduced.closed_by(self.disabled(name)))
        )

    def test(self, chosen: Filter, left: Sequence[str]) -> Callable[[str], bool]:
        """Whether an id leaves under a filter."""
        if chosen is Filter.ESSENTIAL:
            closed = [self.reduced.closed_by(self.disabled(name)) for name in left]
            proven = essential_deletions(
                self.reduced, closed, min_growth=self.min_growth, solver=self.solver, deadline=self.deadline
            )
            essential = frozenset(name for name, slow in zip(left, proven, strict=True) if slow)
            return lambda name: name in essential
        if chosen is Filter.BLOCKED:
            return lambda name: not self.reduced.closed_by(self.named(name))
        leaves = leaves_statically(self.network, chosen, level=self.level)
        return lambda name: leaves(name, self.named(name))
