"""Scenarios: the medium, bounds, prior knockouts and growth reaction that hold in every computation."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from enum import Enum

import numpy as np

from strainopt.errors import ModelError, UsageError
from strainopt.network.diagnose import biomass_candidates
from strainopt.network.findings import Finding, Severity, finding
from strainopt.network.medium import Medium, apply_medium
from strainopt.network.network import Network
from strainopt.network.rules import left_of
from strainopt.tolerances import LARGEST_FLUX

__all__ = ["BoundChange", "Level", "Scenario", "apply_scenario", "growth_reaction"]


class Level(Enum):
    """What is deleted."""

    REACTION = "reaction"
    GENE = "gene"


@dataclass(frozen=True, slots=True)
class BoundChange:
    """New flux bounds of one reaction, mmol/gDW/h; None keeps a side."""

    reaction: str
    lower: float | None = None
    upper: float | None = None


@dataclass(frozen=True, slots=True)
class Scenario:
    """What the user fixes before asking.

    Attributes
    ----------
    biomass : str or None
        The growth reaction; None means the file's objective, if that is exactly one reaction.
    medium : Medium or None
        None keeps the file's own.
    bounds : tuple of BoundChange
        Applied in order, after the medium.
    knockouts : tuple of str
        Deleted beforehand, in every part of the problem.
    level : Level
        Whether these are reactions or genes.
    """

    biomass: str | None = None
    medium: Medium | None = None
    bounds: tuple[BoundChange, ...] = ()
    knockouts: tuple[str, ...] = ()
    level: Level = Level.REACTION


def apply_scenario(
    network: Network, scenario: Scenario, *, growth_needed: bool = True, cut_bounds: bool = False
) -> tuple[Network, tuple[Finding, ...]]:
    """The network in the scenario: medium, then bounds, then knockouts; its objective is growth.

    With `growth_needed` false, a network whose growth reaction is not known keeps its objective as it is. With
    `cut_bounds`, bounds of the file beyond `tolerances.LARGEST_FLUX`, which only stand for "no limit", become that one.

    Raises
    ------
    UsageError
        Unknown ids, bounds that are not numbers or contradict each other.
    ModelError
        The growth reaction is not known.
    """
    findings: tuple[Finding, ...] = ()
    changed = network
    if cut_bounds:
        changed, findings = _with_bounds_cut(changed)
    if scenario.medium is not None:
        changed, more = apply_medium(changed, scenario.medium)
        findings += more
    changed = _with_changes(changed, scenario.bounds)
    if scenario.knockouts:
        changed, more = _without_knockouts(changed, scenario)
        findings += more
    one_term = len(np.flatnonzero(network.objective)) == 1 and bool((network.objective >= 0.0).all())
    if scenario.biomass is not None or growth_needed or one_term:
        biomass = growth_reaction(network, scenario)
        changed = changed.with_objective(biomass)
        findings += _growth_findings(changed, biomass)
    return changed, findings


def growth_reaction(network: Network, scenario: Scenario) -> int:
    """Column of the growth reaction: the scenario's, else the file's objective if it is exactly one reaction.

    Raises
    ------
    UsageError
        The scenario names a reaction that does not exist.
    ModelError
        No objective in the file, several terms, or one that is minimised.
    """
    if scenario.biomass is not None:
        return network.reaction(scenario.biomass, where="--biomass")
    terms = np.flatnonzero(network.objective)
    if len(terms) == 1 and network.objective[terms[0]] > 0.0:
        return int(terms[0])
    if len(terms) == 0:
        what, names = "the model has no objective, so its growth reaction is not known", ""
    elif len(terms) == 1:
        what = "the model minimises its objective, so this is no growth reaction"
        names = network.reaction_ids[terms[0]]
    else:
        what = "the model's objective has several terms, so its growth reaction is not known"
        names = ", ".join(network.reaction_ids[term] for term in terms[:5])
    candidates = biomass_candidates(network)
    looks = f"; these look like growth: {', '.join(candidates[:5])}" if candidates else ""
    raise ModelError(what, where=f"model '{network.id}'", why=names, hint=f"name it with --biomass RXN{looks}")


def _with_bounds_cut(network: Network) -> tuple[Network, tuple[Finding, ...]]:
    """Finite bounds beyond what any cell reaches brought to there; those that force a flux, and infinite ones, stay."""
    low, high = network.lower, network.upper
    far_low = (low < -LARGEST_FLUX) & np.isfinite(low) & (high >= -LARGEST_FLUX)
    far_high = (high > LARGEST_FLUX) & np.isfinite(high) & (low <= LARGEST_FLUX)
    far = np.flatnonzero(far_low | far_high)
    if not len(far):
        return network, ()
    cut = network.with_bounds(np.where(far_low, -LARGEST_FLUX, low), np.where(far_high, LARGEST_FLUX, high))
    said = finding(
        "bounds-cut",
        Severity.INFO,
        message=f"bounds beyond {LARGEST_FLUX:g} mmol/gDW/h count as {LARGEST_FLUX:g} here: {len(far)} reactions",
        places=[network.reaction_ids[column] for column in far],
        hint="cycles at a million leave no digits for growth; give another bound by --bounds where it matters",
    )
    return cut, (said,)


def _with_changes(network: Network, changes: tuple[BoundChange, ...]) -> Network:
    if not changes:
        return network
    lower, upper = network.lower.copy(), network.upper.copy()
    touched = []
    for change in changes:
        column = network.reaction(change.reaction, where="--bounds")
        touched.append(column)
        for value, side, forbidden in ((change.lower, lower, math.inf), (change.upper, upper, -math.inf)):
            if value is None:
                continue
            if math.isnan(value) or value == forbidden:
                raise UsageError(
                    f"{value:g} cannot be this bound of {change.reaction}", where="--bounds", hint="give a number"
                )
            side[column] = value
    for column in touched:
        if lower[column] > upper[column]:
            name = network.reaction_ids[column]
            raise UsageError(
                f"the lower bound of {name}, {lower[column]:g}, is above the upper one, {upper[column]:g}",
                where="--bounds",
                why=f"before: {network.lower[column]:g} and {network.upper[column]:g}; an empty side keeps its value",
                hint=f"give both sides: {name}=LB:UB",
            )
    return network.with_bounds(lower, upper)


def _without_knockouts(network: Network, scenario: Scenario) -> tuple[Network, tuple[Finding, ...]]:
    if scenario.level is Level.GENE:
        for name in scenario.knockouts:
            network.gene(name, where="--knockouts")
        columns = network.disabled_by_genes(scenario.knockouts)
        network = _without_genes(network, frozenset(scenario.knockouts))
        idle = [] if columns else list(scenario.knockouts)
        text = "the prior gene knockouts disable no reaction"
    else:
        columns = tuple(network.reaction(name, where="--knockouts") for name in scenario.knockouts)
        idle = [network.reaction_ids[at] for at in columns if network.lower[at] == network.upper[at] == 0.0]
        text = "prior knockouts of reactions that carry no flux anyway (both bounds are zero)"
    findings = [finding("knockout-idle", Severity.WARNING, message=text, places=idle)] if idle else []
    forced = [network.reaction_ids[at] for at in columns if network.lower[at] > 0.0 or network.upper[at] < 0.0]
    if forced:
        findings.append(
            finding(
                "knockout-forced",
                Severity.ERROR,
                message="prior knockouts of reactions whose flux the bounds force: no flux state is left",
                places=forced,
                hint="relax their bounds with --bounds, or leave them out",
            )
        )
    return network.without(columns), tuple(findings)


def _without_genes(network: Network, gone: frozenset[str]) -> Network:
    """Rules of what is left: with g1 gone, `g1 or g2` fails once g2 does. A rule that fails stays: it is closed."""
    rules = tuple(
        rule if rule is None or gone.isdisjoint(rule.genes()) else left_of(rule, gone) or rule for rule in network.rules
    )
    return replace(network, rules=rules)


def _growth_findings(network: Network, biomass: int) -> tuple[Finding, ...]:
    name = network.reaction_ids[biomass]
    if network.upper[biomass] <= 0.0:
        text = "the bounds of the growth reaction forbid growth"
        return (finding("growth-closed", Severity.ERROR, message=text, places=[name], hint=f"see --bounds {name}=0:"),)
    if network.lower[biomass] > 0.0:
        text = "the bounds of the growth reaction force growth"
        return (finding("growth-forced", Severity.WARNING, message=text, places=[name]),)
    return ()
