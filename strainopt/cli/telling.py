"""The answer for human eyes: what is proven, the designs with guarantee beside promise, what was refused."""

from __future__ import annotations

import math
from pathlib import Path

from rich.console import Console
from rich.text import Text

from strainopt.cli.console import number, show_table
from strainopt.design.options import DesignOptions
from strainopt.design.problem import Design, DesignSet

__all__ = ["design_rows", "show_answer", "show_designs"]

_STATUS = {
    "optimal": "proven best",
    "infeasible": "proven: no design exists",
    "time_limit": "time limit reached, not proven",
    "interrupted": "interrupted, not proven",
    "error": "not confirmed",
}

COLUMNS = (
    "rank",
    "interventions",
    "growth",
    "guaranteed",
    "promised",
    "pfba",
    "yield",
    "coupling",
    "potential",
    "verified",
)


def show_answer(
    console: Console, answer: DesignSet, options: DesignOptions, *, folder: Path | None, kept: bool
) -> None:
    """The whole answer."""
    wild = answer.wild_type
    console.print(
        f"wild type: growth {number(wild.growth)} 1/h, {options.target} {number(wild.product_min)} to "
        f"{number(wild.product_max)} at that growth, at most {number(wild.theoretical_max)} mmol/gDW/h at all",
        markup=False,
    )
    style = "green" if answer.proven else "yellow"
    console.print(Text(f"{options.method}, {_STATUS[answer.status]}: {_numbers(answer, options)}", style=style))
    if answer.designs:
        show_designs(console, answer.designs)
    if answer.refused:
        console.print(Text("refused: plain linear programs on the whole model do not confirm these", style="bold red"))
        for design in answer.refused:
            console.print(f"  {', '.join(design.interventions)}: {design.refusal}", markup=False)
    if not answer.designs and not answer.refused:
        console.print(f"no design: {answer.stop_reason}", markup=False)
    if folder is not None:
        console.print(f"written to {folder}", markup=False)
    elif not kept:
        console.print("nothing was written; --out DIR keeps the result, --json prints it", style="dim", markup=False)


def _numbers(answer: DesignSet, options: DesignOptions) -> str:
    unit = " 1/h" if options.method == "optcouple" else ""
    parts = []
    if not math.isnan(answer.objective):
        parts.append(f"objective {number(answer.objective)}{unit}")
    if not answer.proven and math.isfinite(answer.bound):
        parts.append(f"bound {number(answer.bound)}")
    if not answer.proven and math.isfinite(answer.gap):
        parts.append(f"gap {100.0 * answer.gap:.3g}%")
    parts.append(answer.stop_reason)
    parts.append(f"{answer.engine} with {answer.solver}, {answer.lps} LPs, {answer.seconds:.1f} s")
    return ", ".join(part for part in parts if part)


def show_designs(console: Console, designs: tuple[Design, ...]) -> None:
    """One row per design; guaranteed and promised are least and most product at maximal growth.

    The potential is the growth lost without product (1/h).
    """
    show_table(console, COLUMNS, [design_rows(design) for design in designs])
    for design in designs:
        if design.n_equivalents:
            some = "; ".join(" + ".join(names) for names in design.equivalents[:3])
            more = ", ..." if design.n_equivalents > 3 else ""
            console.print(f"  {design.rank}: {design.n_equivalents} equivalent: {some}{more}", markup=False)
        if design.collateral:
            console.print(
                f"  {design.rank}: also lost, though not needed: {', '.join(design.collateral)}", markup=False
            )


def _marked(design: Design) -> list[str]:
    """Knock-ins with a plus, narrowed reactions with a tilde."""
    signs = {**dict.fromkeys(design.added, "+"), **dict.fromkeys(design.narrowed, "~")}
    return [f"{signs.get(name, '')}{name}" for name in design.interventions]


def design_rows(design: Design) -> tuple[str, ...]:
    """The cells of one design."""
    yields = (design.yield_min, design.yield_max)
    return (
        str(design.rank) if design.rank else "-",
        ", ".join(_marked(design)) or "(none)",
        number(design.growth),
        number(design.product_min),
        number(design.product_max),
        number(design.product_pfba),
        "-" if any(map(math.isnan, yields)) else " to ".join(dict.fromkeys(number(value, 4) for value in yields)),
        design.coupling.value,
        number(design.coupling_potential, 4),
        "yes" if design.verified else "no",
    )
