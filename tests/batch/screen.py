"""One screen for every scheduler: any task can be held in the middle, seven are there for it, one has two indices."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path

from typing_extensions import Self

from tests.batch.daemons import PATIENCE, last_lines
from tests.batch.gates import Gates

SCREEN = """\
version: 1
defaults: {{min_growth: 10%, max_knockouts: 2}}
models: {{core: textbook, genome: iJO1366}}
media:
  anaerobic: {{bounds: {{EX_o2_e: [0, null]}}}}
  aerobic: {{bounds: {{EX_o2_e: [-20, null]}}}}
matrix:
  model: [core]
  medium: [anaerobic, aerobic]
  method: [optknock, robustknock, pessimistic, pfba, strong]
  max_knockouts: [1, 2]
  target: [EX_succ_e]
runs:
  - {{name: genome, model: genome, medium: anaerobic, target: EX_succ_e, candidates: [FUM, LDH_D, PFL, PPC, TPI]}}
  - {{name: held-1, model: core, medium: anaerobic, target: EX_succ_e, engine: enumerate}}
  - {{name: held-2, model: core, medium: anaerobic, target: EX_lac__D_e, engine: enumerate}}
  - {{name: held-3, model: core, medium: anaerobic, target: EX_for_e, engine: enumerate}}
  - {{name: held-4, model: core, medium: anaerobic, target: EX_ac_e, engine: enumerate}}
  - {{name: held-5, model: core, medium: anaerobic, target: EX_etoh_e, engine: enumerate}}
  - {{name: held-6, model: core, medium: anaerobic, target: EX_pyr_e, engine: enumerate}}
  - {{name: held-7, model: core, medium: anaerobic, target: EX_akg_e, engine: enumerate}}
  - name: shared
    model: core
    medium: anaerobic
    target: EX_succ_e
    max_knockouts: 3
    candidates: [ALCD2x, D_LACt2, FUM, GLUDy, PFL, THD2]
    split: 2
cluster:
  scheduler: {scheduler}
  time: {time}
{memory}  requeue: true
  chunk: {chunk}
  signal_before: {signal_before}
  command: {command}
  prologue: {prologue}
outputs: {{formats: [tsv]}}
"""

PROGRAM = [sys.executable, "-c", "from strainopt.cli.main import main; main()"]


@dataclass
class Screen:
    """A configuration, its results folder, the program, and the gates that hold tasks (see gate/sitecustomize.py)."""

    folder: Path
    scheduler: str = "slurm"
    environment: dict[str, str] = field(default_factory=lambda: dict(os.environ))

    @property
    def results(self) -> Path:
        return self.folder / "results"

    @property
    def gates(self) -> Gates:
        return Gates(self.folder / "gates")

    def write(self, *, chunk: int = 1, time: str = "60m", signal_before: int = 60) -> None:
        # Grid Engine limits the address space, which says nothing about the memory in use.
        memory = "  memory: 500M\n" if self.scheduler == "slurm" else ""
        # Not every scheduler hands the environment on.
        exported = {"OMP_NUM_THREADS": "1", **self.gates.variables()}
        prologue = [f"export {name}={shlex.quote(value)}" for name, value in exported.items()]
        text = SCREEN.format(
            scheduler=self.scheduler,
            memory=memory,
            time=time,
            chunk=chunk,
            signal_before=signal_before,
            command=json.dumps(shlex.join(PROGRAM)),
            prologue=json.dumps(prologue),
        )
        (self.folder / "screen.yaml").write_text(text)

    def copy_to(self, folder: Path) -> Self:
        """The same screen with all results, to be disturbed without touching this one."""
        shutil.copytree(self.folder, folder, ignore=shutil.ignore_patterns("jobs", "logs", "gates"))
        return replace(self, folder=folder)

    # ---- the program ----
    def call(self, *words: str) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [*PROGRAM, *words], cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False,
            timeout=2 * PATIENCE,
        )  # fmt: skip
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

    # ---- tasks ----
    def number_of(self, name: str) -> int:
        lines = map(json.loads, (self.results / "plan.jsonl").read_text().splitlines())
        return next(int(line["number"]) for line in lines if line["name"] == name)

    def task_folder(self, number: int) -> Path:
        return next((self.results / "tasks").glob(f"{number:04d}-*"), self.results / "nowhere")

    def forget(self, number: int) -> None:
        """Take a task's result away, so that the next submission is for it."""
        shutil.rmtree(self.task_folder(number))

    def happenings(self) -> str:
        """For the message of a failure: what the jobs printed, and what lies about."""
        logs = sorted((self.results / "logs").glob("*"), key=lambda path: path.stat().st_mtime)[-3:]
        files = sorted(str(path.relative_to(self.folder)) for path in self.gates.folder.iterdir())
        return "\n".join([*map(last_lines, logs), f"--- gates: {files}"])
