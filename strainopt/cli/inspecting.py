"""The work behind `strainopt inspect`."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timezone

import click
import numpy as np
from rich.console import Console

from strainopt.cli.asking import chosen_filters, filters_text
from strainopt.cli.console import number, only_results_on_stdout, show_findings, show_table, stderr
from strainopt.cli.exits import Exit
from strainopt.cli.options import CandidateOptions, ScenarioOptions, taken
from strainopt.cli.outputs import Outputs
from strainopt.cli.page import effective
from strainopt.cli.scenario import Setting, open_setting, parsed_list
from strainopt.design.preflight import theoretical_maximum
from strainopt.design.question import absolute_growth
from strainopt.flux.fba import fba
from strainopt.lp.backend import Backend
from strainopt.lp.registry import backend
from strainopt.lp.result import Status
from strainopt.network.diagnose import diagnose
from strainopt.network.findings import Finding, Severity, finding
from strainopt.network.medium import uptake_medium
from strainopt.reduce.candidates import candidate_funnel
from strainopt.reduce.funnel import FunnelStep
from strainopt.report.document import SCHEMA_VERSION
from strainopt.report.numbers import Json, plain
from strainopt.report.provenance import provenance
from strainopt.report.tables import funnel_table

__all__ = ["run"]


@dataclass(frozen=True, eq=False)
class _Seen:
    setting: Setting
    growth: float
    target: str | None
    most_product: float
    funnel: tuple[FunnelStep, ...]
    findings: tuple[Finding, ...]


def run(ctx: click.Context) -> Exit:
    """Run the command."""
    began, started = datetime.now(timezone.utc), time.monotonic()
    outputs, candidates, console = Outputs.of(ctx), taken(CandidateOptions, ctx), stderr()
    with only_results_on_stdout():
        setting = open_setting(taken(ScenarioOptions, ctx), knockouts=ctx.params["knockouts"], growth_needed=False)
        seen = _look(setting, candidates, target=ctx.params["target"], solver=backend(ctx.params["solver"]))
    options = {**effective(ctx), "filters": filters_text(candidates.filters, listed=candidates.candidates is not None)}
    origin = provenance(seed=0, started=began)
    document: dict[str, Json] = {
        "schema_version": SCHEMA_VERSION,
        "command": "inspect",
        "seconds": time.monotonic() - started,
        **_document(seen),
        "options": plain(options),
        "provenance": plain({**asdict(origin), "solvers": dict(origin.solvers)}),
    }
    outputs.keep(document, {"funnel.tsv": funnel_table(seen.funnel).to_text()})
    _show(console, seen)
    outputs.emit(document)
    bad = any(item.severity is Severity.ERROR for item in seen.findings)
    return Exit.INPUT if bad else Exit.DONE


def _look(setting: Setting, candidates: CandidateOptions, *, target: str | None, solver: Backend) -> _Seen:
    network = setting.network
    product = None if target is None else network.reaction(target, where="--target")
    state = fba(network, solver=solver)
    grows = state.status is Status.OPTIMAL and setting.biomass is not None and state.growth > 1e-9
    funnel: tuple[FunnelStep, ...] = ()
    if grows and setting.biomass is not None:
        funnel = candidate_funnel(
            network,
            biomass=setting.biomass,
            target=setting.biomass if product is None else product,
            min_growth=absolute_growth(network, candidates.min_growth, biomass=setting.biomass, solver=solver),
            level=setting.scenario.level,
            filters=chosen_filters(candidates.filters),
            include=parsed_list(candidates.candidates, where="--candidates"),
            exclude=parsed_list(candidates.exclude, where="--exclude") or (),
            solver=solver,
        ).steps
    solved = state.status is Status.OPTIMAL
    most = theoretical_maximum(network, product, solver=solver) if solved and product is not None else math.nan
    found = (*setting.findings, *diagnose(network), *_growth_findings(setting, state.status, state.growth, most))
    growth = state.growth if setting.biomass is not None else math.nan
    return _Seen(setting, growth, target, most, funnel, found)


def _growth_findings(setting: Setting, status: Status, growth: float, most_product: float) -> tuple[Finding, ...]:
    """What only a linear program can tell."""
    found = []
    if status is Status.INFEASIBLE:
        text = "the bounds contradict each other: there is no steady state"
        found.append(finding("state-none", Severity.ERROR, message=text, hint="relax forced fluxes, or open uptakes"))
    elif status is Status.UNBOUNDED:
        text = "the objective has no limit"
        found.append(finding("growth-unlimited", Severity.ERROR, message=text, hint="bound the uptakes"))
    elif setting.biomass is not None and not growth > 1e-9:
        text = "nothing grows in this scenario"
        found.append(finding("growth-none", Severity.WARNING, message=text, hint="check the medium and the bounds"))
    if not math.isnan(most_product) and not most_product > 1e-9:
        text = "the target cannot be made in this scenario"
        found.append(finding("target-none", Severity.WARNING, message=text, hint="see --bounds and --medium"))
    return tuple(found)


def _objective(seen: _Seen) -> Mapping[str, float]:
    network = seen.setting.loaded.network
    return {
        network.reaction_ids[column]: float(network.objective[column]) for column in np.flatnonzero(network.objective)
    }


def _document(seen: _Seen) -> dict[str, Json]:
    medium = uptake_medium(seen.setting.network)
    rules = sum(rule is not None for rule in seen.setting.network.rules)
    return {
        "model": plain({**asdict(seen.setting.model_info), "reactions_with_rules": rules}),
        "scenario": plain(seen.setting.describe()),
        "objective": plain(_objective(seen)),
        "growth": plain(seen.growth),
        "target": plain({"id": seen.target, "theoretical_max": seen.most_product}),
        "medium": plain(dict(medium.uptakes)),
        "funnel": [plain(asdict(step)) for step in seen.funnel],
        "findings": [plain(asdict(item)) for item in seen.findings],
    }


def _show(console: Console, seen: _Seen) -> None:
    network = seen.setting.network
    metabolites, reactions = network.shape
    rules = sum(rule is not None for rule in network.rules)
    objective = " + ".join(f"{value:g} {name}" for name, value in list(_objective(seen).items())[:5]) or "none"
    lines = [
        f"model      {network.id} ({seen.setting.loaded.path.name})",
        f"size       {reactions} reactions ({int(network.boundary.sum())} at the boundary, {rules} with a rule), "
        f"{metabolites} metabolites, {len(network.gene_ids)} genes",
        f"objective  {objective}",
        f"growth     {number(seen.growth)} 1/h",
    ]
    if seen.target is not None:
        lines.append(f"target     {seen.target}, at most {number(seen.most_product)} mmol/gDW/h")
    for line in lines:
        console.print(line, markup=False)
    uptakes = uptake_medium(network).uptakes
    console.print(f"medium     {len(uptakes)} uptakes: {_uptakes(uptakes)}", markup=False)
    if seen.funnel:
        rows = [(step.filter, str(step.removed), str(step.left)) for step in seen.funnel]
        show_table(console, ("candidates", "removed", "left"), rows)
    show_findings(console, seen.findings, everything=True)


def _uptakes(uptakes: tuple[tuple[str, float], ...]) -> str:
    limited = [f"{name} {limit:g}" for name, limit in uptakes if limit < 999.0]
    free = [name for name, limit in uptakes if limit >= 999.0]
    unlimited = f"no limit: {', '.join(free[:12])}{', ...' if len(free) > 12 else ''}" if free else ""
    return "; ".join(part for part in (", ".join(limited[:30]), unlimited) if part) or "none"
