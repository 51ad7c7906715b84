"""The work behind `strainopt evaluate`."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from pathlib import Path

import click
from rich.console import Console

from strainopt.bilevel.problem import Method, Ties
from strainopt.cli.asking import refuse_idle
from strainopt.cli.console import number, only_results_on_stdout, show_findings, stderr
from strainopt.cli.exits import Exit
from strainopt.cli.options import ScenarioOptions, taken
from strainopt.cli.outputs import Outputs
from strainopt.cli.page import effective
from strainopt.cli.scenario import Setting, open_setting, parsed_list
from strainopt.cli.telling import show_designs
from strainopt.design.mutant import wild_type_of
from strainopt.design.offers import resolve_offers
from strainopt.design.options import DesignOptions
from strainopt.design.preflight import theoretical_maximum
from strainopt.design.problem import Certify, Design, DesignProblem, DesignSet, Measure, WildType
from strainopt.design.question import absolute_growth
from strainopt.design.verify import Checks, verify_design
from strainopt.errors import UsageError
from strainopt.io.candidates import read_candidates
from strainopt.lp.registry import backend
from strainopt.report.document import Run, result_document
from strainopt.report.fluxes import flux_profiles
from strainopt.report.provenance import provenance
from strainopt.report.tables import designs_table, fluxes_table, funnel_table

__all__ = ["run"]


@dataclass(frozen=True)
class _Options:
    target: str
    knockouts: str
    candidates_file: Path | None
    method: str
    alpha: float
    ties: str
    objective: str
    substrate: str | None
    certify: str
    min_growth: str
    solver: str
    threads: int


def run(ctx: click.Context) -> Exit:
    """Run the command."""
    began, started = datetime.now(timezone.utc), time.monotonic()
    options, outputs, console = taken(_Options, ctx), Outputs.of(ctx), stderr()
    acting = {name: getattr(options, name) for name in ("target", "method", "alpha", "ties", "objective", "substrate")}
    refuse_idle(ctx, DesignOptions(model=ctx.params["model"], **acting))
    with only_results_on_stdout():
        setting = open_setting(taken(ScenarioOptions, ctx), knockouts=None, cut_bounds=True)
        problem, checks = _problem(options, setting), _checks(options)
        wild, design = _evaluate(problem, checks)
        design = replace(design, rank=1) if design.verified else design
        shown = (design,) if design.verified else ()
        profiles = flux_profiles(problem, shown, processes=options.threads) if outputs.folder is not None else ()
    answer = _answer(wild, design, solver=options.solver, seconds=time.monotonic() - started)
    described = {**effective(ctx), "min_growth_absolute": problem.min_growth}
    origin = provenance(seed=0, started=began)
    facts = Run("evaluate", setting.model_info, options.target, setting.describe(), described, origin)
    files = {
        "designs.tsv": designs_table(answer.designs).to_text(),
        "fluxes.tsv": fluxes_table(setting.network, profiles).to_text(),
        "funnel.tsv": funnel_table(()).to_text(),
    }
    document = result_document(facts, answer)
    outputs.keep(document, files)
    show_findings(console, setting.findings, everything=bool(ctx.params["verbose"]))
    _show(console, design, wild=wild, target=options.target)
    outputs.emit(document)
    return Exit.DONE if design.verified else Exit.VERIFICATION


def _show(console: Console, design: Design, *, wild: WildType, target: str) -> None:
    console.print(
        f"wild type: growth {number(wild.growth)} 1/h, {target} {number(wild.product_min)} to "
        f"{number(wild.product_max)} at that growth, at most {number(wild.theoretical_max)} mmol/gDW/h at all",
        markup=False,
    )
    show_designs(console, (design,))
    if design.refusal:
        console.print(f"not confirmed: {design.refusal}", style="bold red", markup=False)


def _problem(options: _Options, setting: Setting) -> DesignProblem:
    network, biomass = setting.network, setting.growth_column
    names = parsed_list(options.knockouts, where="--knockouts") or ()
    level = setting.scenario.level
    lines = () if options.candidates_file is None else read_candidates(options.candidates_file)
    offers = resolve_offers(network, lines, level=level)
    for name in names:
        if name in (*offers.absent, *offers.forbidden):
            raise UsageError(f"{name} is forbidden", where="--knockouts", hint="change its use in the candidates file")
    network = network.without([network.reaction(name) for name in offers.absent])
    problem = DesignProblem(
        network=network,
        biomass=biomass,
        target=network.reaction(options.target, where="--target"),
        method=Method(options.method),
        max_knockouts=float(len(names)),
        min_growth=0.0,
        candidates=tuple(sorted(names)),
        level=level,
        costs=offers.costs,
        alpha=options.alpha,
        ties=Ties(options.ties),
        measure=Measure(options.objective),
        substrate=None if options.substrate is None else network.reaction(options.substrate, where="--substrate"),
        knock_ins=offers.knock_ins,
        narrowed=offers.narrowed,
        whole_reactions=offers.whole_reactions,
    )
    wild = wild_type_of(problem)
    floor = absolute_growth(wild, options.min_growth, biomass=biomass, solver=backend(options.solver))
    return replace(problem, min_growth=floor)


def _checks(options: _Options) -> Checks:
    second = "glpk" if options.solver == "highs" else "highs"
    return Checks(backend(options.solver), backend(second), Certify(options.certify))


def _evaluate(problem: DesignProblem, checks: Checks) -> tuple[WildType, Design]:
    most = theoretical_maximum(problem.network, problem.target, solver=checks.solver)
    wild = verify_design(replace(problem, min_growth=0.0), (), theoretical_max=most, checks=checks)
    told = WildType(wild.growth, wild.product_min, wild.product_max, most)
    return told, verify_design(problem, problem.candidates, theoretical_max=most, growth_max=wild.growth, checks=checks)


def _answer(wild: WildType, design: Design, *, solver: str, seconds: float) -> DesignSet:
    """The evaluation in the form of an answer: one design, nothing searched."""
    fine = design.verified
    return DesignSet(
        status="optimal" if fine else "error",
        proven=fine,
        objective=design.objective,
        bound=design.objective,
        gap=0.0 if fine else math.nan,
        stop_reason="evaluated" if fine else design.refusal,
        seconds=seconds,
        wild_type=wild,
        designs=(design,) if fine else (),
        refused=() if fine else (design,),
        funnel=(),
        engine="evaluate",
        solver=solver,
        rounds=0,
        lps=0,
        statistics={},
    )
