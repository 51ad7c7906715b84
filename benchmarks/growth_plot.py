"""Table and plot of results/growth.tsv: docs/growth.md and docs/growth.svg.

    python benchmarks/growth_plot.py [--results FILE] [--docs DIR]

Needs matplotlib, which strainopt itself does not. The median over the cases of a model is shown where more than half of
them are settled: one that was stopped, or left out after a smaller size was, counts as longer than any that ended.
"""

from __future__ import annotations

import argparse
import math
import os
import statistics
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from growth import MODELS, RESULTS, Row, read

DOCS = Path(__file__).resolve().parents[1] / "docs"

# colours that stay apart for the colour-blind (Okabe and Ito), each with a mark of its own
LOOKS = (("#000000", "o"), ("#56B4E9", "s"), ("#009E73", "^"), ("#E69F00", "D"), ("#D55E00", "v"), ("#CC79A7", "P"))

HEAD = """# How cost grows with the number of deletions

RobustKnock, growth of at least 0.05 1/h, candidates: reactions inside one compartment with a real gene, engine benders,
one thread; five products per model, with and without oxygen. Each figure is a whole command (reading, reduction,
search, verification, files), each size a command of its own. A command was stopped after {limits} s of wall time
(column limit_s of the lines); sizes above a stopped one were left out (*not run*).
{machine}This page is made by `benchmarks/growth.py` and `benchmarks/growth_plot.py`
from [growth.tsv](../benchmarks/results/growth.tsv), which has every case with its bound and version. How often the best
five deletions are known after a minute, without a proof, is in [incumbents.md](../benchmarks/results/incumbents.md).

![Processor seconds over the number of deletions, one line per model](growth.svg)

Lines are medians over the cases of a model, drawn while more than half of the cases are settled: proven best, or proven
that no design makes product. Bars go from the quickest to the slowest case; an arrow: some did not end in their time.

## By model

Processor seconds of the cases, from least to most; `>`: as many did not end in this time, or were left out. Linear
programs, candidates and columns (both after reduction) are medians, memory is the largest peak of a whole process.

"""

YEAST = """
yeast-GEM: 10 mmol/gDW/h of glucose. Its biomass contains heme, so "anaerobic" leaves 0.01 mmol/gDW/h of oxygen, and 0.1
each of the sterols and fatty acids that yeast cannot make without it. What bounds it: twice the candidates of iJO1366
and nearly twice the columns after reduction, witnesses of 9 ms in place of 2 ms, ceilings of several thousand dual
steps (0.3 to 0.6 s; a tenth of them takes two thirds of the time), and where no design makes product, five values to
beat with ceilings of their own. Of 22 s before the search, flux ranges take 6.5 s, directions 8 s (a third of that
since fluxes are capped), essential candidates 3.6 s, coupled columns 2.5 s.
"""


@dataclass(frozen=True)
class Point:
    """The cases of one model at one size; times are infinite where not settled."""

    model: str
    k: int
    cases: int
    settled: int
    median: float
    least: float
    most: float
    longest_run: float
    peak_mib: float
    lps: float
    candidates: float
    columns: float


