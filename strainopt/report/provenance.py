"""Where a result comes from: versions, platform, seed, start, configuration."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from importlib import metadata

__all__ = ["Provenance", "provenance"]

SOLVER_PACKAGES = ("cplex", "gurobipy", "highspy", "optlang", "pyscipopt", "swiglpk")


@dataclass(frozen=True)
class Provenance:
    """Versions and circumstances of a run; `started` is UTC in ISO 8601, `config_sha256` None without a file."""

    strainopt: str
    python: str
    cobra: str
    solvers: tuple[tuple[str, str], ...]
    platform: str
    seed: int
    started: str
    config_sha256: str | None = None


def provenance(*, seed: int, started: datetime | None = None, config_sha256: str | None = None) -> Provenance:
    """Look up what is installed here; nothing is imported for it."""
    moment = datetime.now(timezone.utc) if started is None else started.astimezone(timezone.utc)
    return Provenance(
        strainopt=_version("strainopt"),
        python=platform.python_version(),
        cobra=_version("cobra"),
        solvers=_versions(SOLVER_PACKAGES),
        platform=platform.platform(),
        seed=seed,
        started=moment.isoformat(timespec="seconds"),
        config_sha256=config_sha256,
    )


def _versions(packages: Sequence[str]) -> tuple[tuple[str, str], ...]:
    return tuple((name, version) for name in packages if (version := _version(name)))


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""
