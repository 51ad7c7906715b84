"""The work behind `strainopt design`: read, pose, solve, look at fluxes, write, tell."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from pathlib import Path

import click

from strainopt import __version__
from strainopt.cli.asking import design_options
from strainopt.cli.console import only_results_on_stdout, recording, show_findings, stderr
from strainopt.cli.exits import Exit, Settings, exit_code
from strainopt.cli.outputs import Outputs
from strainopt.cli.plan import show_plan
from strainopt.cli.progress import Progress
from strainopt.cli.proving import ProofFile
from strainopt.cli.sharing import recalled, sharing_of
from strainopt.cli.stopping import Stopper
from strainopt.cli.telling import show_answer
from strainopt.design.options import DesignOptions
from strainopt.design.plan import plan_of
from strainopt.design.problem import DesignSet
from strainopt.design.request import Prepared, answer, prepare
from strainopt.io.models import LoadedModel, MissingBounds, RuleMode, read_model
from strainopt.processes import get_ready
from strainopt.report.document import ModelInfo, Run, plan_document, result_document
from strainopt.report.files import check_free
from strainopt.report.fluxes import FluxProfile, flux_profiles
from strainopt.report.provenance import provenance
from strainopt.report.tables import designs_table, fluxes_table, funnel_table
from strainopt.search.outcome import Sharing

__all__ = ["HELPERS_NEED", "join", "run"]

log = logging.getLogger(__name__)

HELPERS_NEED = ("strainopt.cli.main", "strainopt.report.fluxes", "strainopt.search.benders.engine", "swiglpk")
"""What further processes would import one after the other; the first is what their main module imports."""

FLUX_SHARE = 0.1
"""Part of a time limit kept for the flux table, where one is written."""


@dataclass(frozen=True, eq=False)
class _Done:
    loaded: LoadedModel
    prepared: Prepared
    answer: DesignSet
    profiles: tuple[FluxProfile, ...]


@dataclass(frozen=True, eq=False)
class _Asked:
    """What is to be done, and where it goes.

    `whole` is the folder of all parts, where this run is one of several.
    """

    options: DesignOptions
    outputs: Outputs
    proof: ProofFile
    everything: bool
    sharing: Sharing | None = None
    whole: Path | None = None

    @property
    def deadline(self) -> float:
        """When it has to end; the process's start counts."""
        limit = self.options.time_limit
        return math.inf if limit is None else _settings().started + limit


def run(ctx: click.Context) -> Exit:
    """Run `design`."""
    outputs = Outputs.of(ctx)
    asked = _Asked(design_options(ctx), outputs, ProofFile.of(ctx), bool(ctx.params["verbose"]))
    if ctx.params["dry_run"]:
        return _plan(asked)
    asked = replace(asked, sharing=sharing_of(ctx, asked.options, outputs))
    if ctx.params["split"] is not None:
        asked = replace(asked, outputs=replace(outputs, folder=None), whole=outputs.folder)
    return _design(asked)


def join(ctx: click.Context) -> Exit:
    """Run `merge`."""
    folder: Path = ctx.params["folder"]
    options, sharing = recalled(folder)
    outputs = Outputs(None, folder, bool(ctx.params["json"]), bool(ctx.params["overwrite"]))
    check_free(folder, overwrite=outputs.overwrite)
    return _design(_Asked(options, outputs, ProofFile(None), bool(ctx.params["verbose"]), sharing))


def _design(asked: _Asked) -> Exit:
    began, console, outputs = datetime.now(timezone.utc), stderr(), asked.outputs
    with Stopper() as stopper, recording() as told:
        with (
            only_results_on_stdout(),
            Progress(console, started=_settings().started, deadline=asked.deadline) as progress,
        ):
            loaded, prepared = _prepared(asked, progress)
            stopper.keeping = True
            done = _solve(asked, loaded, prepared, stopper=stopper, progress=progress)
        log.info("%s: %s", done.answer.status, done.answer.stop_reason)
        if asked.sharing is not None and asked.sharing.joining and not done.answer.proven:
            console.print(f"nothing to join yet: {done.answer.stop_reason}; nothing was written", markup=False)
            return Exit.STOPPED
        document = result_document(_facts(loaded, prepared, began), done.answer)
        outputs.keep(document, _files(done, told.getvalue()))
        written = asked.proof.write(done.answer, prepared, loaded, deadline=asked.deadline, stop=stopper)
        show_findings(console, (*loaded.findings, *prepared.findings), everything=asked.everything)
        show_answer(
            console, done.answer, asked.options, folder=outputs.folder, kept=outputs.anywhere or asked.whole is not None
        )
        for line in (written, _next_step(asked, done.answer)):
            if line:
                console.print(line, markup=False)
        outputs.emit(document)
    return asked.proof.exit_code(exit_code(done.answer, stopped_by=stopper.asked), stopped_by=stopper.asked)


def _plan(asked: _Asked) -> Exit:
    """Show what would be searched."""
    began, console = datetime.now(timezone.utc), stderr()
    with Stopper():
        with (
            only_results_on_stdout(),
            Progress(console, started=_settings().started, deadline=asked.deadline) as progress,
        ):
            loaded, prepared = _prepared(asked, progress)
            plan = plan_of(prepared)
        show_findings(console, (*loaded.findings, *prepared.findings), everything=asked.everything)
        show_plan(console, prepared, plan)
        facts = _facts(loaded, prepared, began)
        asked.outputs.emit(plan_document(facts, plan, wild_type=prepared.posed.facts.wild_type))
    return Exit.DONE


def _settings() -> Settings:
    return click.get_current_context().find_object(Settings) or Settings()


def _next_step(asked: _Asked, answer: DesignSet) -> str:
    """What a run that is a part, or can be gone on with, says at its end."""
    if asked.whole is not None:
        state = "every part is searched" if answer.proven else "parts are left, for other processes or this one again"
        return f"{state}; the result is written by: strainopt merge {asked.whole}"
    if asked.sharing is not None and not answer.proven:
        return f"the state of the search is in {asked.sharing.folder}: the same command with --resume goes on"
    return ""


def _prepared(asked: _Asked, progress: Progress) -> tuple[LoadedModel, Prepared]:
    options = asked.options
    log.info("strainopt %s: %s", __version__, options)
    if options.threads > 1:
        get_ready(HELPERS_NEED)
    progress.phase("reading the model")
    loaded = read_model(options.model, missing_bounds=MissingBounds(options.missing_bounds), gpr=RuleMode(options.gpr))
    progress.phase("looking at the wild type")
    prepared = prepare(loaded.network, options, deadline=asked.deadline)
    asked.proof.check(prepared)
    return loaded, prepared


def _solve(asked: _Asked, loaded: LoadedModel, prepared: Prepared, *, stopper: Stopper, progress: Progress) -> _Done:
    deadline, folder = asked.deadline, asked.outputs.folder
    left = deadline - time.monotonic()
    kept = FLUX_SHARE * max(left, 0.0) if folder is not None and math.isfinite(left) else 0.0
    found = answer(prepared, deadline=deadline - kept, stop=stopper, observer=progress, sharing=asked.sharing)
    if folder is None:
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