def points(rows: Iterable[Row]) -> list[Point]:
    """What a model's cases took, by model and size."""
    rows = [row for row in rows if row.status != "failed"]
    found = []
    for model in (one.name for one in MODELS):
        ours = [row for row in rows if row.model == model]
        for k in sorted({row.k for row in ours}):
            here = [row for row in ours if row.k == k]
            # stopped at a smaller size, so not tried
            given_up = {row.key[:3] for row in ours if row.status == "stopped" and row.k < k} - {
                r.key[:3] for r in here
            }
            times = sorted([row.processor_s if row.settled else math.inf for row in here] + [math.inf] * len(given_up))
            found.append(
                Point(
                    model=model,
                    k=k,
                    cases=len(times),
                    settled=sum(row.settled for row in here),
                    median=times[len(times) // 2] if math.isinf(times[len(times) // 2]) else statistics.median(times),
                    least=times[0],
                    most=times[-1],
                    longest_run=max(row.processor_s for row in here),
                    peak_mib=max(row.peak_mib for row in here),
                    lps=_median(row.lps for row in here),
                    candidates=_median(row.candidates for row in here),
                    columns=_median(row.columns for row in here),
                )
            )
    return found


def _median(numbers: Iterable[int | None]) -> float:
    known = [number for number in numbers if number is not None]
    return statistics.median(known) if known else math.nan


def seconds(time: float, limit: float) -> str:
    """Seconds, or more than what the longest run took."""
    return f"> {limit:.0f}" if math.isinf(time) else f"{time:.1f}" if time < 100 else f"{time:.0f}"


def by_model(found: Iterable[Point]) -> str:
    """The table of medians."""
    lines = ["| model | k | settled | processor s | linear programs | candidates | columns | peak MiB |"]
    lines.append("|---|---|---|---|---|---|---|---|")
    for one in found:
        least, median, most = (seconds(time, one.longest_run) for time in (one.least, one.median, one.most))
        counts = " | ".join("" if math.isnan(n) else f"{n:.0f}" for n in (one.lps, one.candidates, one.columns))
        lines.append(
            f"| {one.model} | {one.k} | {one.settled} of {one.cases} | {median} ({least} to {most}) "
            f"| {counts} | {one.peak_mib:.0f} |"
        )
    return "\n".join(lines) + "\n"


def by_case(rows: Iterable[Row]) -> str:
    """The table of answers: value and processor seconds, sizes side by side."""
    known = {row.key: row for row in rows}
    sizes = sorted({key[3] for key in known})
    lines = ["| model | product | oxygen | " + " | ".join(f"k = {k}" for k in sizes) + " |"]
    lines.append("|---" * (3 + len(sizes)) + "|")
    for case in dict.fromkeys(key[:3] for key in sorted(known, key=_place)):
        cells = (answer(known.get((*case, k))) for k in sizes)
        lines.append(f"| {' | '.join(case)} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _place(key: tuple[str, str, str, int]) -> tuple[int, int, str]:
    names = [model.name for model in MODELS]
    model = MODELS[names.index(key[0])]
    return names.index(key[0]), list(model.products).index(key[1]), key[2]


def answer(row: Row | None) -> str:
    """One cell: value (seconds); bound where it is not proven."""
    if row is None:
        return "not run"
    if row.status == "failed":
        return "failed"
    value = "none" if row.value is None else f"{row.value:.4f}"
    if not row.settled:
        value += " (no bound)" if row.bound is None else f" (bound {row.bound:.4f})"
    return f"{value}, {seconds(row.processor_s, row.processor_s)} s"


def page(rows: list[Row]) -> str:
    """The whole page."""
    limits = [row.limit_s for row in rows]
    told = " to ".join(f"{limit:g}" for limit in sorted({min(limits), max(limits)}))
    text = HEAD.format(limits=told, machine=machine()) + by_model(points(rows))
    if any(row.model == "yeast-GEM" for row in rows):
        text += YEAST
    text += (
        "\n## By case\n\nProduct guaranteed in mmol/gDW/h, and processor seconds. *none*: no design makes product.\n\n"
    )
    return text + by_case(rows)


def machine() -> str:
    """What the figures were measured on, where the system tells."""
    try:
        told = Path("/proc/cpuinfo").read_text()
    except OSError:
        return ""
    names = {text.partition(":")[2].strip() for text in told.splitlines() if text.startswith("model name")}
    return f"Machine: {', '.join(sorted(names))}, {os.cpu_count()} cores. " if names else ""


def draw(found: list[Point], path: Path) -> None:
    """The plot; the ending of the path says in what format."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    matplotlib.rcParams.update({"svg.hashsalt": "growth", "font.size": 11})
    figure, axes = plt.subplots(figsize=(8.5, 5.5), layout="constrained")
    names = [model.name for model in MODELS if any(one.model == model.name for one in found)]
    for number, name in enumerate(names):
        colour, mark = LOOKS[[model.name for model in MODELS].index(name)]
        shift = 0.085 * (number - (len(names) - 1) / 2)
        ours = [one for one in found if one.model == name and one.settled]
        shown = [one for one in ours if math.isfinite(one.median)]
        axes.plot(
            [one.k + shift for one in shown], [one.median for one in shown], color=colour, marker=mark, label=name
        )
        for one in ours:
            open_ = math.isinf(one.most)
            most = one.longest_run if open_ else one.most
            axes.vlines(one.k + shift, one.least, most, color=colour, linewidth=1.2, alpha=0.6)
            if open_:
                axes.plot(one.k + shift, most, color=colour, marker=6, markersize=8, linestyle="none", alpha=0.6)
    axes.set_yscale("log")
    axes.yaxis.set_major_formatter(matplotlib.ticker.FuncFormatter(lambda value, _: f"{value:g}"))
    axes.set_xticks(sorted({one.k for one in found}))
    axes.set_xlabel("most deletions k")
    axes.set_ylabel("processor time of the whole command (s)")
    axes.set_title("Time to a proven optimum: RobustKnock, five products, with and without oxygen", fontsize=12)
    axes.grid(axis="y", color="0.88")
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    handles, labels = axes.get_legend_handles_labels()
    axes.legend(handles[::-1], labels[::-1], title="model", frameon=False, loc="center left", bbox_to_anchor=(1.0, 0.5))
    metadata = {"Date": None} if path.suffix == ".svg" else None
    figure.savefig(path, metadata=metadata, dpi=120)
    plt.close(figure)


def main() -> None:
    """Write page and plot."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--results", type=Path, default=RESULTS)
    parser.add_argument("--docs", type=Path, default=DOCS)
    asked = parser.parse_args()
    rows = list(read(asked.results).values())
    if not rows:
        parser.error(f"{asked.results}: no cases")
    draw(points(rows), asked.docs / "growth.svg")
    (asked.docs / "growth.md").write_text(page(rows))


if __name__ == "__main__":
    main()
