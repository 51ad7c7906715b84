"""The same optimum whatever the seed and whoever solves the linear programs, at genome scale.

    python benchmarks/honesty.py [--models iJO1366 PATH ...] [-k 3] [--methods robustknock optknock] [--level reaction]
                                 [--seeds 0 1 2] [--solvers glpk highs] [--write FILE]

Case: anaerobic (EX_o2_e=0:), succinate, growth >= 0.05, candidates: reactions inside one compartment with a real gene.
Whole commands; processor time, so that other work on the machine does not count. With --write, rows of the file that
were not asked for stay. Exit code 1 where two answers differ.
"""

from __future__ import annotations

import argparse
import itertools
import json
import sys
from pathlib import Path

from benders import CASE, FILTERS, timed

EVENTS = ("dropped_witnesses", "retried_verdicts", "verdicts_by_other_solver")
RESULTS = Path(__file__).parent / "results" / "honesty.md"
HEAD = """# Seeds and solvers

`python benchmarks/honesty.py --write`: anaerobic, succinate, growth of at least 0.05, `--engine benders`, whole
commands. *dropped*: witnesses that failed their own check; *retried*: verdicts without a certificate at the first
attempt; *other*: those that the second solver had to give.

| model | level | method | k | solver | seed | processor s | answer | dropped | retried | other |
|---|---|---|---|---|---|---|---|---|---|---|
"""
KEYS = 6
"""Columns that name a row."""


def run(model: str, level: str, method: str, k: int, solver: str, seed: int) -> tuple[dict, float]:
    """The result document and the processor seconds of one command."""
    command = [sys.executable, "-m", "strainopt", "design", model, *CASE, *FILTERS, "--engine", "benders", "--json"]
    command += ["--level", level, "--method", method, "-k", str(k), "--solver", solver, "--seed", str(seed)]
    _, processor, _, text = timed(command)
    return json.loads(text), processor


def keep(path: Path, row: str) -> None:
    """The row in the file, in place of one of the same name."""
    known = path.read_text().splitlines()[len(HEAD.splitlines()) :] if path.exists() else []
    rows = {tuple(one.split(" | ")[:KEYS]): one for one in [*known, row] if one.startswith("|")}
    path.write_text(HEAD + "\n".join(rows[name] for name in sorted(rows)) + "\n")


def main() -> None:
    """Run, print, compare, and write where asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", nargs="+", default=["iJO1366"])
    parser.add_argument("-k", nargs="+", type=int, default=[3])
    parser.add_argument("--methods", nargs="+", default=["robustknock", "optknock"])
    parser.add_argument("--level", choices=["reaction", "gene"], default="reaction")
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("--solvers", nargs="+", default=["glpk", "highs"])
    parser.add_argument("--write", type=Path, nargs="?", const=RESULTS)
    asked = parser.parse_args()
    differ = False
    for model, method, k in itertools.product(asked.models, asked.methods, asked.k):
        values = []
        for solver, seed in itertools.product(asked.solvers, asked.seeds):
            document, seconds = run(model, asked.level, method, k, solver, seed)
            values.append(document["objective"])
            answer = f"{document['objective']:.6f} {'+'.join(document['designs'][0]['interventions'])}"
            answer += "" if document["proven"] else " NOT PROVEN"
            counted = " | ".join(str(document["engine"]["statistics"][name]) for name in EVENTS)
            name = Path(model).name.split(".")[0]
            asked_for = f"| {name} | {asked.level} | {method} | {k} | {solver} | {seed} "
            row = f"{asked_for}| {seconds:.1f} | {answer} | {counted} |"
            print(row, flush=True)
            if asked.write:
                keep(asked.write, row)
            differ = differ or not document["proven"]
        differ = differ or max(values) - min(values) > 1e-6 * max(values)
    sys.exit(int(differ))


if __name__ == "__main__":
    main()
