"""Every exception that strainopt raises on purpose, and the exit code of each branch.

    StrainoptError              1   our fault
    |-- UsageError              2   an option, a configuration file
    |-- InputError              3   a model file, a medium table, a list of ids
    |   `-- ModelError          3   the network itself cannot be used
    |-- SolverError             7   a solver is missing, unlicensed or failed
    |   `-- SolverMissingError  7
    |-- VerificationError       8   plain linear programs do not confirm a claim
    `-- InterruptedRunError         75   stopped on request, resumable

Statuses such as "no design exists" are results, not errors; their exit codes live in `strainopt.cli.exits`.
"""

from __future__ import annotations

__all__ = [
    "InputError",
    "InterruptedRunError",
    "ModelError",
    "SolverError",
    "SolverMissingError",
    "StrainoptError",
    "UsageError",
    "VerificationError",
]


class StrainoptError(Exception):
    """What went wrong, where, why, and what to do next.

    Parameters
    ----------
    what : str
        One sentence, without a trailing period.
    where : str, optional
        `file:line:column`, an option's name, or an id.
    why : str, optional
        The reason, where it is not plain from `what`.
    hint : str, optional
        What the user can do next.
    """

    exit_code = 1

    def __init__(self, what: str, *, where: str = "", why: str = "", hint: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.why = why
        self.hint = hint

    def __str__(self) -> str:
        head = f"{self.where}: {self.what}" if self.where else self.what
        parts = [head]
        if self.why:
            parts.append(f"  why: {self.why}")
        if self.hint:
            parts.append(f"  try: {self.hint}")
        return "\n".join(parts)


class UsageError(StrainoptError):
    """An option or a configuration value that cannot be used."""

    exit_code = 2


class InputError(StrainoptError):
    """A file whose content cannot be used."""

    exit_code = 3


class ModelError(InputError):
    """A network that cannot carry the asked computation (no growth, contradicting bounds, no objective)."""


class SolverError(StrainoptError):
    """A solver failed, or gave an answer that its own certificate does not support."""

    exit_code = 7


class SolverMissingError(SolverError):
    """The named solver is not installed or not licensed here."""


class VerificationError(StrainoptError):
    """Plain linear programs on the original model do not confirm a claimed design."""

    exit_code = 8


class InterruptedRunError(StrainoptError):
    """The computation was stopped on request and can be resumed."""

    exit_code = 75
