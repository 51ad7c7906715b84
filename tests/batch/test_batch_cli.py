"""The commands run, batch and config, as a user types them: exit codes, stdout, stderr."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = [sys.executable, "-c", "from strainopt.cli.main import main; main()"]
SCREEN = """\
version: 1
defaults: {target: EX_succ_e, bounds: {EX_o2_e: [0, null]}}
runs:
  - {name: one, model: textbook, max_knockouts: 1}
  - {name: two, model: textbook, max_knockouts: 1, method: optknock}
outputs: {formats: [tsv]}
"""


def call(folder: Path, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, **variables}
    return subprocess.run([*PROGRAM, *words], cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "s.yaml").write_text(SCREEN)
    return tmp_path


def test_from_nothing_to_results(tmp_path: Path) -> None:
    made = call(tmp_path, "config", "init")
    assert (made.returncode, made.stdout) == (0, "")
    assert call(tmp_path, "config", "init").returncode == 2
    checked = call(tmp_path, "config", "check", "screen.yaml", "--models")
    assert checked.returncode == 0, checked.stderr
    planned = call(tmp_path, "batch", "plan", "screen.yaml", "--json")
    assert planned.returncode == 0, planned.stderr
    assert json.loads(planned.stdout)["missing"] == "1-5"


def test_run_goes_on_where_it_was_and_answers_in_json(folder: Path) -> None:
    first = call(folder, "run", "s.yaml", "--workers", "1")
    assert (first.returncode, first.stdout) == (0, ""), first.stderr
    table = (folder / "results" / "results.tsv").read_bytes()
    second = call(folder, "run", "s.yaml", "--json")
    assert second.returncode == 0
    assert "2 done before" in second.stderr
    assert json.loads(second.stdout)["states"]["done"] == 2
    assert (folder / "results" / "results.tsv").read_bytes() == table
    status = call(folder, "batch", "status", "s.yaml", "--json")
    assert json.loads(status.stdout)["states"]["done"] == 2
    assert call(folder, "batch", "collect", "results", "--missing").stdout == ""
    assert call(folder, "batch", "submit", "s.yaml").returncode == 2


def test_a_task_alone_then_the_others(folder: Path) -> None:
    assert call(folder, "batch", "run", "s.yaml").returncode == 2
    assert call(folder, "batch", "plan", "s.yaml").returncode == 0
    only = call(folder, "batch", "run", "s.yaml", "--task", "auto", SGE_TASK_ID="2")
    assert only.returncode == 0, only.stderr
    assert call(folder, "batch", "collect", "s.yaml", "--missing").stdout == "1\n"
    script = call(folder, "batch", "submit", "s.yaml", "--scheduler", "lsf")
    assert '#BSUB -J "strainopt[1]"' in script.stdout
    beyond = call(folder, "batch", "run", "s.yaml", "--task", "auto", SGE_TASK_ID="3")
    assert beyond.returncode == 2
    assert "index 3 is beyond the plan" in beyond.stderr


def test_errors_are_all_told_with_places_and_exit_2(folder: Path) -> None:
    (folder / "s.yaml").write_text(SCREEN.replace("max_knockouts: 1}", "max_knockout: five}").replace("null]", "x]"))
    done = call(folder, "run", "s.yaml")
    assert (done.returncode, done.stdout) == (2, "")
    assert "s.yaml:2:53 defaults.bounds.EX_o2_e[1]: expected a number or null" in done.stderr
    assert "s.yaml:4:34 runs[0].max_knockout: unknown key; did you mean max_knockouts?" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_changed_configuration_is_not_run_on_an_old_plan(folder: Path) -> None:
    call(folder, "batch", "plan", "s.yaml")
    (folder / "s.yaml").write_text(SCREEN + "# changed\n")
    done = call(folder, "batch", "run", "s.yaml", "--task", "1")
    assert done.returncode == 2
    assert "batch plan" in done.stderr


def test_failures_are_in_the_exit_code_and_do_not_hide_the_rest(folder: Path) -> None:
    (folder / "s.yaml").write_text(
        SCREEN.replace("model: textbook, max_knockouts: 1}", "model: mini, max_knockouts: 1}")
    )
    done = call(folder, "run", "s.yaml")
    # The small model lacks the oxygen exchange that the bounds name: a usage error, of this task only.
    assert done.returncode == 2, done.stderr
    rows = [line.split("\t") for line in (folder / "results" / "results.tsv").read_text().splitlines()[1:]]
    assert [row[11] for row in rows] == ["error", "optimal"]


def test_every_value_has_its_source(folder: Path) -> None:
    done = call(folder, "run", "s.yaml", "--print-config", "--json", "--set", "seed=7", STRAINOPT_METHOD="strong")
    assert done.returncode == 0, done.stderr
    one = json.loads(done.stdout)[0]["options"]
    assert one["seed"] == {"value": 7, "source": "flag --set seed"}
    assert one["method"] == {"value": "strong", "source": "environment STRAINOPT_METHOD"}
    assert one["max_knockouts"] == {"value": 1, "source": "runs[0], s.yaml:4:49"}
    assert one["target"]["source"] == "defaults, s.yaml:2:20"
    assert one["gpr"] == {"value": "strict", "source": "default"}
    assert not (folder / "results").exists()


def test_a_dry_run_writes_nothing(folder: Path) -> None:
    assert call(folder, "run", "s.yaml", "--dry-run").returncode == 0
    assert {path.name for path in folder.iterdir()} == {"s.yaml"}


@pytest.mark.parametrize("scheduler", ["slurm", "sge", "pbs", "lsf"])
def test_submission_through_a_stand_in(folder: Path, scheduler: str) -> None:
    """A script in the place of sbatch, qsub and bsub: what it is given, and what is made of its answer."""
    answers = {"slurm": "123;lab", "sge": "123.1-2:1", "pbs": "123[].server", "lsf": "Job <123> is submitted."}
    program = folder / {"slurm": "sbatch", "lsf": "bsub"}.get(scheduler, "qsub")
    program.write_text(f'#!/bin/sh\ncat "$0" > /dev/null\necho "$@" > {folder}/words\necho "{answers[scheduler]}"\n')
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    path = f"{folder}{os.pathsep}{os.environ['PATH']}"
    done = call(folder, "batch", "submit", "s.yaml", "--scheduler", scheduler, "--submit", "--json", PATH=path)
    assert done.returncode == 0, done.stderr
    wanted = "123[].server" if scheduler == "pbs" else "123"
    assert json.loads(done.stdout)["id"] == wanted
    assert (folder / "results" / "jobs" / "submit-1.sh").read_text().startswith("#!/bin/bash")
    assert list((folder / "results" / "cache").glob("*.npz"))
    program.write_text("#!/bin/sh\necho no such partition >&2\nexit 1\n")
    refused = call(folder, "batch", "submit", "s.yaml", "--scheduler", scheduler, "--submit", PATH=path)
    assert refused.returncode == 2
    assert "no such partition" in refused.stderr


def test_the_schema_is_json(tmp_path: Path) -> None:
    done = call(tmp_path, "config", "schema")
    assert json.loads(done.stdout)["title"] == "strainopt configuration"
