"""The COBRA Toolbox tutorial's OptKnock case (37 candidates on iJO1366), ours beside the strongest peer, one run.

    python benchmarks/tutorial_optknock.py --peer "PYTHON SCRIPT" [--write]

`--peer` is the command of a script that takes MODEL METHOD TARGET K SOLVER SECONDS MIN_GROWTH [RXN=LB:UB ...]
[candidates=FILE] and prints one JSON line (knockouts, growth, product_min, product_max), such as one around
straindesign 1.19.1 with SCIP. Without it only our own rows are measured. Whole commands are timed, start-up included.
Case: COBRA.tutorials, design/optKnock (REFERENCES in docs/references.md).
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

_NAMES = (
    "GLCabcpp GLCptspp HEX1 PGI PFK FBA TPI GAPD PGK PGM ENO PYK LDH_D PFL ALCD2x PTAr ACKr G6PDH2r PGL GND RPI RPE "
    "TKT1 TALA TKT2 FUM FRD2 SUCOAS AKGDH ACONTa ACONTb ICDHyr CS MDH MDH2 MDH3 ACALD"
)
CANDIDATES = tuple(_NAMES.split())
BOUNDS = ["EX_glc__D_e=-10:-10", "EX_o2_e=0:", "GLCabcpp=-1000:1000", "GLCptspp=-1000:1000", "GLCt2pp=0:0"]
MIN_GROWTH = "0.120751"
OPTIMA = {
    ("file", 2): "1.4148",
    ("file", 3): "1.4148",
    ("zero", 2): "2.7455",
    ("zero", 3): "8.8090",
}


@dataclass(frozen=True)
class Took:
    """Wall and processor seconds of a whole command; the second hardly depends on what else the machine does."""

    wall: float
    processor: float

    def row(self, reference: Took | None) -> str:
        ratios = "" if reference is None else f"{self.wall / reference.wall:.2f}"
        by_processor = "" if reference is None else f"{self.processor / reference.processor:.2f}"
        return f"{self.wall:.1f} | {self.processor:.1f} | {ratios} | {by_processor}"


def timed(command: list[str]) -> tuple[Took, str]:
    """What a whole command takes, and its stdout."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    wall = time.perf_counter() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return Took(wall, after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime), done.stdout


def ours(
    k: int, bounds: list[str], candidates: Path, seconds: int, *, solver: str, formulation: str
) -> tuple[Took, str]:
    """One run of the milp engine."""
    command = [sys.executable, "-m", "strainopt", "design", "iJO1366", "--target", "EX_succ_e", "--method", "optknock"]
    command += ["-k", str(k), "--min-growth", MIN_GROWTH, "--candidates", f"@{candidates}", "--filters", "none"]
    command += ["--engine", "milp", "--solver", solver, "--formulation", formulation]
    command += ["--time-limit", f"{seconds}s", "--json"]
    for bound in bounds:
        command += ["--bounds", bound]
    took, text = timed(command)
    document = json.loads(text)
    best = document["designs"][0] if document["designs"] else None
    what = "none" if best is None else f"{best['objective']:.4f} {'+'.join(best['interventions'])}"
    return took, f"{document['status']}, proven {document['proven']}: {what}"


def peer(command: str, k: int, bounds: list[str], candidates: Path, seconds: int) -> tuple[Took, str]:
    """One run of the peer with SCIP."""
    words = [*shlex.split(command), "iJO1366", "optknock", "EX_succ_e", str(k), "scip", str(seconds), MIN_GROWTH]
    took, text = timed([*words, *bounds, f"candidates={candidates}"])
    answer = json.loads(text.strip().splitlines()[-1])
    if "knockouts" not in answer:
        return took, f"{answer['status']}: none"
    return took, f"{answer['status']}: {answer['product_max']:.4f} {'+'.join(answer['knockouts'])}"


def variants(peer_command: str) -> Iterator[tuple[str, Callable[[int, list[str], Path, int], tuple[Took, str]]]]:
    """Who is measured: the peer first, since the ratios are to it."""
    if peer_command:
        yield "straindesign, SCIP", lambda k, bounds, names, seconds: peer(peer_command, k, bounds, names, seconds)
    for formulation in ("strong-duality", "kkt"):
        for solver in ("highs", "glpk"):
            yield (
                f"milp, {solver}, {formulation}",
                partial(ours, solver=solver, formulation=formulation),
            )


def table(arguments: argparse.Namespace) -> str:
    """All rows as a markdown table."""
    rows = [f"Limit {arguments.seconds} s a row. Load of the machine at the start: {os.getloadavg()[0]:.1f}.", ""]
    rows.append("| ATPM | K | optimum | who | seconds | processor | wall ratio | processor ratio | load | answer |")
    rows.append("|---|---|---|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        candidates = Path(folder) / "candidates.txt"
        candidates.write_text("\n".join(CANDIDATES) + "\n")
        for variant, extra in (("file", []), ("zero", ["ATPM=0:"])):
            for k in (2, 3):
                reference: Took | None = None
                for who, measure in variants(arguments.peer):
                    took, answer = measure(k, BOUNDS + extra, candidates, arguments.seconds)
                    reference = took if who.startswith("straindesign") else reference
                    start = f"| {variant} | {k} | {OPTIMA[variant, k]} | {who}"
                    rows.append(f"{start} | {took.row(reference)} | {os.getloadavg()[0]:.1f} | {answer} |")
                    print(rows[-1], flush=True)
    return "\n".join(rows) + "\n"


def main() -> None:
    """Run, print, and write where asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peer", default="")
    parser.add_argument("--seconds", type=int, default=300)
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    text = table(arguments)
    if arguments.write:
        (Path(__file__).parent / "results" / "tutorial_optknock.md").write_text(text)


if __name__ == "__main__":
    main()
