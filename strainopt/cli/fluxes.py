"""The work behind `fba`, `pfba`, `fva` and `envelope`: one table each."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone

import click
import numpy as np

from strainopt.cli.console import number, only_results_on_stdout, show_findings, show_table, stderr
from strainopt.cli.exits import Exit
from strainopt.cli.options import ScenarioOptions, taken
from strainopt.cli.outputs import Outputs
from strainopt.cli.page import effective
from strainopt.cli.scenario import Setting, open_setting, parsed_list
from strainopt.errors import ModelError, SolverError
from strainopt.flux.envelope import envelope
from strainopt.flux.fba import fba
from strainopt.flux.fva import fva
from strainopt.flux.pfba import pfba
from strainopt.lp.backend import Backend
from strainopt.lp.registry import backend
from strainopt.lp.result import Status
from strainopt.network.scenario import Level
from strainopt.reduce.candidates import chosen_ids
from strainopt.report.flux_tables import envelope_table, fba_table, flux_document, fva_table, pfba_table
from strainopt.report.provenance import provenance
from strainopt.report.tables import Table

__all__ = ["run_envelope", "run_fba", "run_fva", "run_pfba"]

Work = Callable[[Setting, Backend], "_Found"]

SHOWN = 20
"""Rows shown on the terminal; the files have all."""


@dataclass(frozen=True, eq=False)
class _Found:
    """A table under the name that its file has, and numbers of the whole state."""

    name: str
    table: Table
    numbers: Mapping[str, float]


def run_fba(ctx: click.Context) -> Exit:
    """Run `fba`."""

    def work(setting: Setting, solver: Backend) -> _Found:
        state = fba(setting.network, solver=solver)
        _expect_optimum(state.status, setting)
        return _Found("fluxes.tsv", fba_table(setting.network, state), {"growth": state.growth})

    return _Run(ctx).go(work)


def run_pfba(ctx: click.Context) -> Exit:
    """Run `pfba`."""

    def work(setting: Setting, solver: Backend) -> _Found:
        state = pfba(setting.network, solver=solver)
        _expect_optimum(state.status, setting)
        numbers = {"growth": state.growth, "sum_abs_flux": state.sum_abs_flux}
        return _Found("fluxes.tsv", pfba_table(setting.network, state), numbers)

    return _Run(ctx).go(work)


def run_fva(ctx: click.Context) -> Exit:
    """Run `fva`."""

    def work(setting: Setting, solver: Backend) -> _Found:
        network = setting.network
        named = parsed_list(ctx.params["reactions"], where="--reactions")
        columns = None
        if named is not None:
            chosen = chosen_ids(network, named, level=Level.REACTION, where="--reactions")
            columns = [column for column, name in enumerate(network.reaction_ids) if name in chosen]
        fraction = ctx.params["fraction"]
        ranges = fva(
            network,
            fraction=fraction,
            reactions=columns,
            processes=ctx.params["threads"],
            loopless=ctx.params["loopless"],
            solver=solver,
        )
        growth = fba(network, solver=solver).growth
        return _Found("fva.tsv", fva_table(network, ranges), {"growth": growth, "fraction": fraction})

    return _Run(ctx).go(work)


def run_envelope(ctx: click.Context) -> Exit:
    """Run `envelope`."""

    def work(setting: Setting, solver: Backend) -> _Found:
        product = setting.network.reaction(ctx.params["target"], where="--target")
        border = envelope(setting.network, product=product, biomass=setting.growth_column, solver=solver)
        most = float(border.upper[-1, 0])
        return _Found("envelope.tsv", envelope_table(border), {"growth": most})

    return _Run(ctx).go(work)


class _Run:
    """What the four commands have in common."""

    def __init__(self, ctx: click.Context) -> None:
        self.ctx = ctx
        self.began, self.started = datetime.now(timezone.utc), time.monotonic()
        self.outputs = Outputs.of(ctx)

    def go(self, work: Work) -> Exit:
        """Open the setting, work, write and tell."""
        ctx, console = self.ctx, stderr()
        with only_results_on_stdout():
            setting = open_setting(taken(ScenarioOptions, ctx), knockouts=ctx.params["knockouts"])
            found = work(setting, backend(ctx.params["solver"]))
        document = flux_document(
            command=ctx.info_name or "",
            model=setting.model_info,
            scenario=setting.describe(),
            options=effective(ctx),
            numbers=found.numbers,
            table=found.table,
            seconds=time.monotonic() - self.started,
            origin=provenance(seed=0, started=self.began),
        )
        text = found.table.to_text()
        self.outputs.keep(document, {found.name: text}, table=text)
        show_findings(console, setting.findings, everything=bool(ctx.params["verbose"]))
        told = ", ".join(f"{name} {number(value)}" for name, value in found.numbers.items())
        console.print(f"{setting.network.id}: {told}", markup=False)
        if not self.outputs.anywhere:
            self._show(found, setting)
        self.outputs.emit(document, table=text)
        return Exit.DONE

    def _show(self, found: _Found, setting: Setting) -> None:
        """The part of the table that a person looks at first."""
        console = stderr()
        rows, what = found.table.rows, "rows"
        if found.name != "envelope.tsv":
            network = setting.network
            outer = frozenset(np.asarray(network.reaction_ids)[network.boundary].tolist())
            ends = slice(1, 3) if found.name == "fva.tsv" else slice(1, 2)
            exchanges = tuple(row for row in rows if row[0] in outer and set(row[ends]) != {"0"})
            rows, what = (exchanges, "exchanges with flux") if exchanges else (rows, what)
        show_table(console, found.table.columns, rows[:SHOWN])
        console.print(
            f"{min(SHOWN, len(rows))} of {len(rows)} {what}, {len(found.table.rows)} rows in all; nothing was written: "
            "-o FILE or --out DIR keeps the table, -o - prints it",
            style="dim",
            markup=False,
        )


def _expect_optimum(status: Status, setting: Setting) -> None:
    if status is Status.INFEASIBLE:
        raise ModelError(
            "no steady state: the bounds of this scenario contradict each other",
            where=f"model '{setting.network.id}'",
            hint="lift forced fluxes or open uptakes (--bounds, --medium); strainopt inspect lists forced reactions",
        )
    if status is Status.UNBOUNDED:
        raise ModelError(
            "growth has no limit", where=f"model '{setting.network.id}'", hint="bound the uptakes (--medium, --bounds)"
        )
    if status is not Status.OPTIMAL:
        raise SolverError(f"the program could not be solved ({status.value})", hint="try another solver (--solver)")
