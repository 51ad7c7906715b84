"""Everything for human eyes goes to stderr: tables, findings, log lines."""

from __future__ import annotations

import contextlib
import io
import logging
import math
import os
import sys
from collections.abc import Iterable, Iterator, Sequence

from rich import box
from rich.console import Console
from rich.logging import RichHandler
from rich.table import Table
from rich.text import Text

from strainopt.network.findings import Finding, Severity

__all__ = [
    "logging_to_stderr",
    "number",
    "only_results_on_stdout",
    "recording",
    "show_findings",
    "show_table",
    "stderr",
]

WIDE = 160
"""Columns where no terminal says how many there are: tables in log files are not to be squeezed."""

_STYLES = {Severity.INFO: "dim", Severity.WARNING: "yellow", Severity.ERROR: "bold red"}


class _Console(Console):
    def on_broken_pipe(self) -> None:
        """Nobody reads stderr any more (`2>&1 | head`): say no more, and end as the answer asks; rich would exit 1."""
        self.quiet = True
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())


def stderr() -> Console:
    """A console on stderr as it is now; rich itself honours NO_COLOR and TERM=dumb."""
    console = _Console(stderr=True, highlight=False, soft_wrap=False)
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = WIDE
    return console


def number(value: float, digits: int = 6) -> str:
    """A number for human eyes; nothing is shown as a dash, and round-off of zero as zero."""
    if math.isnan(value):
        return "-"
    return "0" if abs(value) < 1e-9 else f"{value:.{digits}g}"


def show_table(console: Console, columns: Sequence[str], rows: Iterable[Sequence[str]], *, title: str = "") -> None:
    """A plain table; the first column is left-aligned, the others as their content asks."""
    table = Table(box=box.SIMPLE, title=title or None, title_justify="left", pad_edge=False)
    lines = [tuple(row) for row in rows]
    for at, name in enumerate(columns):
        numeric = all(_numeric(line[at]) for line in lines)
        table.add_column(Text(name), justify="right" if numeric else "left", overflow="fold")
    for line in lines:
        table.add_row(*(Text(cell) for cell in line))
    console.print(table)


def _numeric(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return text in ("", "-")
    return True


def show_findings(console: Console, findings: Iterable[Finding], *, everything: bool) -> None:
    """One line per finding; notes only on request."""
    for item in findings:
        if item.severity is Severity.INFO and not everything:
            continue
        some = (
            f": {', '.join(item.examples)}{', ...' if item.count > len(item.examples) else ''}" if item.examples else ""
        )
        counted = f" ({item.count})" if item.count > 1 else ""
        hint = f"; {item.hint}" if item.hint else ""
        line = f"{item.severity.value} {item.code}{counted}: {item.message}{some}{hint}"
        console.print(Text(line, style=_STYLES[item.severity]))


@contextlib.contextmanager
def logging_to_stderr(*, verbose: bool) -> Iterator[None]:
    """Show the library's warnings, or with `verbose` all that it tells."""
    handler = RichHandler(console=stderr(), show_path=False, show_time=verbose, markup=False)
    handler.setLevel(logging.INFO if verbose else logging.WARNING)
    with _attached(handler):
        yield


@contextlib.contextmanager
def recording() -> Iterator[io.StringIO]:
    """Collect what the library tells, for run.log."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    handler.setLevel(logging.INFO)
    with _attached(handler):
        yield stream


@contextlib.contextmanager
def _attached(handler: logging.Handler) -> Iterator[None]:
    log = logging.getLogger("strainopt")
    before = log.level
    log.setLevel(min(before or logging.WARNING, handler.level))
    log.addHandler(handler)
    try:
        yield
    finally:
        log.removeHandler(handler)
        log.setLevel(before)


@contextlib.contextmanager
def only_results_on_stdout() -> Iterator[None]:
    """Send to stderr what solvers print on stdout, below Python: licences, banners, warnings in C."""
    try:
        stdout, target = sys.stdout.fileno(), sys.stderr.fileno()
    except (OSError, ValueError, AttributeError):
        # Not real files, so nothing in C can reach them.
        yield
        return
    sys.stdout.flush()
    kept = os.dup(stdout)
    os.dup2(target, stdout)
    try:
        yield
    finally:
        os.dup2(kept, stdout)
        os.close(kept)
