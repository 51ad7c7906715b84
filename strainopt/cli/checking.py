"""The work behind `strainopt check-proof`: read the model as the proof says, check, tell."""

from __future__ import annotations

import time
from pathlib import Path

import click

from strainopt.cli.console import number, only_results_on_stdout, stderr
from strainopt.cli.exits import Exit
from strainopt.io.models import MissingBounds, RuleMode, read_model
from strainopt.proof.check import Checked, check, check_model
from strainopt.proof.reading import read_proof, read_question
from strainopt.proof.records import Method, Question

__all__ = ["run"]


def run(ctx: click.Context) -> Exit:
    """Run the command."""
    started = time.monotonic()
    path: Path = ctx.params["proof"]
    with only_results_on_stdout():
        question = read_question(path)
        loaded = read_model(
            ctx.params["model"],
            missing_bounds=MissingBounds(question.reading["missing_bounds"]),
            gpr=RuleMode(question.reading["gpr"]),
        )
        check_model(question.sha256, loaded.sha256, where=str(path))
        checked = check(read_proof(path, loaded.network), loaded.network, source=str(path))
    console = stderr()
    for line in _told(question, checked):
        console.print(line, markup=False, highlight=False)
    console.print(f"checked in {time.monotonic() - started:.1f} s, without a solver", markup=False, highlight=False)
    return Exit.DONE


def _told(question: Question, checked: Checked) -> tuple[str, ...]:
    """What has been proven, in words, and what it took."""
    n = checked.candidates
    asked = (
        f"question: {question.method.value}{_alpha(question)}, {question.target}, growth ({question.biomass}) at least "
        f"{number(question.min_growth)} 1/h, budget {number(question.budget)}, {n} candidate {question.level.value}s"
        f"{_roles(question)}"
    )
    coupled = question.method is Method.OPTCOUPLE
    unit = "1/h" if coupled else "mmol/gDW/h"
    changed = ", ".join(f"{name} {low:g} to {high:g}" for name, (low, high) in sorted(question.bounds.items())[:8])
    more = f" and {len(question.bounds) - 8} more" if len(question.bounds) > 8 else ""
    scenario = f"bounds that differ from the file: {changed or 'none'}{more}"
    if checked.design is None:
        has = "has a coupling potential above" if coupled else "makes more than"
        claim = f"proven: no design {has} {number(question.beta)} {unit}"
    else:
        low, high = checked.design.value
        names = ", ".join(question.design or ()) or "(nothing)"
        does = "choosing" if question.knock_ins or question.narrowed else "deleting"
        verb, none = ("has a coupling potential of", "has one above") if coupled else ("makes", "makes more than")
        claim = (
            f"proven: {does} {names} {verb} {number(min(low, high), 9)} to {number(max(low, high), 9)} {unit} at "
            f"growth {number(checked.design.growth[0], 9)}, and no design {none} {number(question.beta, 9)}"
        )
    counts = (
        f"checked: {checked.witnesses} flux states, {checked.inequalities} inequalities, {checked.nodes} nodes over "
        f"{checked.items} groups of candidates; {checked.lumps} lumps, {checked.balances} balances"
    )
    return asked, scenario, claim, counts


def _roles(question: Question) -> str:
    """Candidates that do something else than what the level says, and those that every design has."""
    narrowed = [f"{name} {low:g} to {high:g}" for name, (low, high) in question.narrowed.items()]
    told = (
        ("knock-ins (absent where not chosen)", question.knock_ins),
        ("narrowed", narrowed),
        ("deleted as reactions", question.reactions),
        ("in every design", question.forced),
    )
    return "".join(f"; {what}: {', '.join(names)}" for what, names in told if names)


def _alpha(question: Question) -> str:
    return f" (alpha {question.alpha:g})" if question.method is Method.PESSIMISTIC else ""
