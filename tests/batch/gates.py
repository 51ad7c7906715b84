"""The side of the tests to gate/sitecustomize.py: which tasks are held in the middle of their search."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

PLACE = Path(__file__).parent / "gate"


@dataclass(frozen=True)
class Gates:
    """A folder that says which tasks of a plan are held, and which are just now."""

    folder: Path

    def variables(self) -> dict[str, str]:
        """What the environment of the program has to have, so that its workers look here."""
        self.folder.mkdir(exist_ok=True)
        return {"PYTHONPATH": python_path(PLACE), "STRAINOPT_TEST_GATES": str(self.folder)}

    def shut(self, number: int) -> None:
        """From now on the task is held in the middle of its search."""
        (self.folder / f"shut-{number}").touch()

    def open(self, number: int, *, job: str = "") -> None:
        """Let all copies of a task go on, or the one of a job."""
        if job:
            (self.folder / f"open-{number}-{job}").touch()
        else:
            (self.folder / f"shut-{number}").unlink()

    def held(self, number: int) -> dict[str, str]:
        """Copies of a task that wait in the middle: the scheduler's id, and the node."""
        found = [path for path in self.folder.glob(f"held-{number}-*") if not path.suffix]
        return {path.name.rpartition("-")[2]: path.read_text() for path in found}


def python_path(first: Path) -> str:
    """PYTHONPATH as it is, behind a folder."""
    return os.pathsep.join([str(first), *filter(None, [os.environ.get("PYTHONPATH")])])
