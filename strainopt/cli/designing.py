"""The work behind `strainopt design`: read, pose, solve, look at fluxes, write, tell."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone

import click

from strainopt.cli.asking import DesignOptions, design_options, filters_text, question
from strainopt.cli.console import only_results_on_stdout, recording, show_findings, stderr
from strainopt.cli.exits import Exit, Settings, exit_code
from strainopt.cli.options import CandidateOptions, ScenarioOptions, taken
from strainopt.cli.outputs import Outputs
from strainopt.cli.page import effective
from strainopt.cli.plan import show_plan
from strainopt.cli.progress import Progress
from strainopt.cli.scenario import Setting, open_setting
from strainopt.cli.stopping import Stopper
from strainopt.cli.telling import show_answer
from strainopt.design.problem import DesignSet
from strainopt.design.question import Posed, pose
from strainopt.design.solve import solve
from strainopt.design.verify import Checks
from strainopt.report.document import Run, result_document
from strainopt.report.fluxes import FluxProfile, flux_profiles
from strainopt.report.provenance import provenance
from strainopt.report.tables import designs_table, fluxes_table, funnel_table
from strainopt.search.outcome import Limits

__all__ = ["run"]

FLUX_SHARE = 0.1
"""Part of a time limit kept for the flux table, where one is written."""


@dataclass(frozen=True, eq=False)
class _Done:
    setting: Setting
    posed: Posed
    answer: DesignSet
    profiles: tuple[FluxProfile, ...]


def run(ctx: click.Context) -> Exit:
    """Run the command."""
    began = datetime.now(timezone.utc)
    settings = ctx.find_object(Settings) or Settings()
    options, candidates = design_options(ctx), taken(CandidateOptions, ctx)
    outputs = Outputs.of(ctx)
    console = stderr()
    deadline = math.inf if options.time_limit is None else settings.started + options.time_limit
    with Stopper() as stopper, recording() as log:
        with only_results_on_stdout(), Progress(console, started=settings.started, deadline=deadline) as progress:
            progress.phase("reading the model")
            setting = open_setting(taken(ScenarioOptions, ctx), knockouts=options.knockouts)
            progress.phase("looking at the wild type")
            posed = pose(setting.network, question(options, candidates, setting), biomass=setting.growth_column)
            if not options.dry_run:
                stopper.keeping = True
                done = _solve(
                    options, setting, posed, limits=_limits(options, deadline, stopper, progress), outputs=outputs
                )
        verbose = bool(ctx.params["verbose"])
        show_findings(console, setting.findings, everything=verbose)
        if options.dry_run:
            show_plan(console, setting, posed, options.choice)
            return Exit.DONE
        described = {
            **effective(ctx),
            "filters": filters_text(candidates),
            "min_growth_absolute": posed.problem.min_growth,
        }
        origin = provenance(seed=options.seed, started=began)
        facts = Run("design", setting.model_info, options.target, setting.describe(), described, origin)
        show_answer(console, done.answer, options, folder=outputs.folder, kept=outputs.anywhere)
        outputs.document(result_document(facts, done.answer), _files(done, log.getvalue()))
    return exit_code(done.answer, stopped_by=stopper.asked)


def _limits(options: DesignOptions, deadline: float, stopper: Stopper, progress: Progress) -> Limits:
    return Limits(deadline=deadline, threads=options.threads, seed=options.seed, stop=stopper, observer=progress)


def _solve(options: DesignOptions, setting: Setting, posed: Posed, *, limits: Limits, outputs: Outputs) -> _Done:
    from dataclasses import replace

    left = limits.deadline - time.monotonic()
    kept = FLUX_SHARE * max(left, 0.0) if outputs.folder is not None and math.isfinite(left) else 0.0
    answer = solve(
        posed.problem,
        choice=options.choice,
        limits=replace(limits, deadline=limits.deadline - kept),
        designs=options.designs,
        within=options.within,
        checks=Checks.standard(options.checked_by),
        funnel=posed.funnel.steps,
    )
    if outputs.folder is None:
        return _Done(setting, posed, answer, ())
    stopped = limits.stop is not None and limits.stop()
    until = time.monotonic() if stopped else limits.deadline
    profiles = flux_profiles(posed.problem, answer.designs, deadline=until, processes=options.threads)
    return _Done(setting, posed, answer, profiles)


def _files(done: _Done, log: str) -> Mapping[str, str]:
    return {
        "designs.tsv": designs_table(done.answer.designs).to_text(),
        "fluxes.tsv": fluxes_table(done.setting.network, done.profiles).to_text(),
        "funnel.tsv": funnel_table(done.answer.funnel).to_text(),
        "run.log": log,
    }
