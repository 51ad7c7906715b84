"""A search that is killed again and again, beside one that is left alone: the same proven answer, and what it cost.

    python benchmarks/killed.py [--model iJO1366] [-k 4] [--kills 8] [--threads 2] [--seed 1] [--write FILE]

Question: as in benders.py (robustknock). Each run gets `--resume` and SIGKILL, it and the processes it started, after a
time drawn evenly from the seconds that the run left alone takes; then one more goes to the end. Exit code 1 where the
answers differ.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benders import CASE, FILTERS

ASKED = [*CASE, *FILTERS, "--method", "robustknock", "--engine", "benders"]


def start(arguments: argparse.Namespace, out: Path, *more: str) -> subprocess.Popen[bytes]:
    """The command, in a process group of its own."""
    command = [sys.executable, "-m", "strainopt", "design", arguments.model, *ASKED, "-k", str(arguments.k)]
    command += ["--threads", str(arguments.threads), "--out", str(out), *more]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)


def killed_after(seconds: float, process: subprocess.Popen[bytes]) -> bool:
    """Kill the group after so long; false if it had ended by itself."""
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        return True
    return False


def known(out: Path) -> int:
    """Lines that the runs so far have left behind."""
    return sum(len(path.read_bytes().splitlines()) for path in (out / "search").glob("*/facts-*"))


def compared(arguments: argparse.Namespace, scratch: Path) -> tuple[str, bool]:
    """The table, and whether the answers agree."""
    began = time.perf_counter()
    start(arguments, scratch / "alone").wait()
    alone = time.perf_counter() - began
    reference = json.loads((scratch / "alone" / "result.json").read_text())
    lines = ["| run | seconds | facts on disk |", "|---|---|---|", f"| left alone | {alone:.1f} | |"]
    draw, out = random.Random(arguments.seed), scratch / "killed"
    for number in range(1, arguments.kills + 1):
        seconds = draw.uniform(0.0, alone)
        if not killed_after(seconds, start(arguments, out, "--resume")):
            lines.append(f"| {number} | ended before {seconds:.1f} | {known(out)} |")
            break
        lines.append(f"| {number}, killed | {seconds:.1f} | {known(out)} |")
    else:
        began = time.perf_counter()
        start(arguments, out, "--resume").wait()
        lines.append(f"| last | {time.perf_counter() - began:.1f} | {known(out)} |")
    result = json.loads((out / "result.json").read_text())
    same = abs(result["objective"] - reference["objective"]) <= 1e-4 * abs(reference["objective"])
    proven = result["proven"] and reference["proven"]
    said = "the same answer" if same and proven else "NOT the same answer"
    for name, one in (("left alone", reference), ("killed", result)):
        design = "+".join(one["designs"][0]["interventions"]) if one["designs"] else "no design"
        lines.append(f"\n{name}: {'proven' if one['proven'] else 'not proven'} {one['objective']:.6g}, {design}")
    return "\n".join([*lines, "", said, ""]), same and proven


def main() -> None:
    """Run, print, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="iJO1366")
    parser.add_argument("-k", type=int, default=4)
    parser.add_argument("--kills", type=int, default=8)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--write", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        text, same = compared(arguments, Path(scratch))
    print(text)
    if arguments.write:
        head = f"# Killed and resumed: {Path(arguments.model).name}, k = {arguments.k}, {arguments.threads} threads\n\n"
        arguments.write.write_text(f"{head}`python benchmarks/killed.py --seed {arguments.seed}`\n\n{text}")
    sys.exit(int(not same))


if __name__ == "__main__":
    main()
