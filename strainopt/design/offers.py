"""From the lines of a candidates file to ids of a network: what may be deleted, added, narrowed; what must be."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from strainopt.errors import UsageError
from strainopt.network.interventions import Intervention, Kind, Use
from strainopt.network.network import Network
from strainopt.network.scenario import Level
from strainopt.reduce.candidates import chosen_ids

__all__ = ["Offers", "resolve_offers"]


@dataclass(frozen=True)
class Offers:
    """What a candidates file offers, as ids of a network.

    Attributes
    ----------
    deletable : tuple of str
        Ids of the level that may be deleted, by line or by pattern.
    named : frozenset of str
        Those with a line of their own: filters that could lose a good design leave them alone.
    forbidden : tuple of str
        Ids of the level that must not be deleted.
    added : tuple of str
        Candidates that pass the filters by: knock-ins, narrowed reactions, forced ones, and reactions at gene level.
    absent : tuple of str
        Knock-ins that must not be bought: their reactions are not there.

    The others are as in `DesignProblem`.
    """

    deletable: tuple[str, ...] = ()
    named: frozenset[str] = frozenset()
    forbidden: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    knock_ins: tuple[str, ...] = ()
    narrowed: dict[str, tuple[float, float]] = field(default_factory=dict)
    forced: tuple[str, ...] = ()
    whole_reactions: frozenset[str] = frozenset()
    costs: dict[str, float] = field(default_factory=dict)


def resolve_offers(
    network: Network, lines: Sequence[Intervention], *, level: Level, exclude: Iterable[str] = ()
) -> Offers:
    """Look up every id. A line of an id's own counts, whatever patterns say of it; of two patterns the later one.

    Parameters
    ----------
    network : Network
        With the scenario applied; knock-ins are in it.
    lines : sequence of Intervention
        Of a candidates file.
    level : Level
        At gene level an id is a gene if the model has one of that name, else a reaction; patterns match genes.
    exclude : iterable of str
        Ids and globs of the level that must not be chosen.

    Raises
    ------
    UsageError
        An id is unknown, a pattern matches nothing, a knock-in can carry no flux or not be without, or what is
        excluded is forced.
    """
    barred = chosen_ids(network, exclude, level=level, where="exclude")
    named: dict[str, Intervention] = {}
    for line in lines:
        if not line.is_pattern or _known(network, line.name):
            named[line.name] = line
            _check(network, line, level)
    spread: dict[str, Intervention] = {}
    for line in lines:
        if line.name not in named:
            matched = chosen_ids(network, (line.name,), level=level, where=line.place or "candidates_file")
            spread.update((name, line) for name in matched if name not in named)
    _refuse_barred(named, barred)
    return _sorted_out(network, {**named, **spread}, frozenset(named), barred, level)


def _sorted_out(
    network: Network,
    offered: dict[str, Intervention],
    named: frozenset[str],
    barred: frozenset[str],
    level: Level,
) -> Offers:
    left = {name: one for name, one in sorted(offered.items()) if one.use is not Use.FORBIDDEN and name not in barred}
    knock_ins = tuple(name for name, one in left.items() if one.kind is Kind.KNOCKIN)
    narrowed = {name: _limits(one) for name, one in left.items() if one.kind is Kind.BOUND}
    whole = frozenset(
        name for name, one in left.items() if one.kind is Kind.KNOCKOUT and _is_whole(network, name, level)
    )
    forced = tuple(name for name, one in left.items() if one.use is Use.FORCED)
    apart = {*knock_ins, *narrowed, *whole, *forced}
    deletable = tuple(name for name in left if name not in apart)
    gone = [one for name, one in sorted(offered.items()) if name not in left]
    return Offers(
        deletable=deletable,
        named=named & frozenset(deletable),
        forbidden=tuple(
            one.name for one in gone if one.kind is Kind.KNOCKOUT and not _is_whole(network, one.name, level)
        ),
        added=tuple(sorted(apart)),
        absent=tuple(one.name for one in gone if one.kind is Kind.KNOCKIN),
        knock_ins=knock_ins,
        narrowed=narrowed,
        forced=forced,
        whole_reactions=whole,
        costs={name: one.cost for name, one in left.items() if one.cost != 1.0},
    )


def _known(network: Network, name: str) -> bool:
    return name in network.reaction_index or name in network.gene_index


def _is_whole(network: Network, name: str, level: Level) -> bool:
    return level is Level.GENE and name not in network.gene_index and name in network.reaction_index


def _limits(line: Intervention) -> tuple[float, float]:
    return (
        -math.inf if line.lower is None else line.lower,
        math.inf if line.upper is None else line.upper,
    )


def _check(network: Network, line: Intervention, level: Level) -> None:
    where = line.place or "candidates_file"
    if line.kind is Kind.KNOCKOUT:
        if level is Level.GENE and line.name not in network.reaction_index:
            network.gene(line.name, where=where)
        elif level is Level.REACTION:
            network.reaction(line.name, where=where)
        return
    if line.name in network.gene_index and line.name not in network.reaction_index:
        raise UsageError(
            f"'{line.name}' is a gene; a {line.kind.value} is of a reaction",
            where=where,
            hint="name the reaction; what a gene brings is the reactions that it makes",
        )
    column = network.reaction(line.name, where=where)
    if line.kind is Kind.KNOCKIN and line.use is not Use.FORBIDDEN:
        lower, upper = float(network.lower[column]), float(network.upper[column])
        if lower > 0.0 or upper < 0.0 or lower == upper == 0.0:
            why = "it could not be absent" if lower != upper else "it could carry no flux once it is there"
            raise UsageError(
                f"the bounds of knock-in {line.name} are {lower:g} and {upper:g}",
                where=where,
                why=why,
                hint=f"give it the bounds it has once it is there, with zero among them: --bounds {line.name}=0:1000",
            )


def _refuse_barred(named: dict[str, Intervention], barred: frozenset[str]) -> None:
    for name, line in named.items():
        if line.use is Use.FORCED and name in barred:
            raise UsageError(
                f"{name} is forced and excluded", where=line.place or "candidates_file", hint="drop one of the two"
            )
