"""From SBML's own terms to a draft: ids, bounds, objective, and findings about the file's dialect."""

from __future__ import annotations

import math

from strainopt.errors import ModelError
from strainopt.io.draft import Draft, DraftMetabolite, DraftReaction
from strainopt.io.sbml import parse_sbml
from strainopt.io.sbml_elements import SbmlModel, SbmlReaction
from strainopt.io.sbml_ids import plain_ids, plain_rule
from strainopt.network.findings import Severity, finding
from strainopt.network.gpr import AllOf, AnyOf, Gene, Rule, simplify
from strainopt.network.lookup import nearest

__all__ = ["draft_from_sbml"]

_LOWER_OPERATIONS = ("greaterEqual", "greater", "equal")
_UPPER_OPERATIONS = ("lessEqual", "less", "equal")
_HARMLESS_PACKAGES = ("groups", "layout", "render", "l3v2extendedmath")


def draft_from_sbml(data: bytes, source: str) -> Draft:
    """Read SBML into a draft; errors as for `parse_sbml`, and for bounds or objectives that point nowhere."""
    sbml = parse_sbml(data, source)
    draft = Draft(id=sbml.id, source=source)
    species = plain_ids([item.id for item in sbml.species], "M_")
    for entry in sbml.species:
        place = f"line {entry.line}"
        draft.metabolites.append(
            DraftMetabolite(species[entry.id], entry.name, entry.compartment, entry.formula, entry.boundary, place)
        )
    mentioned = (gene for item in sbml.reactions if item.rule is not None for gene in sorted(item.rule.genes()))
    genes = plain_ids([*sbml.genes, *mentioned], "G_")
    draft.genes = [genes[sid] for sid in sbml.genes]
    reactions = plain_ids([item.id for item in sbml.reactions], "R_")
    limits = _limits_of_version_1(sbml)
    notes_only = all(item.rule is None for item in sbml.reactions)
    for item in sbml.reactions:
        lower, upper = limits.get(item.id, (None, None)) if limits else _limits(sbml, item, source)
        draft.reactions.append(
            DraftReaction(
                reactions[item.id],
                item.name,
                lower,
                upper,
                item.reversible,
                [(species.get(name, name), value) for name, value in item.terms],
                plain_rule(item.note) if notes_only and item.note else _renamed(item.rule, genes),
                place=f"line {item.line}",
            )
        )
    _set_objective(draft, sbml, reactions)
    _dialect(draft, sbml, notes_only)
    return draft


def _limits_of_version_1(sbml: SbmlModel) -> dict[str, tuple[float | None, float | None]]:
    limits: dict[str, tuple[float | None, float | None]] = {}
    for reaction, operation, value in sbml.flux_bounds:
        lower, upper = limits.get(reaction, (None, None))
        limits[reaction] = (
            value if operation in _LOWER_OPERATIONS else lower,
            value if operation in _UPPER_OPERATIONS else upper,
        )
    return limits


def _limits(sbml: SbmlModel, reaction: SbmlReaction, source: str) -> tuple[float | None, float | None]:
    if not (reaction.lower or reaction.upper):
        return reaction.limits.get("LOWER_BOUND"), reaction.limits.get("UPPER_BOUND")
    values: list[float | None] = []
    for name in (reaction.lower, reaction.upper):
        if not name:
            values.append(None)
            continue
        value, constant = sbml.parameters.get(name, (math.nan, True))
        if name not in sbml.parameters or not constant or name in sbml.computed:
            why = "there is no such parameter" if name not in sbml.parameters else "its value is not constant"
            raise ModelError(
                f"a flux bound points to parameter '{name}', which has no fixed value",
                where=f"{source}:{reaction.line} (reaction {reaction.id})",
                why=why,
                hint="give the parameter a constant value in the file",
            )
        values.append(value)
    return values[0], values[1]


def _renamed(rule: Rule | None, genes: dict[str, str]) -> Rule | None:
    """The rule with gene products replaced by gene ids; walks without recursion, deepest groups first."""
    if rule is None or isinstance(rule, Gene):
        return None if rule is None else Gene(genes.get(rule.name, rule.name))
    order: list[AllOf | AnyOf] = []
    todo: list[AllOf | AnyOf] = [rule]
    while todo:
        group = todo.pop()
        order.append(group)
        todo.extend(part for part in group.parts if not isinstance(part, Gene))
    done: dict[int, Rule] = {}
    for group in reversed(order):
        parts = tuple(
            Gene(genes.get(part.name, part.name)) if isinstance(part, Gene) else done[id(part)] for part in group.parts
        )
        done[id(group)] = type(group)(parts)
    return simplify(done[id(rule)])


def _set_objective(draft: Draft, sbml: SbmlModel, reactions: dict[str, str]) -> None:
    if not sbml.fbc and not sbml.objectives:
        for written, reaction in zip(sbml.reactions, draft.reactions, strict=True):
            reaction.objective = written.limits.get("OBJECTIVE_COEFFICIENT", 0.0)
        return
    active = sbml.active_objective
    if not active and len(sbml.objectives) == 1:
        active = next(iter(sbml.objectives))
    if len(sbml.objectives) > 1:
        text = f"the file has several objectives; the active one is {f'{active!r}' if active else 'not named'}"
        draft.findings.append(
            finding("objective-alternatives", Severity.WARNING, message=text, places=list(sbml.objectives))
        )
    if not active or not sbml.objectives:
        return
    if active not in sbml.objectives:
        raise ModelError(
            f"the active objective '{active}' is not in the file",
            where=draft.source,
            hint=nearest(active, sbml.objectives) or "correct activeObjective in the file",
        )
    draft.minimise, terms = sbml.objectives[active]
    by_id = {reaction.id: reaction for reaction in draft.reactions}
    for sid, coefficient in terms:
        name = reactions.get(sid, sid)
        if name not in by_id:
            raise ModelError(
                f"the objective names a reaction '{sid}' that the file does not have",
                where=draft.source,
                hint=nearest(name, by_id) or "correct the objective in the file",
            )
        by_id[name].objective += coefficient


def _dialect(draft: Draft, sbml: SbmlModel, notes_only: bool) -> None:
    found = draft.findings
    if sbml.fbc and sbml.strict is False:
        text = "the file does not claim fbc:strict; bounds and coefficients are taken as they are written"
        found.append(finding("sbml-not-strict", Severity.INFO, message=text))
    if not sbml.fbc or sbml.fbc == 1:
        text = "an older dialect of SBML (no fbc package, or its version 1)"
        found.append(finding("sbml-legacy", Severity.INFO, message=text, hint="level 3 with fbc version 2 is safer"))
    noted = [reaction.id for reaction in sbml.reactions if reaction.note]
    if noted and notes_only:
        found.append(finding("rules-from-notes", Severity.INFO, message="gene rules come from notes", places=noted))
    other = [name for name in sbml.packages if name not in _HARMLESS_PACKAGES]
    if other:
        text = "parts of the file that belong to other SBML packages are not read"
        found.append(finding("sbml-package-ignored", Severity.WARNING, message=text, places=other))
