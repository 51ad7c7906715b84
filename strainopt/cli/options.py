"""Options that several commands share. Nothing here imports the library: help pages must come at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Final, TypeVar

import click

from strainopt.cli.exits import Exit
from strainopt.cli.params import Count, MinGrowth, OneOf, Place, Share, SomeOf
from strainopt.design.options import FILTERS, LEVELS, METHODS, SOLVERS

__all__ = [
    "DEFAULT_FILTERS",
    "CandidateOptions",
    "EnvOption",
    "ScenarioOptions",
    "candidate_options",
    "candidates_file_option",
    "combine",
    "file_options",
    "folder_options",
    "knockouts_option",
    "level_option",
    "linear_solver_option",
    "method_options",
    "option",
    "scenario_options",
    "taken",
    "target_option",
    "threads_option",
]

DEFAULT_FILTERS: Final = "exchange,no-gpr,spontaneous,essential,blocked"

Function = Callable[[click.Context], Exit]
Decorator = Callable[[Function], Function]


class EnvOption(click.Option):
    """An option that can also be given as STRAINOPT_<NAME>, under its long name, on every command that has it."""

    def __init__(self, param_decls: Sequence[str], **attributes: object) -> None:
        super().__init__(param_decls, **attributes)  # type: ignore[arg-type]
        if self.envvar is None and not self.is_eager and self.name is not None:
            self.envvar = f"STRAINOPT_{self.name.upper()}"


def option(*names: str, **attributes: object) -> Decorator:
    """`click.option` with an environment variable."""
    return click.option(*names, cls=EnvOption, **attributes)


def combine(*decorators: Decorator) -> Decorator:
    """Several options as one decorator, in the order in which help shows them."""

    def apply(command: Function) -> Function:
        for decorate in reversed(decorators):
            command = decorate(command)
        return command

    return apply


Taken = TypeVar("Taken")


def taken(kind: type[Taken], ctx: click.Context) -> Taken:
    """An options class, filled from the parameters of the same names."""
    return kind(**{item.name: ctx.params[item.name] for item in fields(kind)})  # type: ignore[arg-type]


@dataclass(frozen=True)
class ScenarioOptions:
    """Options that say what cell it is and what it lives on, as they were typed."""

    model: str
    biomass: str | None
    medium: Path | None
    bounds: tuple[str, ...]
    missing_bounds: str
    gpr: str
    level: str


def scenario_options(command: Function) -> Function:
    """The model and its scenario, without `--knockouts` (whose meaning differs between commands)."""
    decorate = combine(
        click.argument("model", metavar="MODEL"),
        option("--biomass", metavar="RXN", help="Growth reaction; without it, the file's objective."),
        option(
            "--medium",
            type=Place(),
            metavar="FILE.tsv",
            help="Columns exchange and max_uptake (mmol/gDW/h); what is not listed is closed.",
        ),
        option(
            "--bounds",
            multiple=True,
            metavar="RXN=LB:UB",
            help="Flux bounds, repeatable; an empty side keeps its value: EX_o2_e=0:",
        ),
        level_option,
        option(
            "--missing-bounds",
            type=OneOf(("error", "default")),
            default="error",
            show_default=True,
            help="Reactions without bounds in the file: refuse, or -1000 (0 where irreversible) to 1000.",
        ),
        option(
            "--gpr",
            type=OneOf(("strict", "skip")),
            default="strict",
            show_default=True,
            help="Gene rules that cannot be read: refuse, or treat the reaction as gene-free.",
        ),
    )
    return decorate(command)


def level_option(command: Function) -> Function:
    """Reactions or genes."""
    decorate = option("--level", type=OneOf(LEVELS), default="reaction", show_default=True, help="What is deleted.")
    return decorate(command)


def knockouts_option(*, text: str, required: bool = False) -> Decorator:
    """`--knockouts`, with the meaning that it has for a command."""
    return option("--knockouts", metavar="A,B|@file", required=required, help=text)


def target_option(*, required: bool) -> Decorator:
    """`--target`."""
    text = "Reaction whose flux is the product, such as EX_succ_e."
    return option("--target", metavar="RXN", required=required, help=text)


def method_options(*, default: str) -> Decorator:
    """What a design is credited with."""
    return combine(
        option(
            "--method",
            type=OneOf(METHODS),
            default=default,
            show_default=True,
            help="Credit of a design: most product at maximal growth (optknock), least there (robustknock), "
            "least near maximal growth (pessimistic), that of least total flux (pfba), least in every state that "
            "grows (strong), or growth at its maximum less the largest growth without product (optcouple).",
        ),
        option(
            "--alpha",
            type=Share(zero=False),
            default=1.0,
            show_default=True,
            help="pessimistic: states with at least this part of the mutant's maximal growth count.",
        ),
        option(
            "--ties",
            type=OneOf(("pessimistic", "optimistic")),
            default="pessimistic",
            show_default=True,
            help="pfba: states of equal total flux count against us, or for us.",
        ),
        option(
            "--objective",
            type=OneOf(("rate", "yield")),
            default="rate",
            show_default=True,
            help="Product rate, or product per substrate.",
        ),
        option(
            "--substrate",
            metavar="RXN",
            help="Substrate's exchange, for yields; without it, the uptake that clearly brings most carbon.",
        ),
        option(
            "--certify",
            type=OneOf(("lp", "exact")),
            default="lp",
            show_default=True,
            help="exact: repeat the final programs in rational arithmetic.",
        ),
    )


@dataclass(frozen=True)
class CandidateOptions:
    """Options that say what may be deleted, as they were typed."""

    candidates: str | None
    exclude: str | None
    filters: str | None
    min_growth: str


def candidate_options(command: Function) -> Function:
    """Options that say what may be deleted."""
    decorate = combine(
        option(
            "--min-growth",
            type=MinGrowth(),
            default="10%",
            show_default=True,
            help="Growth that a mutant keeps: 1/h, or percent of the wild type.",
        ),
        option("--candidates", metavar="LIST|@file", help="Ids or globs that may be deleted; without it, all."),
        option("--exclude", metavar="LIST|@file", help="Ids or globs that must stay."),
        option(
            "--filters",
            type=SomeOf(FILTERS),
            help=f"What leaves the candidates; from {', '.join(FILTERS)}; or none. "
            f"[default: {DEFAULT_FILTERS}; with --candidates: essential,blocked]",
        ),
    )
    return decorate(command)


def candidates_file_option(*, text: str) -> Decorator:
    """`--candidates-file`, with the meaning that it has for a command."""
    return option("--candidates-file", type=Place(), metavar="FILE.tsv", help=text)


def threads_option(command: Function) -> Function:
    """`--threads`."""
    decorate = option(
        "--threads",
        type=Count(),
        default=1,
        show_default=True,
        help="Processes that share a search (benders) and flux ranges; threads of the solver (milp), where it has any.",
    )
    return decorate(command)


def linear_solver_option(command: Function) -> Function:
    """`--solver` of commands that only solve linear programs."""
    decorate = option("--solver", type=OneOf(SOLVERS), default="glpk", show_default=True, help="Who solves.")
    return decorate(command)


def folder_options(command: Function) -> Function:
    """Where results go: a folder, or JSON on stdout."""
    decorate = combine(
        option("--out", type=Place(), metavar="DIR", help="Write the result files here."),
        option("--overwrite", is_flag=True, help="Replace an existing result."),
        option("--json", is_flag=True, help="Print the result document on stdout."),
    )
    return decorate(command)


def file_options(command: Function) -> Function:
    """Where a table goes: a file, stdout, or a folder."""
    decorate = combine(
        option(
            "-o",
            "--output",
            metavar="FILE",
            help="Write the table here; - is stdout.",
        ),
        folder_options,
    )
    return decorate(command)
