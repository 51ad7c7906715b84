"""Whole design commands at genome scale, each as a multiple of cobra's own flux variability analysis on the same model.

    python benchmarks/benders.py [--models iJO1366 PATH ...] [--cases METHOD[@gene]:K[:THREADS] ...] [--write FILE]

Question: anaerobic (EX_o2_e=0:), succinate, growth >= 0.05, candidates: reactions inside one compartment with a real
gene; with @gene the genes, without filters of that kind.
The unit T is `cobra.flux_analysis.flux_variability_analysis(processes=1)` of every reaction, in a process of its own,
reading included. Commands are timed from start to end: reading, reduction, search, verification, files.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

CASE = ["--target", "EX_succ_e", "--bounds", "EX_o2_e=0:", "--min-growth", "0.05"]
FILTERS = ["--filters", "exchange,transport,no-gpr,spontaneous,essential,blocked"]
PEER = """
import sys
from cobra.io import load_model, read_sbml_model
from cobra.flux_analysis import flux_variability_analysis
name = sys.argv[1]
model = read_sbml_model(name) if "." in name else load_model(name)
model.reactions.EX_o2_e.lower_bound = 0.0
flux_variability_analysis(model, processes=1)
"""


HEAD = [
    "| model | what | k | threads | seconds | processor | ratio to T | MiB | load | answer |",
    "|---|---|---|---|---|---|---|---|---|---|",
]


def timed(command: list[str], *, codes: tuple[int, ...] = (0,)) -> tuple[float, float, int, str]:
    """Wall and processor seconds of a whole command, the memory of its largest process in MiB, and its stdout."""
    with tempfile.TemporaryFile("w+") as out:
        started = time.perf_counter()
        process = subprocess.Popen(command, stdout=out)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        wall = time.perf_counter() - started
        if process.returncode not in codes:
            raise SystemExit(f"{' '.join(command)} ended with {process.returncode}")
        out.seek(0)
        return wall, used.ru_utime + used.ru_stime, used.ru_maxrss // 1024, out.read()


def rows(arguments: argparse.Namespace) -> Iterator[str]:
    """One row per command, the unit of each model first."""
    for model in arguments.models:
        unit, processor, memory, _ = timed([sys.executable, "-c", PEER, model])
        name, load = Path(model).name, os.getloadavg()[0]
        spent = f"{unit:.1f} | {processor:.1f} | 1.00 | {memory} | {load:.1f}"
        yield f"| {name} | T: cobra FVA, one process | | 1 | {spent} | |"
        for case in arguments.cases:
            what, k, *threads = case.split(":")
            method, _, level = what.partition("@")
            yield run(model, method, level or "reaction", int(k), int(threads[0]) if threads else 1, unit)


def run(model: str, method: str, level: str, k: int, threads: int, unit: float) -> str:
    """The row of one design command."""
    command = [sys.executable, "-m", "strainopt", "design", model, *CASE, "--method", method, "--level", level]
    command += ["-k", str(k), "--threads", str(threads), *(FILTERS if level == "reaction" else [])]
    with tempfile.TemporaryDirectory() as folder:
        wall, processor, memory, text = timed([*command, "--out", str(Path(folder) / "out"), "--json"])
    document = json.loads(text)
    best = document["designs"][0]
    proven = "proven" if document["proven"] else "NOT PROVEN"
    what = method if level == "reaction" else f"{method}, genes"
    spent = f"{wall:.1f} | {processor:.1f} | {wall / unit:.2f} | {memory} | {os.getloadavg()[0]:.1f}"
    answer = f"{proven} {document['objective']:.4f} {'+'.join(best['interventions'])}"
    return f"| {Path(model).name} | {what} | {k} | {threads} | {spent} | {answer} |"


def main() -> None:
    """Run, print, and write as it goes where asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", nargs="+", default=["iJO1366"])
    parser.add_argument("--cases", nargs="+", default=["robustknock:3", "robustknock:4", "robustknock:5"])
    parser.add_argument("--write", type=Path, help="file to which the table is written, row by row")
    arguments = parser.parse_args()
    text = "\n".join(HEAD) + "\n"
    print(text, end="", flush=True)
    for row in rows(arguments):
        print(row, flush=True)
        text += row + "\n"
        if arguments.write:
            arguments.write.write_text(text)


if __name__ == "__main__":
    main()
