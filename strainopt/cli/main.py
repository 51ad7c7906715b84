"""The entry point: a group whose commands are imported only when they are asked for."""

from __future__ import annotations

import difflib
import importlib
import sys
from types import MappingProxyType
from typing import Final

import click

from strainopt import __version__
from strainopt.cli.exits import run

__all__ = ["COMMANDS", "cli", "main"]

COMMANDS: Final = MappingProxyType(
    {
        "design": "find knockouts that make the cell produce, and prove and verify them",
        "evaluate": "say what any set of knockouts does",
        "cutsets": "every smallest set of knockouts that stops one behaviour and keeps another",
        "merge": "join what `design --split` has searched",
        "check-proof": "check a proof that design wrote, by arithmetic, without a solver",
        "inspect": "look at a model: sizes, medium, growth, candidates, findings",
        "fba": "one flux state of maximal growth",
        "pfba": "the state of maximal growth with least total flux",
        "fva": "least and most flux of every reaction near maximal growth",
        "envelope": "production envelope: every vertex of growth against product",
        "run": "plan, run and collect what a YAML file asks for, here",
        "batch": "plan, run, submit, status, collect: a YAML file as an array job",
        "config": "write, check and describe YAML files",
        "models": "list or export the packaged models",
        "solvers": "what solvers are installed and really work",
    }
)
"""Each command and its line in the help; the module is `strainopt.cli.commands.NAME`, `_` for `-`."""


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"strainopt.cli.commands.{cmd_name.replace('-', '_')}")
        command: click.Command = module.command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if name not in COMMANDS and not name.startswith("-"):
            close = difflib.get_close_matches(name, COMMANDS, n=2)
            hint = f"did you mean {' or '.join(close)}?" if close else f"commands: {', '.join(COMMANDS)}"
            ctx.fail(f"no command '{name}'; {hint}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    epilog="Each command explains itself: strainopt COMMAND --help. Every option can also be given as an environment "
    "variable, such as STRAINOPT_SOLVER for --solver; the command line wins.",
)
@click.version_option(__version__, "-V", "--version", message="strainopt %(version)s")
def cli() -> None:
    """Find gene and reaction knockouts that couple growth to a product, with a proof and an independent check.

    Start with `strainopt inspect textbook`, then `strainopt design textbook --target EX_succ_e`.
    """


def main() -> None:
    """Run the command line and exit."""
    sys.exit(run(cli, sys.argv[1:]))
