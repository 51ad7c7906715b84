"""A private Grid Engine on this machine: a master, one execution daemon, one queue of two slots; spooled as plain text.

Needs the Debian packages gridengine-master, gridengine-exec and gridengine-client. Its programs are called where they
are, not by Debian's wrappers, which set a root folder of their own.
"""

from __future__ import annotations

import contextlib
import getpass
import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

from tests.batch.daemons import all_pids, answer, environment_of, free_ports, kill, last_lines, spawn, stop, wait_until

PROGRAMS = Path("/usr/lib/gridengine")
SHARED = Path("/usr/share/gridengine")
NEEDED = ("sge_qmaster", "sge_execd", "sge_shepherd", "qsub", "qconf", "qstat", "spoolinit", "spooldefaults")


def missing_programs() -> list[str]:
    return [name for name in NEEDED if not (PROGRAMS / name).exists()]


class GridEngine:
    """A running cluster of one host."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.daemons: dict[str, subprocess.Popen[bytes]] = {}
        master, execution = free_ports(2)
        # As the daemons see it: the name that the address of this host's name leads back to.
        own = socket.gethostname()
        self.host = socket.gethostbyaddr(socket.gethostbyname(own))[0].partition(".")[0]
        self.aliases = f"{self.host} {own}\n" if own != self.host else ""
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("SGE", "SLURM"))},
            "SGE_ROOT": str(folder),
            "SGE_CELL": "cell",
            "SGE_QMASTER_PORT": str(master),
            "SGE_EXECD_PORT": str(execution),
            "SGE_CLUSTER_NAME": "lab",
            "SGE_ND": "1",
            "PATH": f"{PROGRAMS}{os.pathsep}{os.environ.get('PATH', '')}",
        }

    def start(self) -> None:
        self._lay_out()
        self._spool()
        self.daemons["qmaster"] = self._spawn("sge_qmaster")
        wait_until(lambda: self.succeeds("qconf", "-sh"), what="the master")
        for flag in ("-ah", "-as"):
            self.succeeds("qconf", flag, self.host)
        self._configure()
        self.daemons["execd"] = self._spawn("sge_execd")
        wait_until(lambda: f"main.q@{self.host}" in self.run("qstat", "-f") and self._idle(), what="the queue")

    def stop(self) -> None:
        for daemon in reversed(list(self.daemons.values())):
            stop(daemon, seconds=2.0)
        for pid in all_pids():
            if pid != os.getpid() and environment_of(pid).get("SGE_ROOT") == str(self.folder):
                kill(pid, signal.SIGKILL)

    def run(self, *words: str) -> str:
        return self._call(words).stdout

    def succeeds(self, *words: str) -> bool:
        return self._call(words).returncode == 0

    def waiting_or_running(self, job: str) -> bool:
        """An answer that failed says nothing about the job."""
        told = self._call(("qstat",))
        return told.returncode != 0 or any(line.split()[:1] == [job] for line in told.stdout.splitlines())

    def dead(self) -> str:
        """Daemons that ended though nobody asked them to."""
        names = [name for name, daemon in self.daemons.items() if daemon.poll() is not None]
        return "\n".join(last_lines(self.folder / f"sge_{name}.out") for name in names)

    def happenings(self) -> str:
        """For the message of a failure."""
        return "\n".join([self.run("qstat", "-f"), last_lines(self.folder / "spool" / "qmaster" / "messages")])

    def job_pids(self, job: str, index: int) -> list[int]:
        """Processes of one index."""
        mine = {"SGE_ROOT": str(self.folder), "JOB_ID": job, "SGE_TASK_ID": str(index)}
        return [pid for pid in all_pids() if mine.items() <= environment_of(pid).items()]

    def _call(self, words: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
        program, *rest = words
        return answer([str(PROGRAMS / program), *rest], environment=self.environment)

    def _spawn(self, name: str) -> subprocess.Popen[bytes]:
        return spawn([str(PROGRAMS / name)], log=self.folder / f"{name}.out", environment=self.environment)

    def _idle(self) -> bool:
        lines = [line.split() for line in self.run("qstat", "-f").splitlines() if line.startswith("main.q@")]
        return all(len(fields) == 5 for fields in lines)  # a sixth column tells what is wrong

    def _lay_out(self) -> None:
        at = self.folder
        for name in ("bin", "lib", "utilbin", "cell/common", "spool/qmaster/job_scripts", "spool/execd"):
            (at / name).mkdir(parents=True)
        kind = subprocess.run([str(SHARED / "util" / "arch")], capture_output=True, text=True, check=True)
        for name in ("bin", "lib", "utilbin"):
            (at / name / kind.stdout.strip()).symlink_to(PROGRAMS)
        (at / "util").symlink_to(SHARED / "util")
        common = at / "cell" / "common"
        (common / "bootstrap").write_text(
            f"admin_user {getpass.getuser()}\ndefault_domain none\nignore_fqdn true\nspooling_method classic\n"
            f"spooling_lib libspoolc\nspooling_params {common};{at}/spool/qmaster\nbinary_path {PROGRAMS}\n"
            f"qmaster_spool_dir {at}/spool/qmaster\nsecurity_mode none\nlistener_threads 2\nworker_threads 2\n"
            "scheduler_threads 1\n"
        )
        (common / "act_qmaster").write_text(f"{self.host}\n")
        if self.aliases:
            (common / "host_aliases").write_text(self.aliases)

    def _spool(self) -> None:
        at = self.folder
        settings = {
            "execd_spool_dir": f"{at}/spool/execd",
            "min_uid": "0",
            "min_gid": "0",
            "load_report_time": "00:00:01",
            "mailer": "/bin/true",
        }
        lines = (SHARED / "default-configuration").read_text().splitlines()
        changed = [
            f"{line.split()[0]} {settings[line.split()[0]]}" if _key(line) in settings else line for line in lines
        ]
        (at / "configuration").write_text("\n".join(changed) + "\n")
        where = f"{at}/cell/common;{at}/spool/qmaster"
        assert self.succeeds("spoolinit", "classic", "libspoolc", where, "init")
        resources = SHARED / "util" / "resources"
        assert self.succeeds("spooldefaults", "configuration", str(at / "configuration"))
        assert self.succeeds("spooldefaults", "complexes", str(resources / "centry"))
        assert self.succeeds("spooldefaults", "usersets", str(resources / "usersets"))
        assert self.succeeds("spooldefaults", "managers", getpass.getuser())

    def _configure(self) -> None:
        """A scheduler that looks every second, and a queue that load does not close."""
        scheduler = self.run("qconf", "-ssconf")
        changes = {"schedule_interval": "0:0:1", "flush_submit_sec": "1", "flush_finish_sec": "1"}
        self._modify(scheduler, changes, "-Msconf", "scheduler")
        queue = self.run("qconf", "-sq")
        changes = {"qname": "main.q", "hostlist": self.host, "slots": "2", "load_thresholds": "NONE"}
        more = {"rerun": "TRUE", "shell_start_mode": "unix_behavior", "pe_list": "NONE", "ckpt_list": "NONE"}
        self._modify(queue, {**changes, **more}, "-Aq", "queue")

    def _modify(self, text: str, changes: dict[str, str], flag: str, name: str) -> None:
        joined = text.replace("\\\n", " ")
        lines = [
            f"{_key(line)} {changes[_key(line)]}" if _key(line) in changes else line for line in joined.splitlines()
        ]
        path = self.folder / name
        path.write_text("\n".join(lines) + "\n")
        done = self._call(("qconf", flag, str(path)))
        assert done.returncode == 0, done.stdout + done.stderr + text


def _key(line: str) -> str:
    return line.split()[0] if line.split() else ""


@contextlib.contextmanager
def running_grid_engine(folder: Path) -> Iterator[GridEngine]:
    made = GridEngine(folder)
    try:
        made.start()
        yield made
    finally:
        made.stop()
