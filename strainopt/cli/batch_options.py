"""Options that `run`, `batch` and `config` share, and the kind of command that they are."""

from __future__ import annotations

import difflib
import os
from collections.abc import Callable
from pathlib import Path

import click

from strainopt.cli.exits import Exit
from strainopt.cli.options import Decorator, Function, combine, option
from strainopt.cli.page import Page
from strainopt.cli.params import Count
from strainopt.design.options import OPTION_NAMES

__all__ = [
    "ConfigPage", "config_argument", "config_page", "place_options", "run_options", "set_option", "source_argument",
]  # fmt: skip


class ConfigPage(Page):
    """A page whose variables are those of every option of a design too, and that prints its configuration itself."""

    def invoke(self, ctx: click.Context) -> object:
        """Run."""
        if self.callback is None:
            raise TypeError(f"the command {self.name} has no function")
        known = {f"STRAINOPT_{name.upper()}" for name in OPTION_NAMES}
        known |= {str(param.envvar) for param in self.params if param.envvar}
        for name in sorted(os.environ):
            if name.startswith("STRAINOPT_") and name not in known:
                close = difflib.get_close_matches(name, known, n=1, cutoff=0.85)
                if close:
                    click.echo(f"warning: {name} is not known to this command; did you mean {close[0]}?", err=True)
        from strainopt.cli.console import logging_to_stderr

        with logging_to_stderr(verbose=bool(ctx.params["verbose"])):
            return self.callback(ctx)


def config_page(function: Callable[[click.Context], Exit]) -> ConfigPage:
    """The command that a function with options is; its docstring is the help."""
    made: ConfigPage = click.command(cls=ConfigPage, name=function.__module__.rpartition(".")[2])(function)
    return made


def config_argument(command: Function) -> Function:
    """CONFIG."""
    kind = click.Path(path_type=Path, exists=True, dir_okay=False)
    return click.argument("config", metavar="CONFIG", type=kind)(command)


def source_argument(command: Function) -> Function:
    """CONFIG, or what was made from it."""
    kind = click.Path(path_type=Path, exists=True)
    return click.argument("source", metavar="CONFIG", type=kind)(command)


def set_option(command: Function) -> Function:
    """`--set`."""
    text = "Override an option of every task, repeatable: --set max_knockouts=2; lists in brackets: [a, b]."
    return click.option("--set", "set_", multiple=True, metavar="KEY=VALUE", help=text)(command)


def place_options(command: Function) -> Function:
    """Where results go."""
    decorate: Decorator = option(
        "--out", type=click.Path(path_type=Path), metavar="DIR", help="Results folder. [default: outputs.dir]"
    )
    return decorate(command)


def run_options(command: Function) -> Function:
    """How tasks are run."""
    decorate: Decorator = combine(
        option("--workers", type=Count(), help="Tasks at a time. [default: processors granted, at the tasks' threads]"),
        option(
            "--grace",
            type=Count(least=0),
            default=20,
            show_default=True,
            help="Seconds to write the best designs once an end is asked for.",
        ),
        option("--retry-errors", is_flag=True, help="Do tasks again whose result is an error."),
    )
    return decorate(command)
