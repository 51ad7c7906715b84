"""Whole design commands at genome scale, each as a multiple of cobra's own flux variability analysis on the same model.

    python benchmarks/benders.py [--models iJO1366 PATH ...] [--cases METHOD[@gene]:K[:THREADS] ...] [--write FILE]
                                 [--milp] [--peer "PYTHON SCRIPT"] [--seconds 300]

Question: anaerobic (EX_o2_e=0:), succinate, growth >= 0.05, candidates: reactions inside one compartment with a real
gene; with @gene the genes, without filters of that kind.
The unit T is `cobra.flux_analysis.flux_variability_analysis(processes=1)` of every reaction, in a process of its own,
reading included. Commands are timed from start to end: reading, reduction, search, verification, files.

With --milp each case is asked of the engine milp as well, with --peer of straindesign and SCIP (see README.md;
reactions, one thread), each stopped after --seconds. The peer gets the same reactions and those that are essential or
blocked, which it finds itself.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path

CASE = ["--target", "EX_succ_e", "--bounds", "EX_o2_e=0:", "--min-growth", "0.05"]
FILTERS = ["--filters", "exchange,transport,no-gpr,spontaneous,essential,blocked"]
READ = """
import sys
from cobra.io import load_model, read_sbml_model
name = sys.argv[1]
model = read_sbml_model(name) if "." in name else load_model(name)
"""
PEER = f"""{READ}
from cobra.flux_analysis import flux_variability_analysis
model.reactions.EX_o2_e.lower_bound = 0.0
flux_variability_analysis(model, processes=1)
"""
CANDIDATES = f"""{READ}
inner = [one for one in model.reactions if not one.boundary and len(one.compartments) == 1]
print(*(one.id for one in inner if any(gene.id != "s0001" for gene in one.genes)), sep="\\n")
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
        spent = spending(unit, processor, memory, unit)
        yield f"| {Path(model).name} | T: cobra FVA, one process | | 1 | {spent} | |"
        for case in arguments.cases:
            what, k, *threads = case.split(":")
            method, _, level = what.partition("@")
            yield run(model, method, level or "reaction", int(k), int(threads[0]) if threads else 1, unit)
            if arguments.milp and not level:
                yield run(model, method, "reaction", int(k), 1, unit, milp=arguments.seconds)
            if arguments.peer and not level:
                yield run_peer(arguments.peer, model, method, k, arguments.seconds, unit)


def spending(wall: float, processor: float, memory: int, unit: float) -> str:
    """The columns from seconds to load."""
    return f"{wall:.1f} | {processor:.1f} | {wall / unit:.2f} | {memory} | {os.getloadavg()[0]:.1f}"


def run(model: str, method: str, level: str, k: int, threads: int, unit: float, *, milp: float | None = None) -> str:
    """The row of one design command; of engine milp, where its seconds are given."""
    command = [sys.executable, "-m", "strainopt", "design", model, *CASE, "--method", method, "--level", level]
    command += ["-k", str(k), "--threads", str(threads), *(FILTERS if level == "reaction" else [])]
    what = method if level == "reaction" else f"{method}, genes"
    if milp is not None:
        command += ["--engine", "milp", "--time-limit", f"{milp:g}s"]
        what += ", milp"
    with tempfile.TemporaryDirectory() as folder:
        wall, processor, memory, text = timed(
            [*command, "--out", str(Path(folder) / "out"), "--json"], codes=(0,) if milp is None else (0, 5, 6)
        )
    document = json.loads(text)
    proven = "proven" if document["proven"] else "NOT PROVEN"
    answer = f"{proven}: no design"
    if document["designs"]:
        answer = f"{proven} {document['objective']:.4f} {'+'.join(document['designs'][0]['interventions'])}"
    spent = spending(wall, processor, memory, unit)
    return f"| {Path(model).name} | {what} | {k} | {threads} | {spent} | {answer} |"


@cache
def candidates_of(model: str) -> str:
    """Reactions inside one compartment with a real gene, a line each."""
    return timed([sys.executable, "-c", CANDIDATES, model])[3]


def run_peer(peer: str, model: str, method: str, k: str, seconds: float, unit: float) -> str:
    """The row of straindesign with SCIP."""
    target, bounds, growth = CASE[1], CASE[3], CASE[5]
    with tempfile.TemporaryDirectory() as folder:
        candidates = Path(folder) / "candidates.txt"
        candidates.write_text(candidates_of(model))
        words = [*shlex.split(peer), model, method, target, k, "scip", f"{seconds:g}", growth, bounds]
        wall, processor, memory, text = timed([*words, f"candidates={candidates}"], codes=(0, 1))
    told = json.loads(text.strip().splitlines()[-1]) if text.strip() else {"status": "crashed"}
    answer = f"{told['status']}: no design"
    if "knockouts" in told:
        made = f"{told['product_min']:.4f} to {told['product_max']:.4f}"
        answer = f"{told['status']}: {made} {'+'.join(told['knockouts'])}"
    spent = spending(wall, processor, memory, unit)
    return f"| {Path(model).name} | {method}, straindesign | {k} | 1 | {spent} | {answer} |"


def main() -> None:
    """Run, print, and write as it goes where asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", nargs="+", default=["iJO1366"])
    parser.add_argument("--cases", nargs="+", default=["robustknock:3", "robustknock:4", "robustknock:5"])
    parser.add_argument("--milp", action="store_true", help="the engine milp beside each case")
    parser.add_argument("--peer", default="", help="a command that runs straindesign, beside each case")
    parser.add_argument("--seconds", type=float, default=300.0, help="limit of --milp and --peer")
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
