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
import shlex
import subprocess
import sys
import tempfile
import time
from pathlib import Path

CANDIDATES = (
    "GLCabcpp GLCptspp HEX1 PGI PFK FBA TPI GAPD PGK PGM ENO PYK LDH_D PFL ALCD2x PTAr ACKr G6PDH2r PGL GND RPI RPE "
    "TKT1 TALA TKT2 FUM FRD2 SUCOAS AKGDH ACONTa ACONTb ICDHyr CS MDH MDH2 MDH3 ACALD"
).split()
BOUNDS = ["EX_glc__D_e=-10:-10", "EX_o2_e=0:", "GLCabcpp=-1000:1000", "GLCptspp=-1000:1000", "GLCt2pp=0:0"]
MIN_GROWTH = "0.120751"
OPTIMA = {
    ("file", 2): "1.4148",
    ("file", 3): "1.4148",
    ("zero", 2): "2.7455",
    ("zero", 3): "8.8090",
}


def timed(command: list[str]) -> tuple[float, str]:
    """Wall seconds and stdout of a whole command."""
    started = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return time.perf_counter() - started, done.stdout


def ours(k: int, bounds: list[str], candidates: Path, solver: str, formulation: str, seconds: int) -> tuple[float, str]:
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


def peer(command: str, k: int, bounds: list[str], candidates: Path, seconds: int) -> tuple[float, str]:
    """One run of the peer with SCIP."""
    words = [*shlex.split(command), "iJO1366", "optknock", "EX_succ_e", str(k), "scip", str(seconds), MIN_GROWTH]
    took, text = timed([*words, *bounds, f"candidates={candidates}"])
    answer = json.loads(text.strip().splitlines()[-1])
    if "knockouts" not in answer:
        return took, f"{answer['status']}: none"
    return took, f"{answer['status']}: {answer['product_max']:.4f} {'+'.join(answer['knockouts'])}"


def table(arguments: argparse.Namespace) -> str:
    """All rows as a markdown table."""
    rows = ["| ATPM | K | published or exhaustive optimum | who | seconds | ratio to peer | answer |"]
    rows.append("|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        candidates = Path(folder) / "candidates.txt"
        candidates.write_text("\n".join(CANDIDATES) + "\n")
        for variant, extra in (("file", []), ("zero", ["ATPM=0:"])):
            for k in (2, 3):
                bounds, reference = BOUNDS + extra, float("nan")
                start = f"| {variant} | {k} | {OPTIMA[variant, k]} |"
                if arguments.peer:
                    reference, answer = peer(arguments.peer, k, bounds, candidates, arguments.seconds)
                    rows.append(f"{start} straindesign, SCIP | {reference:.1f} | 1 | {answer} |")
                    print(rows[-1], flush=True)
                for solver in ("highs", "glpk"):
                    for formulation in ("strong-duality", "kkt"):
                        took, answer = ours(k, bounds, candidates, solver, formulation, arguments.seconds)
                        rows.append(
                            f"{start} milp, {solver}, {formulation} | {took:.1f} | {took / reference:.2f} | {answer} |"
                        )
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
