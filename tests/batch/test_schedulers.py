"""Scripts are pure text: what each scheduler must find in them, and which task a running index is."""

from __future__ import annotations

import os
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from strainopt.batch import submit as submit_module
from strainopt.batch.plan import Plan, Task
from strainopt.batch.schedulers.index import array_index, chosen_tasks
from strainopt.batch.schedulers.job import ArrayJob
from strainopt.batch.schema import Cluster
from strainopt.batch.status import index_list
from strainopt.batch.submit import RENDERERS, array_jobs, render
from strainopt.design.options import DesignOptions
from strainopt.errors import StrainoptError, UsageError

JOB = ArrayJob(
    plan=Path("/data/my screen/plan.jsonl"), logs=Path("/data/logs"), indices=(1, 2, 3, 4), chunk=5, time=9000,
    memory=8192, cpus=2, workers=2, max_running=3, partition="short", account="lab", requeue=True, signal_before=120,
    prologue=("module load python",),
)  # fmt: skip


def plan_of(count: int) -> Plan:
    options = DesignOptions(model="textbook", target="EX_succ_e")
    tasks = tuple(Task(at, f"t{at}", f"{at:064d}", "m", "", "0", options) for at in range(1, count + 1))
    return Plan(Path("/data/r"), tasks)


@pytest.mark.parametrize(
    ("scheduler", "lines"),
    [
        (
            "slurm",
            [
                "#SBATCH --array=1-4%3", "#SBATCH --time=02:30:00", "#SBATCH --mem=8192M", "#SBATCH --cpus-per-task=2",
                "#SBATCH --signal=B:USR1@120", "#SBATCH --open-mode=append", "#SBATCH --requeue",
                "#SBATCH --partition=short", "#SBATCH --account=lab", "#SBATCH --output=/data/logs/%x-%A_%a.out",
            ],
        ),
        (
            "sge",
            [
                "#$ -t 1-4", "#$ -tc 3", "#$ -l h_rt=02:30:00", "#$ -l s_rt=02:28:00", "#$ -l h_vmem=4096M",
                "#$ -pe smp 2", "#$ -q short", "#$ -P lab", "#$ -notify", "#$ -r y", "#$ -S /bin/bash",
            ],
        ),
        (
            "pbs",
            [
                "#PBS -J 1-4%3", "#PBS -l select=1:ncpus=2:mem=8192mb", "#PBS -l walltime=02:30:00", "#PBS -q short",
                "#PBS -A lab", "#PBS -r y",
            ],
        ),
        (
            "lsf",
            [
                '#BSUB -J "strainopt[1-4]%3"', "#BSUB -n 2", "#BSUB -M 8192MB", "#BSUB -W 150",
                "#BSUB -wa USR1 -wt 2", "#BSUB -q short", "#BSUB -P lab", '#BSUB -Q "75"',
            ],
        ),
    ],
)  # fmt: skip
def test_scripts_hold_what_was_asked(scheduler: str, lines: list[str]) -> None:
    text = render(JOB, scheduler=scheduler)
    found = text.splitlines()
    assert found[0] == "#!/bin/bash"
    for line in lines:
        assert line in found
    assert found[-2] == "module load python"
    call = found[-1]
    assert call.startswith("exec strainopt batch run '/data/my screen/plan.jsonl' --task auto --chunk 5 --workers 2")
    assert ("--requeue" in call) == (scheduler in ("slurm", "sge"))
    directives = [at for at, line in enumerate(found) if line.startswith(("#SBATCH", "#$", "#PBS", "#BSUB"))]
    assert directives == list(range(1, len(directives) + 1)), "a directive after a command is not read"
    assert render(JOB, scheduler=scheduler) == text


