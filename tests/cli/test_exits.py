"""The one place that exits: every way to end has its code, and a page instead of a traceback."""

from __future__ import annotations

import math
from dataclasses import replace

import click
import pytest

from strainopt.cli import exits
from strainopt.cli.exits import Exit, Settings, exit_code, run
from strainopt.design.problem import Coupling, Design, DesignSet, WildType
from strainopt.errors import SolverMissingError, VerificationError

DESIGN = Design(
    rank=1, interventions=("a",), reactions=("a",), genes=(), cost=1.0, objective=1.0, growth=1.0, product_min=1.0,
    product_max=1.0, product_pfba=1.0, yield_min=math.nan, yield_max=math.nan, coupling=Coupling.WGCP, verified=True,
    residual=0.0,
)  # fmt: skip
ANSWER = DesignSet(
    status="optimal", proven=True, objective=1.0, bound=1.0, gap=0.0, stop_reason="", seconds=0.0,
    wild_type=WildType(1.0, 0.0, 0.0, 2.0), designs=(DESIGN,), refused=(), funnel=(), engine="benders", solver="glpk",
    rounds=0, lps=0, statistics={},
)  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, 0),
        ({"status": "infeasible", "designs": ()}, 4),
        ({"status": "time_limit"}, 5),
        ({"status": "time_limit", "designs": ()}, 6),
        ({"status": "time_limit", "designs": (replace(DESIGN, interventions=()),)}, 6),
        ({"status": "error"}, 7),
        ({"status": "error", "refused": (DESIGN,)}, 8),
        ({"status": "interrupted"}, 130),
    ],
)
def test_codes_of_answers(changes, code) -> None:
    assert exit_code(replace(ANSWER, **changes)) == code


def test_the_signal_decides_between_two_codes() -> None:
    stopped = replace(ANSWER, status="interrupted")
    assert exit_code(stopped, stopped_by=Exit.STOPPED) == 75
    assert exit_code(stopped, stopped_by=Exit.CTRL_C) == 130
    # A signal after the proof takes nothing away from it.
    assert exit_code(ANSWER, stopped_by=Exit.STOPPED) == 0


def group(error: BaseException) -> click.Group:
    @click.group()
    def made() -> None:
        pass

    @made.command()
    @click.option("--debug", is_flag=True)
    @click.pass_context
    def fail(ctx: click.Context, debug: bool) -> None:
        ctx.find_object(Settings).debug = debug  # type: ignore[union-attr]
        raise error

    return made


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (SolverMissingError("no gurobi", hint="pip install it"), 7, "error: no gurobi\n  try: pip install it\n"),
        (VerificationError("not so", where="x", why="because"), 8, "error: x: not so\n  why: because\n"),
        (KeyboardInterrupt(), 130, "interrupted\n"),
        (click.Abort(), 130, "interrupted\n"),
        (OSError(28, "No space left on device", "result.json"), 1, "error: result.json: No space left on device\n"),
        (BrokenPipeError(), 0, ""),
    ],
)
def test_errors(error, code, message, capsys, monkeypatch) -> None:
    monkeypatch.setattr(exits, "_reader_left", lambda: Exit.DONE)
    assert run(group(error), ["fail"]) == code
    assert capsys.readouterr().err == message


def test_a_defect_of_ours_is_short_and_debug_shows_all(capsys) -> None:
    assert run(group(ValueError("oops")), ["fail"]) == 1
    short = capsys.readouterr().err
    assert "unexpected ValueError: oops" in short
    assert "--debug" in short
    assert "Traceback" not in short
    assert run(group(ValueError("oops")), ["fail", "--debug"]) == 1
    assert "Traceback" in capsys.readouterr().err


def test_debug_of_a_real_command(shell) -> None:
    assert "Traceback" not in shell("fba", "textbok").err
    assert "Traceback" in shell("fba", "textbok", "--debug").err
