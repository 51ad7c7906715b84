"""One screen for every scheduler: two tasks long enough to be hit in the middle, five to be stopped at once."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from tests.batch.daemons import wait_until

SCREEN = """\
version: 1
defaults: {{min_growth: 10%, max_knockouts: 2}}
models: {{core: textbook, genome: iJO1366}}
media:
  anaerobic: {{bounds: {{EX_o2_e: [0, null]}}}}
  aerobic: {{bounds: {{EX_o2_e: [-20, null]}}}}
matrix:
  model: [core]
  medium: {media}
  method: [optknock, robustknock, pessimistic, pfba, strong]
  max_knockouts: [1, 2]
  target: [EX_succ_e]
runs:
  - {{name: genome, model: genome, medium: anaerobic, target: EX_succ_e, candidates: [FUM, LDH_D, PFL, PPC, TPI]}}
  - {{name: long-1, model: core, medium: anaerobic, target: EX_succ_e, engine: enumerate, max_knockouts: 4,
     exclude: [ACKr, FUM, ICL, MALS, ME1, ME2, GLUDy, SUCDi]}}
  - {{name: long-2, model: core, medium: anaerobic, target: EX_lac__D_e, engine: enumerate, max_knockouts: 4,
     exclude: [ACKr, FUM, ICL, MALS, ME1, ME2, GLUDy, SUCDi]}}
  - {{name: short-3, model: core, medium: anaerobic, target: EX_for_e, engine: enumerate, max_knockouts: 3}}
  - {{name: short-4, model: core, medium: anaerobic, target: EX_ac_e, engine: enumerate, max_knockouts: 3}}
  - {{name: short-5, model: core, medium: anaerobic, target: EX_etoh_e, engine: enumerate, max_knockouts: 3}}
  - {{name: short-6, model: core, medium: anaerobic, target: EX_pyr_e, engine: enumerate, max_knockouts: 3}}
  - {{name: short-7, model: core, medium: anaerobic, target: EX_akg_e, engine: enumerate, max_knockouts: 3}}
cluster:
  scheduler: {scheduler}
  time: {time}
{memory}  requeue: true
  chunk: {chunk}
  signal_before: {signal_before}
  command: {command}
  prologue: ["export OMP_NUM_THREADS=1"]
outputs: {{formats: [tsv]}}
"""

PROGRAM = [sys.executable, "-c", "from strainopt.cli.main import main; main()"]


@dataclass
class Screen:
    """A configuration, its results folder, and the program."""

    folder: Path
    scheduler: str = "slurm"
    media: str = "[anaerobic, aerobic]"
    environment: dict[str, str] = field(default_factory=lambda: dict(os.environ))

    @property
    def results(self) -> Path:
        return self.folder / "results"

    def write(self, *, chunk: int = 1, time: str = "60m", signal_before: int = 60) -> None:
        # Grid Engine limits the address space, which says nothing about the memory in use.
        memory = "  memory: 500M\n" if self.scheduler == "slurm" else ""
        text = SCREEN.format(
            scheduler=self.scheduler,
            media=self.media,
            memory=memory,
            time=time,
            chunk=chunk,
            signal_before=signal_before,
            command=json.dumps(shlex.join(PROGRAM)),
        )
        (self.folder / "screen.yaml").write_text(text)

    def call(self, *words: str) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [*PROGRAM, *words], cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done

    def submit(self) -> str:
        answer = self.call("batch", "submit", "screen.yaml", "--submit", "--json")
        return str(json.loads(answer.stdout)["id"])

    def states(self) -> dict[int, str]:
        told = json.loads(self.call("batch", "status", "results", "--json").stdout)
        return {task["task"]: task["state"] for task in told["tasks"]}

    def missing(self) -> str:
        return self.call("batch", "collect", "results", "--missing").stdout

    def table(self) -> bytes:
        self.call("batch", "collect", "screen.yaml")
        return (self.results / "results.tsv").read_bytes()

    def task_folder(self, number: int) -> Path:
        return next((self.results / "tasks").glob(f"{number:04d}-*"), self.results / "nowhere")

    def forget(self, *numbers: int) -> None:
        """Take the results of some tasks away, so that the next submission is for them."""
        for number in numbers:
            shutil.rmtree(self.task_folder(number), ignore_errors=True)

    def at_work(self, number: int) -> list[Path]:
        return list(self.task_folder(number).glob("running.*"))

    def await_start(self, number: int, *, copies: int = 1) -> None:
        wait_until(lambda: len(self.at_work(number)) >= copies, what=f"task {number} at work", step=0.02)


def numbers_of(table: bytes, name: bytes) -> list[int]:
    """Numbers of the tasks whose names begin so."""
    rows = [line.split(b"\t") for line in table.splitlines()[1:]]
    return sorted({int(row[0]) for row in rows if row[1].startswith(name)})
