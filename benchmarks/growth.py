"""How cost grows with the number of deletions, model by model: one whole command per case, results kept case by case.

    python benchmarks/growth.py [--models textbook iJR904 ...] [-k 1 2 3 4 5 6] [--oxygen aerobic anaerobic]
                                [--time-limit 600] [--results FILE] [--folder DIR]
    python benchmarks/growth.py --incumbents [--seconds 60] [--write]

Case: robustknock, growth >= 0.05 1/h, candidates: reactions inside one compartment with a real gene, one thread; five
products, with and without oxygen. Model files that are not packaged are looked for in --folder (without it, in
STRAINOPT_TEST_MODELS, or in shared/models beside the checkout). Each case is a line of results/growth.tsv as soon as it
has ended, and is skipped from then on: an interrupted run goes on where it was. A case that reached its limit is run
again only with a longer one, and its larger sizes are left out. `growth_plot.py` makes table and plot of the lines.

--incumbents: anaerobic iJO1366 and iML1515, k = 5, stopped after 60 s: how many of the ten designs are already the best
ones, as proven in results/growth.tsv. Exit code 1 where one of the cases is not proven there.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import astuple, dataclass, fields
from datetime import datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
RESULTS = Path(__file__).parent / "results" / "growth.tsv"
ASKED = ["--method", "robustknock", "--min-growth", "0.05", "--engine", "benders", "--threads", "1"]
FILTERS = ["--filters", "exchange,transport,no-gpr,spontaneous,essential,blocked"]

EQUAL = 1e-4
"""Part of a value by which two designs may differ and count as equally good: the search looks for no smaller step."""

PATIENCE = 120.0
"""Seconds that a command may take beyond its limit before it is ended from outside."""

BIGG = {
    "succinate": "EX_succ_e",
    "acetate": "EX_ac_e",
    "ethanol": "EX_etoh_e",
    "D-lactate": "EX_lac__D_e",
    "formate": "EX_for_e",
}
YEAST = {
    "succinate": "r_2056",
    "acetate": "r_1634",
    "ethanol": "r_1761",
    "D-lactate": "r_1546",
    "glycerol": "r_1808",
}
STEROLS = ("r_1757", "r_1915", "r_1994", "r_2106", "r_2134", "r_2137", "r_2189")


@dataclass(frozen=True)
class Model:
    """A model, its products (exchange by name) and what its file does not say about the two conditions."""

    name: str
    source: str
    products: dict[str, str]
    aerobic: tuple[str, ...] = ()
    anaerobic: tuple[str, ...] = ("EX_o2_e=0:",)


# yeast: the file allows 1 mmol/gDW/h of glucose, which grows at 0.09; its biomass contains heme, so that a trace of
# oxygen and the sterols and fatty acids that yeast cannot make without it stand for anaerobic growth
MODELS = (
    Model("textbook", "textbook", BIGG),
    Model("iJR904", "iJR904.xml.gz", BIGG),
    Model("iAF1260", "iAF1260.xml.gz", BIGG),
    Model("iJO1366", "iJO1366", BIGG),
    Model("iML1515", "iML1515.xml.gz", BIGG),
    Model(
        "yeast-GEM",
        "yeast-GEM-9.0.2.xml.gz",
        YEAST,
        aerobic=("r_1714=-10:",),
        anaerobic=("r_1714=-10:", "r_1992=-0.01:", *(f"{name}=-0.1:" for name in STEROLS)),
    ),
)
OXYGEN = ("aerobic", "anaerobic")


@dataclass(frozen=True)
class Case:
    """One question."""

    model: Model
    product: str
    oxygen: str
    k: int

    @property
    def key(self) -> tuple[str, str, str, int]:
        """What it is called in the results."""
        return self.model.name, self.product, self.oxygen, self.k


@dataclass(frozen=True)
class Row:
    """A line of the results. `value` and `bound` in mmol/gDW/h, seconds of the whole command, memory at its peak.

    `status`: proven; none (proven that no design makes product); stopped (at the limit); failed. `best_after`: wall
    seconds after which the design was found.
    """

    model: str
    product: str
    oxygen: str
    k: int
    status: str
    value: float | None
    bound: float | None
    processor_s: float
    wall_s: float
    best_after_s: float | None
    peak_mib: float
    columns: int | None
    candidates: int | None
    lps: int | None
    limit_s: float
    version: str
    design: str

    @property
    def key(self) -> tuple[str, str, str, int]:
        """Which case it is."""
        return self.model, self.product, self.oxygen, self.k

    @property
    def settled(self) -> bool:
        """Whether it says what the best is."""
        return self.status in ("proven", "none")


HEAD = "\t".join(field.name for field in fields(Row)) + "\n"


def line(row: Row) -> str:
    """A row as text."""
    return (
        "\t".join(
            "" if cell is None else f"{cell:.10g}" if isinstance(cell, float) else str(cell) for cell in astuple(row)
        )
        + "\n"
    )


def parsed(cells: dict[str, str]) -> Row:
    """A row from text."""
    kinds = {field.name: str(field.type) for field in fields(Row)}
    made = {"str": str, "int": int, "float": float}
    values = {}
    for name, cell in cells.items():
        kind, _, optional = kinds[name].partition(" | ")
        values[name] = None if optional and cell == "" else made[kind](cell)
    return Row(**values)


def read(path: Path) -> dict[tuple[str, str, str, int], Row]:
    """The last whole line of each case; a line that was cut off while it was written is not there."""
    if not path.exists():
        return {}
    whole = [text for text in path.read_text().splitlines(keepends=True) if text.endswith("\n")]
    rows = csv.DictReader(whole, delimiter="\t", quoting=csv.QUOTE_NONE)
    found = (parsed(cells) for cells in rows if None not in cells and None not in cells.values())
    return {row.key: row for row in found}


def append(path: Path, row: Row) -> None:
    """Add a line, at once and for good."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab+") as stream:
        stream.seek(0)
        before = stream.read()
        # what was cut off while it was written goes
        stream.truncate(before.rfind(b"\n") + 1)
        stream.write((("" if b"\n" in before else HEAD) + line(row)).encode())
        stream.flush()
        os.fsync(stream.fileno())


