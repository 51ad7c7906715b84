"""Flux variability analysis of every reaction: strainopt against cobra, whole commands, one process each.

    python benchmarks/fva.py [--model iJO1366] [--fraction 1.0] [--fraction 0.9] [--runs 3] [--write]

Each run is a fresh interpreter that imports, reads the model, computes and writes all ranges. The two take turns, so
that a busy machine slows both. The comparison of ranges is |a - b| / max(1, |a|, |b|); cobra is compared at its
default tolerance of 1e-7 and, in one more run that is not timed, at 1e-9, since what its tolerance lets through grows
with the shadow price of growth. `--write` replaces benchmarks/results/fva.md.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np

OURS = """
import sys
import numpy as np
from strainopt.flux.fva import fva
from strainopt.io.models import read_model
network = read_model(sys.argv[1]).network
ranges = fva(network, fraction=float(sys.argv[2]), processes=1)
np.savez(sys.argv[3], ids=np.array(network.reaction_ids), lower=ranges.lower, upper=ranges.upper)
"""

COBRA = """
import logging, sys
import numpy as np
from cobra.flux_analysis import flux_variability_analysis
from cobra.io import load_model, read_sbml_model
logging.disable(logging.WARNING)
model = read_sbml_model(sys.argv[1]) if "." in sys.argv[1] else load_model(sys.argv[1])
if len(sys.argv) > 4:
    model.tolerance = float(sys.argv[4])
table = flux_variability_analysis(model, fraction_of_optimum=float(sys.argv[2]), processes=1)
np.savez(sys.argv[3], ids=np.array(table.index, dtype=str), lower=table["minimum"], upper=table["maximum"])
"""


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    fraction: float
    ours: list[float]
    cobra: list[float]
    apart: tuple[int, float]
    apart_tight: tuple[int, float]

    def text(self) -> str:
        seconds = [f"{min(times):.2f} / {statistics.median(times):.2f}" for times in (self.ours, self.cobra)]
        ratios = [
            f"{min(self.ours) / min(self.cobra):.3f}",
            f"{statistics.median(self.ours) / statistics.median(self.cobra):.3f}",
        ]
        apart = [f"{worst:.1e} ({count})" for count, worst in (self.apart, self.apart_tight)]
        return f"| {self.fraction:g} | {seconds[0]} | {seconds[1]} | {' / '.join(ratios)} | {apart[0]} | {apart[1]} |"


def timed(program: str, *arguments: str) -> float:
    begin = time.perf_counter()
    subprocess.run([sys.executable, "-c", program, *arguments], check=True, stderr=subprocess.DEVNULL)
    return time.perf_counter() - begin


def apart(one: Path, other: Path) -> tuple[int, float]:
    """How many ends differ by more than 1e-6, and the largest difference."""
    first, second = np.load(one), np.load(other)
    if not np.array_equal(first["ids"], second["ids"]):
        raise SystemExit("the two lists of reactions differ")
    a = np.concatenate([first["lower"], first["upper"]])
    b = np.concatenate([second["lower"], second["upper"]])
    difference = np.abs(a - b) / np.maximum(1.0, np.maximum(np.abs(a), np.abs(b)))
    return int((difference > 1e-6).sum()), float(difference.max())


def measure(model: str, fraction: float, runs: int, folder: Path) -> Row:
    ours, theirs, tight = folder / "ours.npz", folder / "cobra.npz", folder / "tight.npz"
    seconds: tuple[list[float], list[float]] = ([], [])
    for _ in range(runs):
        seconds[0].append(timed(OURS, model, str(fraction), str(ours)))
        seconds[1].append(timed(COBRA, model, str(fraction), str(theirs)))
    timed(COBRA, model, str(fraction), str(tight), "1e-9")
    return Row(fraction, *seconds, apart(ours, theirs), apart(ours, tight))


def table(model: str, rows: list[Row], runs: int) -> str:
    lines = [
        f"# Flux variability analysis of every reaction of {model}",
        "",
        f"Whole commands (import, read, compute, write) in turn, one process each, {runs} runs: least / median s.",
        "Differences are |a - b| / max(1, |a|, |b|), the largest, and in brackets how many ends are above 1e-6.",
        "",
        "| fraction of optimum | strainopt, s | cobra, s | ratio | difference | difference, cobra at tolerance 1e-9 |",
        "|---|---|---|---|---|---|",
        *(row.text() for row in rows),
        "",
        f"strainopt {version('strainopt')}, cobra {version('cobra')} with its default solver, GLPK through swiglpk "
        f"{version('swiglpk')}, Python {platform.python_version()}, {platform.system()} {platform.machine()}, "
        f"{os.cpu_count()} cores. Made by `python benchmarks/fva.py`.",
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="iJO1366")
    parser.add_argument("--fraction", type=float, action="append")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--write", action="store_true")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        rows = [measure(chosen.model, part, chosen.runs, Path(folder)) for part in chosen.fraction or [1.0, 0.9]]
    text = table(chosen.model, rows, chosen.runs)
    print(text, end="")
    if chosen.write:
        (Path(__file__).parent / "results" / "fva.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
