"""From what stands on the command line to the options of a run; refuses options that would have no effect."""

from __future__ import annotations

import re
from pathlib import Path

import click

from strainopt.cli.page import given
from strainopt.cli.scenario import merged_bounds, parsed_list
from strainopt.design.options import IDLE, OPTION_NAMES, DesignOptions
from strainopt.errors import UsageError
from strainopt.io.candidates import read_candidates
from strainopt.io.tables import parse_bounds, read_medium
from strainopt.reduce.funnel import DEFAULT_FILTERS, LOSSLESS_FILTERS, Filter

__all__ = ["chosen_filters", "design_options", "filters_text", "refuse_idle"]


def design_options(ctx: click.Context) -> DesignOptions:
    """The options of a design run; files that they name are read.

    Raises
    ------
    UsageError, InputError
        A value that cannot be used, or an option without effect.
    """
    params = {name: value for name, value in ctx.params.items() if name in OPTION_NAMES}
    medium: Path | None = params["medium"]
    offers: Path | None = params["candidates_file"]
    if offers is not None and params["candidates"] is not None:
        raise UsageError(
            "--candidates and --candidates-file both say what may be done",
            where="--candidates-file",
            hint="give one; a knockout line of the file takes a pattern too",
        )
    filters = chosen_filters(params["filters"])
    params.update(
        medium=None if medium is None else dict(read_medium(medium).uptakes),
        bounds=merged_bounds(parse_bounds(text) for text in params["bounds"]),
        knockouts=parsed_list(params["knockouts"], where="--knockouts") or (),
        candidates=parsed_list(params["candidates"], where="--candidates"),
        candidates_file=None if offers is None else read_candidates(offers),
        exclude=parsed_list(params["exclude"], where="--exclude") or (),
        filters=None if filters is None else tuple(one.value for one in Filter if one in filters),
    )
    options = DesignOptions(**params)
    refuse_idle(ctx, options)
    return options


def refuse_idle(ctx: click.Context, options: DesignOptions) -> None:
    """Refuse what stands on the command line without effect, so that nobody believes it had one.

    Raises
    ------
    UsageError
        With the option's name.
    """
    for idle in IDLE:
        if idle.option in ctx.params and given(ctx, idle.option) and not idle.acts(options):
            name, only = f"--{idle.option}", re.sub(r"(\w+): ", r"--\1 ", idle.only)
            raise UsageError(f"{name} has no effect here", where=name, hint=f"it acts only {only}; leave it out")
    if options.objective == "yield" and options.substrate is None:
        raise UsageError("a yield needs a substrate", where="--substrate", hint="name its exchange reaction")


def chosen_filters(text: str | None) -> frozenset[Filter] | None:
    """The filters named; None for the default."""
    return None if text is None else frozenset(Filter(name) for name in text.split(",") if name != "none")


def filters_text(filters: str | None, *, listed: bool) -> str:
    """The filters that act, as an option's value; `listed`: candidates are named."""
    named = chosen_filters(filters)
    if named is None:
        named = LOSSLESS_FILTERS if listed else DEFAULT_FILTERS
    return ",".join(one.value for one in Filter if one in named) or "none"
