"""The five lines of the README's section on clusters, run as they stand; a stand-in for sbatch plays the scheduler.

slurm/test_arrays.py has them with a real one.
"""

from __future__ import annotations

import os
import re
import shlex
import stat
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from tests.batch.daemons import PATIENCE

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = Path(sys.executable).parent / "strainopt"

SBATCH = """\
#!/bin/bash
script="${@: -1}"
last=$(sed -n 's/^#SBATCH --array=1-\\([0-9]*\\).*/\\1/p' "$script")
for index in $(seq 1 "$last"); do SLURM_ARRAY_TASK_ID=$index bash "$script" >&2 || exit 1; done
echo 42
"""


def lines_of(page: Path, heading: str) -> list[str]:
    text = page.read_text(encoding="utf-8")
    section = text.partition(f"{heading}\n")[2]
    block = re.search(r"```\w*\n(.*?)```", section, re.DOTALL)
    assert block is not None
    return [line.partition("#")[0].strip() for line in block[1].strip().splitlines()]


def test_both_pages_say_the_same() -> None:
    readme = lines_of(ROOT / "README.md", "## On a cluster")
    page = lines_of(ROOT / "docs" / "cluster.md", "# On a cluster")
    assert len(readme) == 5
    assert set(readme) <= set(page)


def run_line(line: str, folder: Path, environment: Mapping[str, str]) -> str:
    """One of the lines, by a program that is found where an installation puts it; what it told."""
    path = os.pathsep.join([str(PROGRAM.parent), environment["PATH"]])
    done = subprocess.run(
        shlex.split(line), cwd=folder, env={**environment, "PATH": path}, capture_output=True, text=True, check=False,
        timeout=2 * PATIENCE,
    )  # fmt: skip
    assert done.returncode == 0, f"{line}: {done.stderr}"
    return done.stderr


def check_end(told: Sequence[str], folder: Path) -> None:
    """What the lines for the state and the table have to show when all is done."""
    assert "5 tasks: 5 done" in told[-2]
    rows = (folder / "results" / "results.tsv").read_text().splitlines()[1:]
    assert len(rows) == 5
    assert all("\tdone\toptimal\ttrue\t" in row for row in rows)


@pytest.mark.skipif(not PROGRAM.exists(), reason="strainopt is not installed beside this Python")
def test_the_five_lines_work(tmp_path: Path) -> None:
    stand_in = tmp_path / "bin" / "sbatch"
    stand_in.parent.mkdir()
    stand_in.write_text(SBATCH)
    stand_in.chmod(stand_in.stat().st_mode | stat.S_IXUSR)
    environment = {**os.environ, "PATH": os.pathsep.join([str(stand_in.parent), os.environ["PATH"]])}
    told = [run_line(line, tmp_path, environment) for line in lines_of(ROOT / "README.md", "## On a cluster")]
    check_end(told, tmp_path)
