"""strainopt check-proof."""

from __future__ import annotations

import click

from strainopt.cli.exits import Exit
from strainopt.cli.page import page
from strainopt.cli.params import Place


@page
@click.argument("model", metavar="MODEL")
@click.argument("proof", type=Place(), metavar="FILE")
def command(ctx: click.Context) -> Exit:
    """Check a proof that `strainopt design --proof FILE` wrote, on the model it is about.

    Every flux state is checked against balances and bounds of MODEL, every inequality is worked out anew from its
    prices, and the tree is replayed with these facts alone: no solver is used, and no code of the search. Read the
    question that is printed: it is what has been proven. FILE and its format: docs/proofs.md.

    Exit codes: 0 it holds, 8 refused with the reason; 2 options, 3 a model or a file that cannot be read.
    """
    from strainopt.cli.checking import run

    return run(ctx)