def wanted(case: Case, known: dict[tuple[str, str, str, int], Row], *, limit: float) -> bool:
    """Whether a case is still to be run: not yet settled, neither it nor a smaller size stopped with as much time."""
    for k in range(1, case.k + 1):
        row = known.get((*case.key[:3], k))
        if row is not None and row.status == "stopped" and row.limit_s >= limit:
            return False
    row = known.get(case.key)
    return row is None or not row.settled


def cases(models: Iterable[Model], *, sizes: Iterable[int], oxygen: Iterable[str]) -> Iterator[Case]:
    """Small sizes of all models first, so that a run that is cut short has something of each."""
    models, oxygen = tuple(models), tuple(oxygen)
    for k in sorted(sizes):
        for model in models:
            for product in model.products:
                for air in oxygen:
                    yield Case(model, product, air, k)


def command(case: Case, *, folder: Path, limit: float, out: Path) -> list[str]:
    """The whole command of a case."""
    model = case.model
    source = str(folder / model.source) if "." in model.source else model.source
    asked = [sys.executable, "-m", "strainopt", "design", source, "--target", model.products[case.product]]
    for bound in model.aerobic if case.oxygen == "aerobic" else model.anaerobic:
        asked += ["--bounds", bound]
    return [*asked, *FILTERS, *ASKED, "-k", str(case.k), "--time-limit", f"{limit:g}s", "--out", str(out)]


def status(code: int, document: dict | None) -> str:
    """How a command ended, from its exit code and its result."""
    if document is None or code not in (0, 4, 5, 6):
        return "failed"
    if not document["proven"]:
        return "stopped"
    return "proven" if document["designs"] else "none"


def best_after(log: str) -> float | None:
    """Wall seconds from the first line of a log to the last design found."""
    stamps = [text[:23] for text in log.splitlines() if text[:2] == "20"]
    found = [text[:23] for text in log.splitlines() if " best so far " in text]
    if not found:
        return None
    first, last = (datetime.strptime(text, "%Y-%m-%d %H:%M:%S,%f") for text in (stamps[0], found[-1]))
    return (last - first).total_seconds()


def version() -> str:
    """The package's version with the commit, and a plus where the package differs from it."""
    git = ["git", "-C", str(ROOT)]
    commit = subprocess.run([*git, "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    changed = subprocess.run(
        [*git, "status", "--porcelain", "-uno", "strainopt"], capture_output=True, text=True, check=False
    )
    return (commit.stdout.strip() or "unknown") + ("+" if changed.stdout.strip() else "")


def measure(case: Case, *, folder: Path, limit: float) -> Row:
    """Run the command of a case and say what it took."""
    with tempfile.TemporaryDirectory() as scratch:
        out, said = Path(scratch) / "out", Path(scratch) / "said"
        asked = command(case, folder=folder, limit=limit, out=out)
        started = time.perf_counter()
        with said.open("w") as stream, subprocess.Popen(asked, stdout=stream, stderr=stream, cwd=ROOT) as child:
            # not child.kill, which may take the child's end from the wait below
            end = threading.Timer(limit + PATIENCE, os.kill, (child.pid, signal.SIGKILL))
            end.start()
            try:
                # not child.wait: only this tells what this child alone has used
                _, ended, usage = os.wait4(child.pid, 0)
                child.returncode = os.waitstatus_to_exitcode(ended)
            except BaseException:
                child.terminate()
                raise
            finally:
                end.cancel()
        wall = time.perf_counter() - started
        result, log = out / "result.json", out / "run.log"
        document = json.loads(result.read_text()) if result.exists() else None
        after = best_after(log.read_text()) if log.exists() else None
        how = status(child.returncode, document)
        if how == "failed":
            print(f"exit code {child.returncode}: {' '.join(asked)}\n{said.read_text()[-2000:]}", file=sys.stderr)
    document = document or {"objective": None, "bound": None, "engine": {"lps": None, "statistics": {}}, "designs": []}
    seen = document["engine"]["statistics"]
    return Row(
        *case.key,
        status=how,
        value=document["objective"],
        bound=document["bound"],
        processor_s=round(usage.ru_utime + usage.ru_stime, 2),
        wall_s=round(wall, 2),
        best_after_s=after,
        # kibibytes on Linux, bytes on macOS
        peak_mib=round(usage.ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10), 1),
        columns=seen.get("reduced_columns"),
        candidates=seen.get("candidates"),
        lps=document["engine"]["lps"],
        limit_s=limit,
        version=version(),
        design="+".join(document["designs"][0]["interventions"]) if document["designs"] else "",
    )


