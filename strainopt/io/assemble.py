"""From a draft to a network: every check that is common to all formats, once."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import Final, NoReturn

import numpy as np
from scipy import sparse

from strainopt.errors import InputError, ModelError
from strainopt.io.draft import Draft, DraftReaction, MissingBounds, RuleMode
from strainopt.network.findings import Finding, Severity, finding
from strainopt.network.gpr import Rule, parse_rule
from strainopt.network.lookup import nearest
from strainopt.network.network import Network
from strainopt.tolerances import INFINITE

__all__ = ["DEFAULT_BOUND", "assemble"]

DEFAULT_BOUND: Final = 1000.0
"""Bound in mmol/gDW/h given to reactions without one on request: the customary 'no limit' of flux models."""


def assemble(draft: Draft, *, missing_bounds: MissingBounds, gpr: RuleMode) -> tuple[Network, list[Finding]]:
    """Check a draft and freeze it.

    Raises
    ------
    ModelError
        Nothing in it, duplicate ids, unknown metabolites, numbers that are not finite, contradicting or
        missing bounds.
    InputError
        A gene rule that cannot be read (`gpr` strict).
    """
    findings = list(draft.findings)
    _check_ids(draft)
    findings += _balance_free(draft)
    stoichiometry = _stoichiometry(draft, findings)
    lower, upper = _bounds(draft, missing_bounds, findings)
    objective = _objective(draft, findings)
    rules, genes = _rules(draft, gpr, findings)
    kept = [metabolite for metabolite in draft.metabolites if not metabolite.boundary]
    network = Network(
        id=draft.id,
        reaction_ids=tuple(reaction.id for reaction in draft.reactions),
        metabolite_ids=tuple(metabolite.id for metabolite in kept),
        gene_ids=genes,
        reaction_names=tuple(reaction.name for reaction in draft.reactions),
        metabolite_names=tuple(metabolite.name for metabolite in kept),
        metabolite_compartments=tuple(metabolite.compartment for metabolite in kept),
        metabolite_formulas=tuple(metabolite.formula for metabolite in kept),
        stoichiometry=stoichiometry,
        lower=lower,
        upper=upper,
        objective=objective,
        rules=rules,
    )
    return network, findings


def _refuse(draft: Draft, what: str, *, places: Sequence[str], why: str = "", hint: str = "") -> NoReturn:
    shown = ", ".join(places[:5]) + (f" and {len(places) - 5} more" if len(places) > 5 else "")
    raise ModelError(what, where=f"{draft.source}: {shown}" if shown else draft.source, why=why, hint=hint)


def _at(item_id: str, place: str) -> str:
    return f"{item_id} ({place})" if place else item_id


def _check_ids(draft: Draft) -> None:
    if not draft.reactions:
        _refuse(draft, "the model has no reactions", places=[], hint="check that this is the right file")
    if not draft.metabolites:
        _refuse(draft, "the model has no metabolites", places=[], hint="check that this is the right file")
    for kind, ids in (
        ("reaction", [reaction.id for reaction in draft.reactions]),
        ("metabolite", [metabolite.id for metabolite in draft.metabolites]),
    ):
        if not all(ids):
            _refuse(draft, f"a {kind} without an id", places=[], hint="give every entry an id")
        twice = [name for name, count in Counter(ids).items() if count > 1]
        if twice:
            _refuse(
                draft,
                f"duplicate {kind} ids",
                places=twice,
                why="it is not known which of them an option or a design would mean",
                hint="rename or remove the copies in the file",
            )


def _balance_free(draft: Draft) -> list[Finding]:
    free = [metabolite.id for metabolite in draft.metabolites if metabolite.boundary]
    if not free:
        return []
    return [
        finding(
            "boundary-metabolites",
            Severity.INFO,
            message="metabolites marked as boundary carry no mass balance and are left out of the network",
            places=free,
        )
    ]


def _stoichiometry(draft: Draft, findings: list[Finding]) -> sparse.csc_array:
    kept = [metabolite.id for metabolite in draft.metabolites if not metabolite.boundary]
    row_of = {name: row for row, name in enumerate(kept)}
    free = {metabolite.id for metabolite in draft.metabolites if metabolite.boundary}
    columns: list[dict[int, float]] = []
    unknown, not_finite, cancelled = [], [], []
    for reaction in draft.reactions:
        column: dict[int, float] = {}
        for metabolite, coefficient in reaction.terms:
            if not math.isfinite(coefficient):
                not_finite.append(f"{_at(reaction.id, reaction.place)}: {metabolite} has {coefficient}")
            elif metabolite in row_of:
                row = row_of[metabolite]
                column[row] = column.get(row, 0.0) + coefficient
            elif metabolite not in free:
                unknown.append((_at(reaction.id, reaction.place), metabolite))
        if any(value == 0.0 for value in column.values()):
            cancelled.append(reaction.id)
        columns.append({row: value for row, value in sorted(column.items()) if value != 0.0})
    if unknown:
        _refuse(
            draft,
            "reactions use metabolites that the file does not list",
            places=[f"{place}: {metabolite}" for place, metabolite in unknown],
            hint=nearest(unknown[0][1], [*kept, *free]) or "add the metabolite to the file",
        )
    if not_finite:
        _refuse(
            draft,
            "stoichiometric coefficients that are not finite numbers",
            places=not_finite,
            why="a missing coefficient is read as not-a-number",
            hint="write the coefficients into the file",
        )
    if cancelled:
        findings.append(
            finding(
                "cancelled-terms",
                Severity.INFO,
                message="reactions where a metabolite's coefficients add up to zero: it takes no part",
                places=cancelled,
            )
        )
    return _matrix(columns, len(kept))


def _matrix(columns: list[dict[int, float]], rows: int) -> sparse.csc_array:
    starts = np.cumsum([0] + [len(column) for column in columns], dtype=np.int32)
    indices = np.fromiter((row for column in columns for row in column), dtype=np.int32)
    values = np.fromiter((value for column in columns for value in column.values()), dtype=np.float64)
    return sparse.csc_array((values, indices, starts), shape=(rows, len(columns)))


def _bounds(
    draft: Draft, missing_bounds: MissingBounds, findings: list[Finding]
) -> tuple[np.ndarray[tuple[int], np.dtype[np.float64]], np.ndarray[tuple[int], np.dtype[np.float64]]]:
    missing = [reaction for reaction in draft.reactions if reaction.lower is None or reaction.upper is None]
    if missing:
        findings.append(_missing(draft, missing, missing_bounds))
    bad: list[str] = []
    crossed: list[str] = []
    pairs = []
    for reaction in draft.reactions:
        lower = reaction.lower if reaction.lower is not None else -DEFAULT_BOUND * reaction.reversible
        upper = reaction.upper if reaction.upper is not None else DEFAULT_BOUND
        place = f"{_at(reaction.id, reaction.place)} [{lower:g}, {upper:g}]"
        if math.isnan(lower) or math.isnan(upper) or lower >= INFINITE or upper <= -INFINITE:
            bad.append(place)
        elif lower > upper:
            crossed.append(place)
        pairs.append((lower, upper))
    if bad:
        _refuse(
            draft, "flux bounds that are not usable numbers", places=bad, hint="write finite bounds, or -INF and INF"
        )
    if crossed:
        _refuse(
            draft,
            "lower flux bounds above the upper ones",
            places=crossed,
            why="no flux can satisfy both",
            hint="swap or correct the two bounds in the file",
        )
    lows = np.array([lower for lower, _ in pairs], dtype=np.float64)
    highs = np.array([upper for _, upper in pairs], dtype=np.float64)
    lows[lows <= -INFINITE] = -np.inf
    highs[highs >= INFINITE] = np.inf
    return lows + 0.0, highs + 0.0


def _missing(draft: Draft, missing: list[DraftReaction], mode: MissingBounds) -> Finding:
    if mode is MissingBounds.ERROR:
        _refuse(
            draft,
            f"{len(missing)} reaction{'s' if len(missing) > 1 else ''} without flux bounds in the file",
            places=[_at(reaction.id, reaction.place) for reaction in missing],
            why="guessed bounds change the answer",
            hint=f"add them to the file, or accept {DEFAULT_BOUND:g} for them with --missing-bounds default",
        )
    return finding(
        "missing-bounds",
        Severity.WARNING,
        message=f"reactions without flux bounds in the file got {DEFAULT_BOUND:g} (lower 0 where irreversible)",
        places=[reaction.id for reaction in missing],
        hint="write the bounds into the file",
    )


def _objective(draft: Draft, findings: list[Finding]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    coefficients = np.array([reaction.objective for reaction in draft.reactions], dtype=np.float64)
    terms = [reaction.id for reaction in draft.reactions if reaction.objective != 0.0]
    if not np.isfinite(coefficients).all():
        _refuse(draft, "objective coefficients that are not finite numbers", places=terms, hint="correct the objective")
    if not terms:
        hint = "name the growth reaction with --biomass"
        text = "the file has no objective"
        findings.append(finding("objective-missing", Severity.WARNING, message=text, hint=hint))
    if len(terms) > 1:
        findings.append(
            finding(
                "objective-several",
                Severity.WARNING,
                message="the objective has several terms",
                places=terms,
                hint="name the growth reaction with --biomass",
            )
        )
    if draft.minimise and terms:
        text = "the file minimises its objective; its sign is turned, as objectives are maximised here"
        findings.append(finding("objective-minimised", Severity.WARNING, message=text, places=terms))
        coefficients = 0.0 - coefficients
    return coefficients


def _rules(draft: Draft, mode: RuleMode, findings: list[Finding]) -> tuple[tuple[Rule | None, ...], tuple[str, ...]]:
    genes = dict.fromkeys(draft.genes)
    listed = frozenset(genes)
    rules: list[Rule | None] = []
    skipped, unlisted = [], []
    for reaction in draft.reactions:
        rule = reaction.rule
        if isinstance(rule, str):
            place = f"{draft.source}: {_at(reaction.id, reaction.place)}"
            try:
                rule = parse_rule(rule, known=listed, where=place)
            except InputError as error:
                if mode is RuleMode.STRICT:
                    raise
                skipped.append(f"{reaction.id}: {error.why}")
                rule = None
        rules.append(rule)
        fresh = sorted(rule.genes() - genes.keys()) if rule is not None else []
        unlisted += fresh if draft.genes else []
        genes.update(dict.fromkeys(fresh))
    findings += _rule_findings(draft, skipped, unlisted)
    return tuple(rules), tuple(genes)


def _rule_findings(draft: Draft, skipped: list[str], unlisted: list[str]) -> list[Finding]:
    found = []
    if skipped:
        found.append(
            finding(
                "gene-rule-skipped",
                Severity.WARNING,
                message="gene rules that cannot be read were skipped; their reactions count as gene-free",
                places=skipped,
                hint="correct them in the file",
            )
        )
    if unlisted:
        text = "genes in rules that the file's list of genes lacks were added to it"
        found.append(finding("gene-unlisted", Severity.INFO, message=text, places=unlisted))
    twice = [name for name, count in Counter(draft.genes).items() if count > 1]
    if twice:
        text = "genes listed more than once in the file count once"
        found.append(finding("gene-duplicate", Severity.WARNING, message=text, places=twice))
    return found
