"""What only a process of its own can show: signals, limits, pipes, terminals."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

PROGRAM = [sys.executable, "-c", "from strainopt.cli.main import main; main()"]
# Anaerobic succinate on the genome-scale network with six knockouts: hours of work, but single good designs come early.
HARD = ["design", "iJO1366", "--target", "EX_succ_e", "--bounds", "EX_o2_e=0:", "-k", "6", "--min-growth", "0.05"]
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("STRAINOPT_")}


def start(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*PROGRAM, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=ENVIRONMENT
    )


def wait_for(path: Path, seconds: float) -> None:
    until = time.monotonic() + seconds
    while not path.exists() and time.monotonic() < until:
        time.sleep(0.1)


def test_a_time_limit_is_kept_and_the_state_reported(tmp_path, record_property) -> None:
    began = time.monotonic()
    running = start(*HARD, "--time-limit", "5s", "--out", str(tmp_path / "out"), "--json")
    out, err = running.communicate(timeout=120)
    seconds = time.monotonic() - began
    record_property("seconds", seconds)
    # The contract is 8 s on a machine of its own.
    assert seconds < 20.0, err
    found = json.loads(out)
    assert found["status"] == "time_limit"
    assert found["proven"] is False
    assert found["bound"] is not None
    good = any(design["interventions"] for design in found["designs"])
    assert running.returncode == (5 if good else 6)
    assert json.loads((tmp_path / "out" / "result.json").read_text()) == found
    if good:
        assert found["gap"] > 0.0


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 75), (signal.SIGINT, 130)])
def test_a_signal_keeps_what_there_is(tmp_path, number, code) -> None:
    running = start(*HARD, "-v", "--out", str(tmp_path / "out"))
    assert running.stderr is not None
    # The search has begun once the reduction is done.
    for line in running.stderr:
        if "reduction" in line:
            break
    time.sleep(4.0)
    running.send_signal(number)
    running.communicate(timeout=60)
    assert running.returncode == code
    found = json.loads((tmp_path / "out" / "result.json").read_text())
    assert found["status"] == "interrupted"
    assert found["proven"] is False
    # Nothing half-written is left.
    assert not [path for path in (tmp_path / "out").iterdir() if path.name.startswith(".")]


def test_a_second_signal_ends_at_once(tmp_path) -> None:
    running = start(*HARD, "-v", "--out", str(tmp_path / "out"))
    assert running.stderr is not None
    for line in running.stderr:
        if "reduction" in line:
            break
    running.send_signal(signal.SIGINT)
    time.sleep(0.1)
    running.send_signal(signal.SIGINT)
    running.communicate(timeout=30)
    assert running.returncode == 130
    assert not (tmp_path / "out" / "result.json").exists() or json.loads((tmp_path / "out" / "result.json").read_text())


@pytest.mark.parametrize("arguments", [["fva", "textbook", "-o", "-"], ["fva", "textbook", "--json"]])
def test_a_reader_that_leaves_early(arguments) -> None:
    """As `strainopt ... | head` does: nobody reads, no traceback."""
    read, write = os.pipe()
    os.close(read)
    ended = subprocess.run(
        [*PROGRAM, *arguments], stdout=write, stderr=subprocess.PIPE, text=True, timeout=120, check=False
    )
    os.close(write)
    assert "Traceback" not in ended.stderr
    assert "Exception" not in ended.stderr
    assert "Error" not in ended.stderr
    assert ended.returncode == 0


def test_json_alone_on_stdout_of_a_real_process() -> None:
    arguments = ["design", "two_routes", "--target", "EX_p_e", "-k", "2", "--engine", "milp", "--json"]
    ended = subprocess.run([*PROGRAM, *arguments], capture_output=True, text=True, timeout=120, check=True)
    assert json.loads(ended.stdout)["objective"] == pytest.approx(10.0)


def on_a_terminal(arguments: list[str], **environment: str) -> str:
    """Everything that a terminal would have shown."""
    leader, follower = pty.openpty()
    running = subprocess.Popen(
        [*PROGRAM, *arguments], stdout=subprocess.DEVNULL, stderr=follower, env={**ENVIRONMENT, **environment}
    )
    os.close(follower)
    shown = b""
    while True:
        try:
            part = os.read(leader, 65536)
        except OSError:
            break
        if not part:
            break
        shown += part
    os.close(leader)
    assert running.wait(timeout=60) == 0
    return shown.decode()


def test_colours_only_where_they_are_wanted() -> None:
    arguments = ["design", "two_routes", "--target", "EX_p_e", "-k", "1"]
    assert "\x1b[32m" in on_a_terminal(arguments, TERM="xterm-256color")
    assert "\x1b[32m" not in on_a_terminal(arguments, TERM="xterm-256color", NO_COLOR="1")
    assert "\x1b" not in on_a_terminal(arguments, TERM="dumb")