def told(row: Row) -> str:
    """A row for the eyes of who waits."""
    value = "no design" if row.value is None else f"{row.value:.6g} {row.design}"
    what = f"{row.model:10} {row.product:10} {row.oxygen:10} k={row.k} {row.status:8}"
    return f"{what} {row.processor_s:9.1f} s {row.wall_s:9.1f} s wall {row.peak_mib:7.0f} MiB  {value}"


def equal(value: float | None, proven: float | None) -> bool:
    """Whether an incumbent is as good as the best."""
    if value is None or proven is None:
        return value is proven
    return abs(value - proven) <= EQUAL * abs(proven)


def incumbents(known: dict[tuple[str, str, str, int], Row], stopped: Iterable[Row]) -> tuple[str, int, int]:
    """A table of stopped runs beside the proven answers, how many are equal, and how many are not proven."""
    lines = [
        "| model | product | incumbent | ended | found after s | proven best | equal |",
        "|---|---|---|---|---|---|---|",
    ]
    same = open_ = 0
    for row in stopped:
        best = row if row.settled else known.get(row.key)
        settled = best is not None and best.settled
        is_equal = settled and equal(row.value, best.value)
        same, open_ = same + is_equal, open_ + (not settled)
        cells = [row.model, row.product, shown(row.value), row.status, shown(row.best_after_s)]
        cells += [shown(best.value), "yes" if is_equal else "no"] if settled else ["not proven", "?"]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n", same, open_


def shown(number: float | None) -> str:
    """A number in a table."""
    return "none" if number is None else f"{number:.6g}"


def run_incumbents(asked: argparse.Namespace) -> None:
    """Ten short runs, beside what has been proven."""
    rows = []
    chosen = [model for model in MODELS if model.name in ("iJO1366", "iML1515")]
    for case in cases(chosen, sizes=[5], oxygen=["anaerobic"]):
        rows.append(measure(case, folder=asked.folder, limit=asked.seconds))
        print(told(rows[-1]), flush=True)
    table, same, unknown = incumbents(read(asked.results), rows)
    text = (
        f"{table}\nEqual to the proven best after {asked.seconds:g} s: {same} of {len(rows)}; {unknown} not proven.\n"
    )
    print(text)
    if asked.write:
        head = (
            f"# Incumbents at k = 5 after {asked.seconds:g} s\n\n`python benchmarks/growth.py --incumbents --write`\n\n"
        )
        (RESULTS.parent / "incumbents.md").write_text(head + text)
    sys.exit(int(unknown > 0))


def models_folder() -> Path:
    """Where model files are that are not packaged."""
    return Path(os.environ.get("STRAINOPT_TEST_MODELS") or ROOT.parent / "shared" / "models")


def main() -> None:
    """Run what is not there yet."""
    names = [model.name for model in MODELS]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", nargs="+", default=names, choices=names)
    parser.add_argument("-k", nargs="+", type=int, default=[1, 2, 3, 4, 5, 6])
    parser.add_argument("--oxygen", nargs="+", default=list(OXYGEN), choices=OXYGEN)
    parser.add_argument("--time-limit", type=float, default=600.0, help="seconds of wall time per command")
    parser.add_argument("--results", type=Path, default=RESULTS)
    parser.add_argument("--folder", type=Path, default=models_folder())
    parser.add_argument("--incumbents", action="store_true")
    parser.add_argument("--seconds", type=float, default=60.0, help="limit of --incumbents")
    parser.add_argument("--write", action="store_true", help="with --incumbents: into results/incumbents.md")
    asked = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if asked.incumbents:
        run_incumbents(asked)
    known = read(asked.results)
    for case in cases([one for one in MODELS if one.name in asked.models], sizes=asked.k, oxygen=asked.oxygen):
        if not wanted(case, known, limit=asked.time_limit):
            continue
        row = measure(case, folder=asked.folder, limit=asked.time_limit)
        append(asked.results, row)
        known[row.key] = row
        print(told(row), flush=True)


if __name__ == "__main__":
    main()