@pytest.mark.parametrize("scheduler", sorted(RENDERERS))
def test_scripts_are_shell(scheduler: str) -> None:
    done = subprocess.run(["bash", "-n"], input=render(JOB, scheduler=scheduler), text=True, capture_output=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("scheduler", sorted(RENDERERS))
def test_what_is_not_asked_is_not_there(scheduler: str) -> None:
    bare = ArrayJob(plan=Path("/p/plan.jsonl"), logs=Path("/p/logs"), indices=(1, 2), signal_before=0)
    text = render(bare, scheduler=scheduler)
    for word in (
        "--time",
        "h_rt",
        "walltime",
        "-W ",
        "--mem",
        "h_vmem",
        "mem=",
        "%",
        "USR1",
        "notify",
        "--requeue slurm",
    ):
        assert word not in text.replace("%x-%A_%a", "").replace("%J_%I", ""), word


def test_directives_can_be_added_and_left_out() -> None:
    text = render(replace(JOB, extra=("--constraint=avx2",), skip=("--mem", "--time")), scheduler="slurm")
    assert "#SBATCH --constraint=avx2" in text
    assert "--mem" not in text
    assert "--time" not in text


@pytest.mark.parametrize(
    ("numbers", "chunk", "wanted"),
    [
        ([1, 2, 3], 1, "1-3"),
        ([3, 7, 8, 9, 12], 1, "3,7-9,12"),
        ([1, 2, 3, 4, 5, 9], 4, "1-3"),
        ([], 1, ""),
        ([5], 4, "2"),
    ],
)
def test_index_lists(numbers: list[int], chunk: int, wanted: str) -> None:
    assert index_list(numbers, chunk=chunk) == wanted


@pytest.mark.parametrize(
    ("seen", "wanted"),
    [
        ({"SLURM_ARRAY_TASK_ID": "7", "SLURM_ARRAY_TASK_COUNT": "2"}, 7),
        ({"SLURM_ARRAY_TASK_ID": "0"}, 0),
        ({"PBS_ARRAY_INDEX": "3"}, 3),
        ({"PBS_ARRAYID": "4"}, 4),
        ({"PBS_ARRAYID": "4", "MOAB_JOBARRAYINDEX": "4"}, 4),
        ({"SGE_TASK_ID": "5"}, 5),
        ({"LSB_JOBINDEX": "6"}, 6),
        ({"OAR_ARRAY_INDEX": "8"}, 8),
        ({"SGE_TASK_ID": "undefined", "SLURM_ARRAY_TASK_ID": "2"}, 2),
    ],
)
def test_the_index_of_each_scheduler(seen: dict[str, str], wanted: int) -> None:
    assert array_index(seen) == wanted


@pytest.mark.parametrize(
    "seen",
    [
        {},
        {"SGE_TASK_ID": "undefined"},
        {"LSB_JOBINDEX": "0"},
        {"SLURM_ARRAY_TASK_ID": "1", "SGE_TASK_ID": "2"},
        {"PBS_ARRAY_INDEX": "x"},
    ],
)
def test_no_index_is_guessed(seen: dict[str, str]) -> None:
    with pytest.raises(UsageError):
        array_index(seen)


@pytest.mark.parametrize(
    ("spec", "chunk", "offset", "wanted"),
    [
        ("all", 1, 0, list(range(1, 12))),
        ("3,7-9", 1, 0, [3, 7, 8, 9]),
        ("auto", 1, 0, [3]),
        ("auto", 4, 0, [9, 10, 11]),
        ("auto", 1, 5, [8]),
        ("auto", 1, -2, [1]),
        ("index:2", 3, 0, [4, 5, 6]),
    ],
)
def test_tasks_of_an_index(spec: str, chunk: int, offset: int, wanted: list[int]) -> None:
    tasks = chosen_tasks(plan_of(11), spec, chunk=chunk, offset=offset, environment={"SLURM_ARRAY_TASK_ID": "3"})
    assert [task.number for task in tasks] == wanted


@pytest.mark.parametrize("spec", ["auto", "12", "0", "index:0", "1-", "x"])
def test_what_is_beyond_the_plan_is_refused(spec: str) -> None:
    with pytest.raises(StrainoptError):
        chosen_tasks(plan_of(11), spec, environment={"SLURM_ARRAY_TASK_ID": "12"})


@pytest.mark.parametrize("scheduler", sorted(RENDERERS))
@pytest.mark.parametrize(
    ("numbers", "chunk", "size"),
    [
        (range(1, 26), 1, None),
        ([3, 7, 8, 25], 1, None),
        (range(1, 26), 4, None),
        (range(1, 26), 1, 10),
        ([2, 14, 25], 1, 10),
    ],
)
def test_every_task_is_reached_by_exactly_one_index(
    scheduler: str, numbers: list[int], chunk: int, size: int | None, tmp_path: Path
) -> None:
    """Play the scheduler: read the indices out of the script, and look which tasks each of them does."""
    plan = replace(plan_of(25), folder=tmp_path)
    cluster = Cluster().model_copy(update={"scheduler": scheduler, "chunk": chunk, "array_size": size})
    reached: list[int] = []
    for job in array_jobs(plan, cluster, numbers=list(numbers)):
        text = render(job, scheduler=scheduler)
        seen = [int(text.partition("index:")[2].split()[0])] if "index:" in text else _indices(text)
        assert size is None or "index:" in text or max(seen) <= size
        if job.index_file is not None:
            job.index_file.parent.mkdir(exist_ok=True)
            job.index_file.write_text("".join(f"{index}\n" for index in job.indices))
            assert str(job.index_file) in text
        for index in seen:
            spec = f"index:{index}" if "index:" in text else "auto"
            tasks = chosen_tasks(
                plan, spec, chunk=chunk, offset=job.offset, index_file=job.index_file,
                environment={"SGE_TASK_ID": str(index)},
            )  # fmt: skip
            reached += [task.number for task in tasks]
    assert len(reached) == len(set(reached))
    assert set(numbers) <= set(reached)
    if chunk == 1:
        assert set(numbers) == set(reached)


def _indices(text: str) -> list[int]:
    for start in ("#SBATCH --array=", "#$ -t ", "#PBS -J ", '#BSUB -J "strainopt['):
        for line in text.splitlines():
            if line.startswith(start):
                told = line.removeprefix(start).partition("%")[0].partition("]")[0]
                return [number for part in told.split(",") for number in _span(part)]
    raise AssertionError(text)


def _span(part: str) -> range:
    first, dash, last = part.partition("-")
    return range(int(first), int(last if dash else first) + 1)


def test_a_scheduler_that_does_not_answer_is_not_waited_for_for_ever(tmp_path: Path, monkeypatch) -> None:
    silent = tmp_path / "bin" / "sbatch"
    silent.parent.mkdir()
    silent.write_text("#!/bin/sh\nexec sleep 600\n")
    silent.chmod(0o755)
    monkeypatch.setenv("PATH", f"{silent.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(submit_module, "PATIENCE", 0.2)
    job = replace(JOB, plan=tmp_path / "plan.jsonl", logs=tmp_path / "logs")
    with pytest.raises(UsageError, match=r"sbatch gave no answer within 0\.2 s") as caught:
        submit_module.submit(job, scheduler="slurm")
    assert "before submitting again" in str(caught.value)
