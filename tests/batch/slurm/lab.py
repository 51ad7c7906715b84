"""A private Slurm on this machine: munge, one controller, several nodes; no systemd, no cgroups, no accounting.

Needs the Debian packages slurmctld, slurmd, slurm-client and munge. Everything lives in one folder and is known by it:
daemons inherit SLURM_CONF, and only processes with that variable are ever signalled.
"""

from __future__ import annotations

import contextlib
import ctypes
import getpass
import os
import random
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

NEEDED = ("munged", "munge", "slurmctld", "slurmd", "sbatch", "squeue", "scontrol", "scancel", "sinfo")
SEARCH = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])


def missing_programs() -> list[str]:
    return [name for name in NEEDED if shutil.which(name, path=SEARCH) is None]


def wait_until(condition: Callable[[], object], *, seconds: float, what: str, step: float = 0.1) -> None:
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(f"{what}: not within {seconds:g} s")
        time.sleep(step)


class Lab:
    """A running cluster."""

    def __init__(self, folder: Path, *, nodes: int = 4, cpus: int = 1) -> None:
        self.folder = folder
        self.nodes = [f"n{number}" for number in range(1, nodes + 1)]
        self.cpus = cpus
        self.conf = folder / "slurm.conf"
        self.daemons: dict[str, subprocess.Popen[bytes]] = {}
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("SLURM", "SBATCH"))},
            "SLURM_CONF": str(self.conf),
            "PATH": SEARCH,
        }

    # ---- life ----
    def start(self) -> None:
        for name in ("run", "log", "state", "spool"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        self._start_munge()
        self._write_conf()
        self.start_controller()
        for node in self.nodes:
            self.start_node(node)
        wait_until(
            lambda: self.run("sinfo", "-h", "-N", "-o", "%T").split() == ["idle"] * len(self.nodes),
            seconds=60,
            what="nodes idle",
        )

    def stop(self) -> None:
        for daemon in self.daemons.values():
            daemon.terminate()
        for daemon in self.daemons.values():
            with contextlib.suppress(subprocess.TimeoutExpired):
                daemon.wait(5)
        for _ in range(3):
            for pid in self.processes():
                _kill(pid, signal.SIGKILL)
        for daemon in self.daemons.values():
            if daemon.poll() is None:
                daemon.kill()
                daemon.wait()

    def _spawn(self, name: str, *words: str) -> None:
        with (self.folder / "log" / f"{name}.out").open("ab") as out:
            self.daemons[name] = subprocess.Popen(
                words,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                env=self.environment,
                start_new_session=True,
                preexec_fn=_die_with_parent,
            )

    def _start_munge(self) -> None:
        place = self.folder / "munge"
        place.mkdir(mode=0o711)
        key = place / "munge.key"
        key.touch(mode=0o600)
        key.write_bytes(os.urandom(1024))
        files = {"key-file": key, "socket": place / "socket", "pid-file": place / "pid", "seed-file": place / "seed"}
        log = self.folder / "log" / "munged.log"
        words = [f"--{name}={path}" for name, path in files.items()]
        self._spawn("munged", "munged", "--foreground", *words, f"--log-file={log}")
        wait_until(lambda: self.succeeds("munge", "-n", "-S", str(place / "socket")), seconds=20, what="munge")

    def _write_conf(self) -> None:
        host = socket.gethostname().partition(".")[0]
        ports = _free_ports(len(self.nodes) + 1)
        me = getpass.getuser()
        at = self.folder
        lines = [
            "ClusterName=lab", f"SlurmctldHost={host}(127.0.0.1)", f"SlurmctldPort={ports[0]}",
            f"SlurmUser={me}", f"SlurmdUser={me}",
            "AuthType=auth/munge", "CredType=cred/munge", f"AuthInfo=socket={at}/munge/socket,cred_expire=5",
            f"StateSaveLocation={at}/state", f"SlurmdSpoolDir={at}/spool/%n",
            f"SlurmctldPidFile={at}/run/slurmctld.pid", f"SlurmdPidFile={at}/run/slurmd.%n.pid",
            f"SlurmctldLogFile={at}/log/slurmctld.log", f"SlurmdLogFile={at}/log/slurmd.%n.log",
            "ProctrackType=proctrack/linuxproc", "TaskPlugin=task/none", "JobAcctGatherType=jobacct_gather/none",
            "SwitchType=switch/none", "MpiDefault=none", "AccountingStorageType=accounting_storage/none",
            f"PlugStackConfig={at}/plugstack.conf", "SlurmdParameters=config_overrides",
            "SelectType=select/cons_tres", "SelectTypeParameters=CR_Core", "PropagateResourceLimits=NONE",
            "SchedulerType=sched/backfill",
            "SchedulerParameters=sched_interval=1,sched_min_interval=0,batch_sched_delay=0,bf_interval=1,max_rpc_cnt=0",
            "SlurmctldTimeout=30", "SlurmdTimeout=5", "MessageTimeout=5", "BatchStartTimeout=10", "KillWait=10",
            "CompleteWait=0", "InactiveLimit=0", "MinJobAge=3600", "JobRequeue=1", "ReturnToService=2",
            "MaxArraySize=1001", "DebugFlags=NO_CONF_HASH",
        ]  # fmt: skip
        for node, port in zip(self.nodes, ports[1:], strict=True):
            lines.append(
                f"NodeName={node} NodeHostname={host} NodeAddr=127.0.0.1 Port={port} CPUs={self.cpus} Boards=1 "
                f"SocketsPerBoard=1 CoresPerSocket={self.cpus} ThreadsPerCore=1 RealMemory=4000 State=UNKNOWN"
            )
        lines.append(f"PartitionName=main Nodes={','.join(self.nodes)} Default=YES MaxTime=INFINITE State=UP")
        self.conf.write_text("\n".join(lines) + "\n")
        (self.folder / "plugstack.conf").write_text("")
        (self.folder / "cgroup.conf").write_text("CgroupPlugin=cgroup/v1\nCgroupAutomount=no\n")

    # ---- commands ----
    def run(self, *words: str) -> str:
        done = subprocess.run(words, env=self.environment, capture_output=True, text=True, timeout=30, check=False)
        return done.stdout

    def succeeds(self, *words: str) -> bool:
        try:
            done = subprocess.run(words, env=self.environment, capture_output=True, timeout=30, check=False)
        except subprocess.TimeoutExpired:
            return False
        return done.returncode == 0

    def states(self, job: str) -> dict[int, str]:
        """State of each index of an array job, from the controller."""
        lines = self.run("squeue", "-h", "-r", "-t", "all", "-j", job, "-o", "%K %T").splitlines()
        return {int(index): state for index, state in (line.split() for line in lines if line[:1].isdigit())}

    def job_id(self, job: str, index: int) -> str:
        """The raw id of one index."""
        return self.run("squeue", "-h", "-t", "all", "-j", f"{job}_{index}", "-o", "%A").strip()

    def node_of(self, job: str, index: int) -> str:
        return self.run("squeue", "-h", "-t", "all", "-j", f"{job}_{index}", "-o", "%N").strip()

    # ---- faults ----
    def start_controller(self) -> None:
        self._spawn("slurmctld", "slurmctld", "-D", "-f", str(self.conf))
        wait_until(lambda: self.succeeds("scontrol", "ping") and self.run("sinfo", "-h"), seconds=30, what="controller")

    def kill_controller(self) -> None:
        daemon = self.daemons.pop("slurmctld")
        daemon.kill()
        daemon.wait()

    def start_node(self, node: str) -> None:
        (self.folder / "spool" / node).mkdir(parents=True, exist_ok=True)
        self._spawn(f"slurmd.{node}", "slurmd", "-D", "-N", node, "-f", str(self.conf))

    def power_loss(self, node: str) -> None:
        """The node's daemon and everything that runs on it are gone at once; nothing gets a signal before."""
        daemon = self.daemons.pop(f"slurmd.{node}")
        daemon.kill()
        daemon.wait()
        for _ in range(20):
            victims = self.processes(node=node)
            if not victims:
                break
            for pid in victims:
                _kill(pid, signal.SIGKILL)
            time.sleep(0.05)
        shutil.rmtree(self.folder / "spool" / node, ignore_errors=True)

    def signal_job(self, raw_id: str, number: signal.Signals) -> int:
        """Signal every process of one job, behind Slurm's back, as the out-of-memory killer would."""
        pids = self.processes(job=raw_id)
        for pid in pids:
            _kill(pid, number)
        return len(pids)

    def processes(self, *, node: str = "", job: str = "") -> list[int]:
        """Processes of this cluster that are no daemons of ours: step daemons and what jobs started."""
        mine = {daemon.pid for daemon in self.daemons.values()} | {os.getpid()}
        found = []
        for pid in _all_pids():
            known = _environment(pid)
            if pid in mine or known.get("SLURM_CONF") != str(self.conf):
                continue
            if job and known.get("SLURM_JOB_ID") != job:
                continue
            if node and known.get("SLURMD_NODENAME") != node and not _has_open(pid, f"slurmd.{node}.log"):
                continue
            if not node and not job and "SLURM_JOB_ID" not in known and not _comm(pid).startswith("slurmstepd"):
                continue
            found.append(pid)
        return found


@contextlib.contextmanager
def running_lab(folder: Path, *, nodes: int = 4, cpus: int = 1) -> Iterator[Lab]:
    lab = Lab(folder, nodes=nodes, cpus=cpus)
    try:
        lab.start()
        yield lab
    finally:
        lab.stop()


LIBC = ctypes.CDLL(None, use_errno=True)
PR_SET_PDEATHSIG = 1


def _die_with_parent() -> None:
    """No daemon outlives tests that are killed before they could stop it."""
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _kill(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def _all_pids() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def _environment(pid: int) -> dict[str, str]:
    try:
        data = Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return {}
    pairs = (item.partition(b"=") for item in data.split(b"\0") if b"=" in item)
    return {name.decode("utf-8", "replace"): value.decode("utf-8", "replace") for name, _, value in pairs}


def _comm(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""


def _has_open(pid: int, ending: str) -> bool:
    """A step daemon names its node nowhere but in the log file that it holds open."""
    if not _comm(pid).startswith("slurmstepd"):
        return False
    try:
        return any(os.readlink(item.path).endswith(ending) for item in os.scandir(f"/proc/{pid}/fd"))
    except OSError:
        return False


def _free_ports(count: int) -> list[int]:
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
