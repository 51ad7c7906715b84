"""A command of strainopt: its function gets the context, and the options of every command are handled here."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence

import click
from click.core import ParameterSource

from strainopt.cli.exits import Exit, Settings
from strainopt.cli.options import EnvOption

__all__ = ["Page", "effective", "given", "page"]


class Page(click.Command):
    """A command whose function takes the context only and returns the exit code."""

    def __init__(self, name: str | None, *, params: Sequence[click.Parameter] = (), **attributes: object) -> None:
        super().__init__(name, params=[*params, *_common()], **attributes)  # type: ignore[arg-type]

    def invoke(self, ctx: click.Context) -> object:
        """Tell the configuration, or run."""
        _warn_of_unknown_variables(ctx)
        if ctx.params.pop("print_config"):
            _print_config(ctx)
            return Exit.DONE
        if self.callback is None:
            raise TypeError(f"the command {self.name} has no function")
        from strainopt.cli.console import logging_to_stderr

        with logging_to_stderr(verbose=bool(ctx.params["verbose"])):
            return self.callback(ctx)


def page(function: Callable[[click.Context], Exit]) -> Page:
    """The command that a function with options is; its docstring is the help."""
    made: Page = click.command(cls=Page, name=function.__module__.rpartition(".")[2].replace("_", "-"))(function)
    return made


def given(ctx: click.Context, name: str) -> bool:
    """Whether an option stands on the command line."""
    return ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE


def effective(ctx: click.Context) -> dict[str, object]:
    """The value of every option that bears on the result, by name."""
    hidden = {"print_config", "verbose", "debug", "json", "out", "output", "overwrite", "dry_run", "model"}
    return {
        name: str(value) if value is not None and not isinstance(value, (bool, int, float, str, tuple)) else value
        for name, value in sorted(ctx.params.items())
        if name not in hidden
    }


def _common() -> tuple[click.Parameter, ...]:
    return (
        EnvOption(["--print-config"], is_flag=True, is_eager=False, help="Show each value and its source, and stop."),
        EnvOption(["-v", "--verbose"], is_flag=True, help="Tell what is being done, and every finding."),
        click.Option(
            ["--debug"],
            is_flag=True,
            is_eager=True,
            expose_value=False,
            envvar="STRAINOPT_DEBUG",
            callback=_remember_debug,
            help="Show a traceback where something fails.",
        ),
    )


def _remember_debug(ctx: click.Context, param: click.Parameter, value: bool) -> bool:  # noqa: ARG001 - click's form
    settings = ctx.find_object(Settings)
    if settings is not None:
        settings.debug = value
    return value


_SOURCES = {
    ParameterSource.COMMANDLINE: "command line",
    ParameterSource.ENVIRONMENT: "environment",
    ParameterSource.DEFAULT: "default",
}


def _print_config(ctx: click.Context) -> None:
    """One line per value on stderr, or with `--json` one document on stdout."""
    rows = []
    for param in ctx.command.params:
        name = param.name or ""
        if name in ("print_config", "help", "debug"):
            continue
        source = ctx.get_parameter_source(name)
        told = "default" if source is None else _SOURCES.get(source, "default")
        if told == "environment":
            told = f"environment {param.envvar}"
        value = ctx.params.get(name)
        plain = value if value is None or isinstance(value, (bool, int, float, str)) else str(value)
        rows.append((name, list(value) if isinstance(value, tuple) else plain, told))
    if ctx.params.get("json"):
        shown = {name: {"value": value, "source": told} for name, value, told in rows}
        click.echo(json.dumps(shown, indent=2, ensure_ascii=False))
        return
    width = max(len(name) for name, _, _ in rows)
    for name, value, told in rows:
        click.echo(f"{name:<{width}}  {json.dumps(value, ensure_ascii=False)}  ({told})", err=True)


def _warn_of_unknown_variables(ctx: click.Context) -> None:
    """A mistyped variable would be ignored without a word; those of other commands are fine."""
    import difflib

    mine = {str(param.envvar) for param in ctx.command.params if param.envvar}
    for name in sorted(os.environ):
        if name.startswith("STRAINOPT_") and name not in mine:
            close = difflib.get_close_matches(name, mine, n=1, cutoff=0.85)
            if close:
                click.echo(f"warning: {name} is not known to this command; did you mean {close[0]}?", err=True)
