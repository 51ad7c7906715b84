"""A private Slurm on this machine: munge, one controller, several nodes; no systemd, no cgroups, no accounting.

Needs the Debian packages slurmctld, slurmd, slurm-client and munge. Everything lives in one folder and is known by it:
daemons inherit SLURM_CONF, and only processes with that variable are ever signalled.
"""

from __future__ import annotations

import contextlib
import getpass
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from tests.batch.daemons import (
    SEARCH,
    all_pids,
    answer,
    environment_of,
    free_ports,
    kill,
    last_lines,
    program_of,
    spawn,
    stop,
    wait_until,
)

NEEDED = ("munged", "munge", "slurmctld", "slurmd", "sbatch", "squeue", "scontrol", "scancel", "sinfo")
OVER = frozenset({"COMPLETED", "FAILED", "TIMEOUT", "CANCELLED", "NODE_FAIL"})


def missing_programs() -> list[str]:
    return [name for name in NEEDED if shutil.which(name, path=SEARCH) is None]


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
            what="nodes idle",
        )

    def stop(self) -> None:
        for daemon in reversed(list(self.daemons.values())):
            stop(daemon)
        for _ in range(3):
            for pid in self.processes():
                kill(pid, signal.SIGKILL)

    def _spawn(self, name: str, *words: str) -> None:
        log = self.folder / "log" / f"{name}.out"
        self.daemons[name] = spawn(words, log=log, environment=self.environment)

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
        wait_until(lambda: self.succeeds("munge", "-n", "-S", str(place / "socket")), what="munge")

    def _write_conf(self) -> None:
        host = socket.gethostname().partition(".")[0]
        ports = free_ports(len(self.nodes) + 1)
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
            # A busy machine answers late: only a daemon that is silent for long counts as lost.
            "SlurmctldTimeout=30", "SlurmdTimeout=20", "MessageTimeout=20", "BatchStartTimeout=120", "KillWait=30",
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
        """What a command prints; nothing if it failed or does not end, as while there is no controller."""
        told = answer(words, environment=self.environment)
        return told.stdout if told.returncode == 0 else ""

    def succeeds(self, *words: str) -> bool:
        return answer(words, environment=self.environment).returncode == 0

    def dead(self) -> str:
        """Daemons that ended though nobody asked them to."""
        names = [name for name, daemon in self.daemons.items() if daemon.poll() is not None]
        return "\n".join(last_lines(self.folder / "log" / f"{name}.out") for name in names)

    def happenings(self, job: str) -> str:
        """For the message of a failure."""
        told = [
            self.run("squeue", "-r", "-t", "all"),
            self.run("sinfo", "-N", "-l"),
            self.run("scontrol", "show", "job", job),
        ]
        return "\n".join([*told, last_lines(self.folder / "log" / "slurmctld.log", count=30)])

    def states(self, job: str) -> dict[int, str]:
        """State of each index of an array job, from the controller."""
        lines = self.run("squeue", "-h", "-r", "-t", "all", "-j", job, "-o", "%K %T").splitlines()
        return {int(index): state for index, state in (line.split() for line in lines if line[:1].isdigit())}

    def node_of(self, job: str, index: int) -> str:
        return self.run("squeue", "-h", "-t", "all", "-j", f"{job}_{index}", "-o", "%N").strip()

    # ---- faults ----
    def start_controller(self) -> None:
        self._spawn("slurmctld", "slurmctld", "-D", "-f", str(self.conf))
        wait_until(lambda: self.succeeds("scontrol", "ping") and self.run("sinfo", "-h"), what="controller")

    def kill_controller(self, raw_id: str) -> None:
        """At once, but only when its file of jobs has this one as it is now: it is written every few seconds."""
        mark = f"saved-{time.monotonic_ns()}"
        assert self.succeeds("scontrol", "update", f"JobId={raw_id}", f"Comment={mark}")
        state = self.folder / "state" / "job_state"
        wait_until(lambda: mark.encode() in state.read_bytes(), what="the controller's file of jobs")
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

        def gone() -> bool:
            victims = self.processes(node=node)
            for pid in victims:
                kill(pid, signal.SIGKILL)
            return not victims

        wait_until(gone, what=f"the end of all processes of {node}")
        shutil.rmtree(self.folder / "spool" / node, ignore_errors=True)

    def signal_job(self, raw_id: str, number: signal.Signals) -> int:
        """Signal what one job runs, behind Slurm's back, as the out-of-memory killer would."""
        assert raw_id, "a job without id would be every job"
        pids = [pid for pid in self.processes(job=raw_id) if not program_of(pid).startswith("slurmstepd")]
        for pid in pids:
            kill(pid, number)
        return len(pids)

    def processes(self, *, node: str = "", job: str = "") -> list[int]:
        """Processes of this cluster that are no daemons of ours: step daemons and what jobs started."""
        mine = {daemon.pid for daemon in self.daemons.values()} | {os.getpid()}
        found = []
        for pid in all_pids():
            known = environment_of(pid)
            if pid in mine or known.get("SLURM_CONF") != str(self.conf):
                continue
            if job and known.get("SLURM_JOB_ID") != job:
                continue
            if node and known.get("SLURMD_NODENAME") != node and not _has_open(pid, f"slurmd.{node}.log"):
                continue
            if not node and not job and "SLURM_JOB_ID" not in known and not program_of(pid).startswith("slurmstepd"):
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


def _has_open(pid: int, ending: str) -> bool:
    """A step daemon names its node nowhere but in the log file that it holds open."""
    if not program_of(pid).startswith("slurmstepd"):
        return False
    try:
        return any(os.readlink(item.path).endswith(ending) for item in os.scandir(f"/proc/{pid}/fd"))
    except OSError:
        return False
