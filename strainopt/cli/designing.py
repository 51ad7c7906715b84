"""The work behind `strainopt design`: read, pose, solve, look at fluxes, write, tell."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone

import click

from strainopt import __version__
from strainopt.cli.asking import design_options
from strainopt.cli.console import only_results_on_stdout, recording, show_findings, stderr
from strainopt.cli.exits import Exit, Settings, exit_code
from strainopt.cli.outputs import Outputs
from strainopt.cli.plan import show_plan
from strainopt.cli.progress import Progress
from strainopt.cli.proving import ProofFile
from strainopt.cli.stopping import Stopper
from strainopt.cli.telling import show_answer
from strainopt.design.plan import plan_of
from strainopt.design.problem import DesignSet
from strainopt.design.request import Prepared, answer, prepare
from strainopt.io.models import LoadedModel, MissingBounds, RuleMode, read_model
from strainopt.report.document import ModelInfo, Run, plan_document, result_document
from strainopt.report.fluxes import FluxProfile, flux_profiles
from strainopt.report.provenance import provenance
from strainopt.report.tables import designs_table, fluxes_table, funnel_table

__all__ = ["run"]

log = logging.getLogger(__name__)

FLUX_SHARE = 0.1
"""Part of a time limit kept for the flux table, where one is written."""


@dataclass(frozen=True, eq=False)
class _Done:
    loaded: LoadedModel
    prepared: Prepared
    answer: DesignSet
    profiles: tuple[FluxProfile, ...]


def run(ctx: click.Context) -> Exit:
    """Run the command."""
    began = datetime.now(timezone.utc)
    started = (ctx.find_object(Settings) or Settings()).started
    options, outputs, console = design_options(ctx), Outputs.of(ctx), stderr()
    wanted = ProofFile.of(ctx)
    deadline = math.inf if options.time_limit is None else started + options.time_limit
    with Stopper() as stopper, recording() as told:
        with only_results_on_stdout(), Progress(console, started=started, deadline=deadline) as progress:
            log.info("strainopt %s: %s", __version__, options)
            progress.phase("reading the model")
            loaded = read_model(
                options.model, missing_bounds=MissingBounds(options.missing_bounds), gpr=RuleMode(options.gpr)
            )
            progress.phase("looking at the wild type")
            prepared = prepare(loaded.network, options, deadline=deadline)
            facts = _facts(loaded, prepared, began)
            wanted.check(prepared)
            if ctx.params["dry_run"]:
                plan = plan_of(prepared)
            else:
                stopper.keeping = True
                done = _solve(loaded, prepared, deadline=deadline, stopper=stopper, progress=progress, outputs=outputs)
        findings, everything = (*loaded.findings, *prepared.findings), bool(ctx.params["verbose"])
        if ctx.params["dry_run"]:
            show_findings(console, findings, everything=everything)
            show_plan(console, prepared, plan)
            outputs.emit(plan_document(facts, plan, wild_type=prepared.posed.facts.wild_type))
            return Exit.DONE
        log.info("%s: %s", done.answer.status, done.answer.stop_reason)
        document = result_document(facts, done.answer)
        outputs.keep(document, _files(done, told.getvalue()))
        written = wanted.write(done.answer, prepared, loaded, deadline=deadline, stop=stopper)
        show_findings(console, findings, everything=everything)
        show_answer(console, done.answer, options, folder=outputs.folder, kept=outputs.anywhere)
        if written:
            console.print(written, markup=False)
        outputs.emit(document)
    return wanted.exit_code(exit_code(done.answer, stopped_by=stopper.asked), stopped_by=stopper.asked)


def _solve(
    loaded: LoadedModel,
    prepared: Prepared,
    *,
    deadline: float,
    stopper: Stopper,
    progress: Progress,
    outputs: Outputs,
) -> _Done:
    left = deadline - time.monotonic()
    kept = FLUX_SHARE * max(left, 0.0) if outputs.folder is not None and math.isfinite(left) else 0.0
    found = answer(prepared, deadline=deadline - kept, stop=stopper, observer=progress)
    if outputs.folder is None:
        return _Done(loaded, prepared, found, ())
    progress.phase("fluxes")
    until = time.monotonic() if stopper() else deadline
    profiles = flux_profiles(prepared.posed.problem, found.designs, deadline=until, processes=prepared.options.threads)
    return _Done(loaded, prepared, found, profiles)


def _facts(loaded: LoadedModel, prepared: Prepared, began: datetime) -> Run:
    return Run(
        command="design",
        model=ModelInfo.of(loaded.network, sha256=loaded.sha256),
        target=prepared.options.target,
        scenario=prepared.described_scenario(),
        options=prepared.described_options(),
        provenance=provenance(seed=prepared.options.seed, started=began),
    )


def _files(done: _Done, log: str) -> Mapping[str, str]:
    return {
        "designs.tsv": designs_table(done.answer.designs).to_text(),
        "fluxes.tsv": fluxes_table(done.loaded.network, done.profiles).to_text(),
        "funnel.tsv": funnel_table(done.answer.funnel).to_text(),
        "run.log": log,
    }
