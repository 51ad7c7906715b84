"""Minimal cut sets of published counts, and of larger models: whole commands, one thread.

    python benchmarks/cutsets.py [--cases e_coli_core iML1515 ...] [--folder DIR] [--write FILE]

Suppressed: growth of at least 0.001 1/h; genes, up to three, none filtered. iML1515 is also given as a multiple of T,
the time of cobra's `flux_variability_analysis(processes=1)` on it. Counts: see docs/references.md.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benders import PEER, timed
from growth import models_folder


@dataclass(frozen=True)
class Case:
    """A model file, what its growth reaction is called, up to which size, and the count that is known."""

    file: str
    growth: str
    size: int
    known: int | None = None


CASES = {
    "e_coli_core": Case("e_coli_core.xml.gz", "BIOMASS_Ecoli_core_w_GAM", 3, 455),
    "iML1515": Case("iML1515.xml.gz", "BIOMASS_Ec_iML1515_core_75p37M", 3, 393),
    "Recon3D-1": Case("Recon3D.xml.gz", "BIOMASS_maintenance", 1),
    "Recon3D-2": Case("Recon3D.xml.gz", "BIOMASS_maintenance", 2),
    "Recon3D-3": Case("Recon3D.xml.gz", "BIOMASS_maintenance", 3),
    "yeast-GEM-1": Case("yeast-GEM-9.0.2.xml.gz", "r_4041", 1),
    "yeast-GEM-2": Case("yeast-GEM-9.0.2.xml.gz", "r_4041", 2),
    "yeast-GEM-3": Case("yeast-GEM-9.0.2.xml.gz", "r_4041", 3),
}


def rows(names: list[str], folder: Path, limit: float) -> Iterator[str]:
    """A row for each case."""
    for name in names:
        case = CASES[name]
        model = str(folder / case.file)
        command = [sys.executable, "-m", "strainopt", "cutsets", model, "--suppress", f"{case.growth} >= 0.001"]
        command += ["--level", "gene", "--filters", "none", "-k", str(case.size), "--time-limit", f"{limit:g}s"]
        with tempfile.TemporaryDirectory() as out:
            wall, processor, memory, text = timed([*command, "--json", "--out", str(Path(out) / "out")], codes=(0, 5))
        found = json.loads(text)
        ratio = ""
        if name == "iML1515":
            unit = timed([sys.executable, "-c", PEER, model])[0]
            ratio = f"{wall / unit:.2f} of {unit:.1f} s"
        sizes = ", ".join(str(count) for count in found["by_size"].values())
        known = "" if case.known is None else str(case.known)
        complete, load = f"up to {found['complete_up_to']}", os.getloadavg()[0]
        yield (
            f"| {name} | {case.size} | {found['count']} ({sizes}) | {known} | {complete} | {wall:.1f} "
            f"| {processor:.1f} | {memory} | {ratio} | {load:.1f} |"
        )


def main() -> None:
    """Print the table, row by row; write it where asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", nargs="+", default=list(CASES), choices=list(CASES))
    parser.add_argument("--folder", type=Path, default=models_folder())
    parser.add_argument("--time-limit", type=float, default=300.0, help="seconds per command")
    parser.add_argument("--write", type=Path)
    arguments = parser.parse_args()
    lines = [
        "| model | size | cut sets (by size) | published | complete | seconds | processor | MiB | ratio to T | load |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    print("\n".join(lines), flush=True)
    for row in rows(arguments.cases, arguments.folder, arguments.time_limit):
        lines.append(row)
        print(row, flush=True)
        if arguments.write:
            arguments.write.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
