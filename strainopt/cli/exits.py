"""The one place that decides how a run ends: exit codes, and what an error looks like."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import time
import traceback
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING

import click

from strainopt.errors import StrainoptError

if TYPE_CHECKING:
    from strainopt.design.problem import DesignSet

__all__ = ["Exit", "Settings", "exit_code", "run"]


class Exit(IntEnum):
    """Exit codes; scripts depend on them."""

    DONE = 0
    OUR_FAULT = 1
    USAGE = 2
    INPUT = 3
    NO_DESIGN = 4
    LIMIT_WITH_DESIGN = 5
    LIMIT_WITHOUT_DESIGN = 6
    SOLVER = 7
    VERIFICATION = 8
    STOPPED = 75
    RESCHEDULE = 99
    CTRL_C = 130


@dataclass
class Settings:
    """What the place that exits must know of the command line; `started` is when the run began (time.monotonic())."""

    debug: bool = False
    started: float = field(default_factory=time.monotonic)


def exit_code(answer: DesignSet, *, stopped_by: Exit | None = None) -> Exit:
    """Exit code of a complete answer; `stopped_by` says which signal asked for an end, if one did."""
    if answer.status == "interrupted":
        return Exit.CTRL_C if stopped_by is None else stopped_by
    if answer.refused:
        return Exit.VERIFICATION
    if answer.status == "time_limit":
        # The wild type, listed for want of something better, is no design.
        found = any(design.interventions for design in answer.designs)
        return Exit.LIMIT_WITH_DESIGN if found else Exit.LIMIT_WITHOUT_DESIGN
    codes = {"optimal": Exit.DONE, "infeasible": Exit.NO_DESIGN, "error": Exit.SOLVER}
    return codes[answer.status]


def run(cli: click.Group, arguments: Sequence[str]) -> int:
    """Run the command line; every way to end passes here.

    Returns
    -------
    int
        The exit code.
    """
    settings = Settings()
    try:
        # Not `cli.main`, which has answers of its own to Ctrl-C and to a closed pipe.
        with cli.make_context("strainopt", list(arguments), obj=settings) as ctx:
            code = cli.invoke(ctx)
        # None where the shell closed it: `>&-`.
        if sys.stdout is not None:
            sys.stdout.flush()
    except click.exceptions.Exit as ended:
        return ended.exit_code
    except click.exceptions.NoArgsIsHelpError as error:
        _say(error.format_message())
        return Exit.USAGE
    except click.ClickException as error:
        _say(_usage_message(error))
        return Exit.USAGE
    except StrainoptError as error:
        _trace(settings)
        _say(f"error: {error}")
        return error.exit_code
    except BrokenPipeError:
        return _reader_left()
    except (KeyboardInterrupt, click.Abort):
        _trace(settings)
        _say("interrupted")
        return Exit.CTRL_C
    except OSError as error:
        if error.errno in (errno.EPIPE, errno.ESHUTDOWN):
            return _reader_left()
        _trace(settings)
        place = f"{error.filename}: " if error.filename else ""
        _say(f"error: {place}{error.strerror or error}")
        return Exit.OUR_FAULT
    # Anything else is a defect of ours; users get a page they can act on, not a traceback.
    except Exception as error:  # noqa: BLE001
        _trace(settings)
        _say(
            f"error: unexpected {type(error).__name__}: {error}\n"
            "  why: a defect in strainopt, or an installation that does not fit\n"
            "  try: the same command with --debug, and report what it prints"
        )
        return Exit.OUR_FAULT
    return int(code) if isinstance(code, int) else Exit.DONE


def _usage_message(error: click.ClickException) -> str:
    lines = [f"error: {error.format_message()}"]
    if isinstance(error, click.UsageError) and error.ctx is not None:
        lines.append(f"  try: {error.ctx.command_path} --help")
    return "\n".join(lines)


def _reader_left() -> int:
    """The reader of stdout, such as `head`, has enough: the interpreter must not complain when it flushes at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return Exit.DONE


def _trace(settings: Settings) -> None:
    if settings.debug:
        _say(traceback.format_exc().rstrip())


def _say(text: str) -> None:
    # Where stderr is full or its reader gone, nobody can be told; the exit code still says it.
    with contextlib.suppress(OSError):
        click.echo(text, err=True)
