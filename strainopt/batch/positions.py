"""Places in a configuration file, and the list of everything that is wrong with it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from strainopt.errors import UsageError

__all__ = ["ConfigError", "KeyPath", "Mark", "Problem", "path_text"]

KeyPath = tuple[str | int, ...]
"""Keys and list indices from the top of the document."""


@dataclass(frozen=True, order=True)
class Mark:
    """A place in a file; line and column count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, order=True)
class Problem:
    """One thing that is wrong: where, under which key, what."""

    mark: Mark
    path: str
    message: str

    def __str__(self) -> str:
        place = f"{self.mark} {self.path}" if self.path else str(self.mark)
        return f"{place}: {self.message}"


class ConfigError(UsageError):
    """Everything that is wrong with a configuration, at once.

    Parameters
    ----------
    problems : iterable of Problem
        Told in the order of the file, each once.
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(sorted(set(problems)))
        count = len(self.problems)
        title = "the configuration cannot be used" if count == 1 else f"{count} things in the configuration are wrong"
        super().__init__("\n".join([title, *(f"  {problem}" for problem in self.problems)]))


def path_text(path: Sequence[str | int]) -> str:
    """Keys joined by points, indices in brackets: `runs[1].max_knockouts`."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text
