"""Whole design commands at genome scale, each as a multiple of cobra's own flux variability analysis on the same model.

    python benchmarks/benders.py [--models iJO1366 PATH ...] [-k 3 4 5] [--methods robustknock optknock]
                                 [--threads 1 2] [--write]

Case: anaerobic (EX_o2_e=0:), succinate, growth >= 0.05, candidates: reactions inside one compartment with a real gene.
The unit T is `cobra.flux_analysis.flux_variability_analysis(processes=1)` of every reaction, in a process of its own,
reading included. Commands are timed from start to end: reading, reduction, search, verification, files.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
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


def timed(command: list[str]) -> tuple[float, float, str]:
    """Wall and processor seconds of a whole command, and its stdout."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    wall = time.perf_counter() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime, done.stdout


def rows(arguments: argparse.Namespace) -> list[str]:
    """One row per command, the unit first."""
    found = []
    for model in arguments.models:
        unit, _, _ = timed([sys.executable, "-c", PEER, model])
        name = Path(model).name
        found.append(f"| {name} | T: cobra FVA, one process | | 1 | {unit:.1f} | | 1.00 | {os.getloadavg()[0]:.1f} | |")
        print(found[-1], flush=True)
        for method in arguments.methods:
            for k in arguments.k:
                for threads in arguments.threads:
                    with tempfile.TemporaryDirectory() as folder:
                        command = [sys.executable, "-m", "strainopt", "design", model, *CASE, *FILTERS]
                        command += ["--method", method, "-k", str(k), "--threads", str(threads)]
                        wall, processor, text = timed([*command, "--out", str(Path(folder) / "out"), "--json"])
                    document = json.loads(text)
                    best = document["designs"][0]
                    answer = f"{document['objective']:.4f} {'+'.join(best['interventions'])}"
                    found.append(
                        f"| {name} | {method} | {k} | {threads} | {wall:.1f} | {processor:.1f} | {wall / unit:.2f} "
                        f"| {os.getloadavg()[0]:.1f} | {'proven' if document['proven'] else 'NOT PROVEN'} {answer} |"
                    )
                    print(found[-1], flush=True)
    return found


def main() -> None:
    """Run, print, and write where asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", nargs="+", default=["iJO1366"])
    parser.add_argument("-k", nargs="+", type=int, default=[3, 4, 5])
    parser.add_argument("--methods", nargs="+", default=["robustknock"])
    parser.add_argument("--threads", nargs="+", type=int, default=[1])
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    head = ["| model | what | k | threads | seconds | processor | ratio to T | load | answer |"]
    head.append("|---|---|---|---|---|---|---|---|---|")
    text = "\n".join([*head, *rows(arguments)]) + "\n"
    if arguments.write:
        (Path(__file__).parent / "results" / "benders.md").write_text(text)


if __name__ == "__main__":
    main()
