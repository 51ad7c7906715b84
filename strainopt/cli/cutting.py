"""The work behind `strainopt cutsets`: read, choose candidates, search, write, tell."""

from __future__ import annotations

import math
from dataclasses import asdict
from datetime import datetime, timezone

import click

from strainopt.cli.console import only_results_on_stdout, show_findings, show_table, stderr
from strainopt.cli.exits import Exit, Settings
from strainopt.cli.options import ScenarioOptions, taken
from strainopt.cli.outputs import Outputs
from strainopt.cli.page import effective
from strainopt.cli.progress import Progress
from strainopt.cli.scenario import Setting, open_setting, parsed_list
from strainopt.cli.stopping import Stopper
from strainopt.design.cutsets import CutSetAnswer, CutSetQuestion, solve_cut_sets
from strainopt.design.regions import parse_region
from strainopt.lp.registry import backend
from strainopt.reduce.candidates import static_funnel
from strainopt.reduce.funnel import Filter
from strainopt.report.cutsets import cut_sets_document, cut_sets_table
from strainopt.report.provenance import provenance
from strainopt.search.outcome import Limits

__all__ = ["run"]

SHOWN = 20
"""Sets shown on the terminal; the files have all."""

STATIC = frozenset({Filter.EXCHANGE, Filter.NO_GPR, Filter.SPONTANEOUS})


def run(ctx: click.Context) -> Exit:
    """Run the command."""
    began = datetime.now(timezone.utc)
    settings = ctx.find_object(Settings) or Settings()
    outputs, console = Outputs.of(ctx), stderr()
    limit = ctx.params["time_limit"]
    deadline = math.inf if limit is None else settings.started + limit
    with Stopper() as stopper:
        with only_results_on_stdout(), Progress(console, started=settings.started, deadline=deadline) as progress:
            progress.phase("reading the model")
            setting = open_setting(taken(ScenarioOptions, ctx), knockouts=ctx.params["knockouts"], cut_bounds=True)
            question = _question(ctx, setting)
            stopper.keeping = True
            limits = Limits(deadline=deadline, seed=ctx.params["seed"], stop=stopper, observer=progress)
            answer = solve_cut_sets(question, limits=limits, solver=backend(ctx.params["solver"]))
        table = cut_sets_table(answer).to_text()
        document = cut_sets_document(
            answer,
            model=asdict(setting.model_info),
            scenario=setting.describe(),
            options=effective(ctx),
            origin=provenance(seed=ctx.params["seed"], started=began),
        )
        outputs.keep(document, {"designs.tsv": table}, table=table)
        show_findings(console, setting.findings, everything=bool(ctx.params["verbose"]))
        _show(ctx, answer)
        outputs.emit(document, table=table)
    return _exit(answer, stopper.asked)


def _question(ctx: click.Context, setting: Setting) -> CutSetQuestion:
    named, given = ctx.params["filters"], ctx.params["candidates"]
    if named is None:
        filters = STATIC if given is None else frozenset[Filter]()
    else:
        filters = frozenset(Filter(name) for name in named.split(",") if name != "none")
    network, level = setting.network, setting.scenario.level
    funnel = static_funnel(
        network,
        level=level,
        filters=filters,
        include=parsed_list(given, where="--candidates"),
        exclude=parsed_list(ctx.params["exclude"], where="--exclude") or (),
    )
    return CutSetQuestion(
        network=network,
        biomass=setting.growth_column,
        level=level,
        candidates=funnel.candidates,
        suppress=tuple(parse_region(text, network, where="--suppress") for text in ctx.params["suppress"]),
        protect=tuple(parse_region(text, network, where="--protect") for text in ctx.params["protect"]),
        max_size=ctx.params["max_knockouts"],
    )


def _show(ctx: click.Context, answer: CutSetAnswer) -> None:
    console = stderr()
    sizes = ", ".join(f"{count} of size {size}" for size, count in answer.by_size.items()) or "none"
    complete = f"complete up to size {answer.complete_up_to}" if answer.complete_up_to >= 0 else "not complete"
    console.print(
        f"{len(answer.designs)} minimal cut sets ({sizes}), {complete}, {answer.lps} LPs, {answer.seconds:.1f} s",
        markup=False,
        style="green" if answer.proven else "yellow",
    )
    if answer.designs:
        shown = answer.designs[:SHOWN]
        show_table(console, ("size", "knockouts"), [(str(len(one)), ", ".join(one)) for one in shown])
    left = len(answer.designs) - SHOWN
    if left > 0:
        console.print(f"{left} more; -o FILE or --out DIR keeps all of them", style="dim", markup=False)
    elif not any(ctx.params[name] for name in ("out", "output", "json")):
        console.print("nothing was written; --out DIR keeps the result, --json prints it", style="dim", markup=False)


def _exit(answer: CutSetAnswer, stopped_by: Exit | None) -> Exit:
    if answer.status == "interrupted":
        return Exit.CTRL_C if stopped_by is None else stopped_by
    if answer.status == "time_limit":
        return Exit.LIMIT_WITH_DESIGN if answer.designs else Exit.LIMIT_WITHOUT_DESIGN
    return Exit.DONE if answer.designs else Exit.NO_DESIGN
