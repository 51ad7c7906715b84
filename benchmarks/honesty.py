"""The same optimum whatever the seed and whoever solves the linear programs, at genome scale.

    python benchmarks/honesty.py [--models iJO1366 PATH ...] [-k 3] [--methods robustknock optknock] [--seeds 0 1 2]
                                 [--solvers glpk highs] [--write]

Case: anaerobic (EX_o2_e=0:), succinate, growth >= 0.05, candidates: reactions inside one compartment with a real gene.
Whole commands; processor time, so that other work on the machine does not count. Exit code 1 where two answers differ.
"""

from __future__ import annotations

import argparse
import itertools
import json
import resource
import subprocess
import sys
from pathlib import Path

CASE = ["--target", "EX_succ_e", "--bounds", "EX_o2_e=0:", "--min-growth", "0.05"]
FILTERS = ["--filters", "exchange,transport,no-gpr,spontaneous,essential,blocked"]
EVENTS = ("dropped_witnesses", "retried_verdicts", "verdicts_by_other_solver")
HEAD = """# Seeds and solvers

`python benchmarks/honesty.py --write`: anaerobic, succinate, growth of at least 0.05, `--engine benders`, whole
commands. *dropped*: witnesses that failed their own check; *retried*: verdicts without a certificate at the first
attempt; *other*: those that the second solver had to give.

| model | method | k | solver | seed | processor s | answer | dropped | retried | other |
|---|---|---|---|---|---|---|---|---|---|
"""


def run(model: str, method: str, k: int, solver: str, seed: int) -> tuple[dict, float]:
    """The result document and the processor seconds of one command."""
    command = [sys.executable, "-m", "strainopt", "design", model, *CASE, *FILTERS, "--engine", "benders", "--json"]
    command += ["--method", method, "-k", str(k), "--solver", solver, "--seed", str(seed)]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return json.loads(done.stdout), after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def main() -> None:
    """Run, print, compare, and write where asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", nargs="+", default=["iJO1366"])
    parser.add_argument("-k", nargs="+", type=int, default=[3])
    parser.add_argument("--methods", nargs="+", default=["robustknock", "optknock"])
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("--solvers", nargs="+", default=["glpk", "highs"])
    parser.add_argument("--write", action="store_true")
    asked = parser.parse_args()
    rows, differ = [], False
    for model, method, k in itertools.product(asked.models, asked.methods, asked.k):
        values = []
        for solver, seed in itertools.product(asked.solvers, asked.seeds):
            document, seconds = run(model, method, k, solver, seed)
            values.append(document["objective"])
            answer = f"{document['objective']:.6f} {'+'.join(document['designs'][0]['interventions'])}"
            answer += "" if document["proven"] else " NOT PROVEN"
            counted = " | ".join(str(document["engine"]["statistics"][name]) for name in EVENTS)
            name = Path(model).name.split(".")[0]
            rows.append(f"| {name} | {method} | {k} | {solver} | {seed} | {seconds:.1f} | {answer} | {counted} |")
            print(rows[-1], flush=True)
            differ = differ or not document["proven"]
        differ = differ or max(values) - min(values) > 1e-6 * max(values)
    if asked.write:
        (Path(__file__).parent / "results" / "honesty.md").write_text(HEAD + "\n".join(rows) + "\n")
    sys.exit(int(differ))


if __name__ == "__main__":
    main()
