"""What the private Slurm and the private Grid Engine of the tests have in common: daemons, signals, waiting."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

SEARCH = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])

PATIENCE = 180.0
"""Seconds until a wait is given up. Nothing is measured by it: a machine that is busy is no failure."""

CALL = 60.0
"""Seconds for one command of a scheduler."""

# A program before the daemon rather than Python between fork and exec, which may wait for ever in a process of threads.
DIE_WITH_PARENT = """\
import ctypes, os, signal, sys
PR_SET_PDEATHSIG = 1
ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
os.execvp(sys.argv[1], sys.argv[1:])
"""


def wait_until(
    condition: Callable[[], object],
    *,
    what: str,
    step: float = 0.05,
    seconds: float = PATIENCE,
    vain: Callable[[], str] = lambda: "",
    told: Callable[[], str] = lambda: "",
) -> None:
    """Wait for a condition; `vain` says why it cannot come any more, `told` what there is to know where it does not."""
    end = time.monotonic() + seconds
    while not condition():
        reason = vain()
        # What made it vain may have fulfilled it just before.
        if reason and not condition():
            raise AssertionError(f"{what}: cannot come any more: {reason}\n{told()}")
        if time.monotonic() > end:
            raise TimeoutError(f"{what}: not within {seconds:g} s\n{told()}")
        time.sleep(step)


def spawn(words: Iterable[str], *, log: Path, environment: dict[str, str]) -> subprocess.Popen[bytes]:
    """Start a daemon in the foreground of its own session; it ends with these tests, killed or not."""
    with log.open("ab") as out:
        return subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", DIE_WITH_PARENT, *words],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            env=environment,
            start_new_session=True,
        )


def answer(words: Sequence[str], *, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """What a command of a scheduler says; exit code 1 where it does not end, as while there is no controller."""
    try:
        return subprocess.run(words, env=environment, capture_output=True, text=True, timeout=CALL, check=False)
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(words, 1, stdout="", stderr="no answer")


def stop(daemon: subprocess.Popen[bytes], *, seconds: float = 10.0) -> None:
    """Ask, then force."""
    daemon.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        daemon.wait(seconds)
    if daemon.poll() is None:
        daemon.kill()
        daemon.wait()


def kill(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def all_pids() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def environment_of(pid: int) -> dict[str, str]:
    try:
        data = Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return {}
    pairs = (item.partition(b"=") for item in data.split(b"\0") if b"=" in item)
    return {name.decode("utf-8", "replace"): value.decode("utf-8", "replace") for name, _, value in pairs}


def program_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""


def last_lines(path: Path, *, count: int = 15) -> str:
    try:
        lines = path.read_text(errors="replace").splitlines()
    except OSError as error:
        return f"{path.name}: {error.strerror}"
    return "\n".join([f"--- {path.name}", *lines[-count:]])


def free_ports(count: int) -> list[int]:
    """Below the ephemeral range, so that no outgoing connection takes one before its daemon does."""
    found: list[int] = []
    for port in random.sample(range(17000, 32000), 15000):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        found.append(port)
        if len(found) == count:
            return found
    raise OSError("no free ports")
