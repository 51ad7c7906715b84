"""Where results go: stdout, one file, or a folder; checked before any work, written whole at its end.

A command keeps its files first, then tells, then prints: a terminal that is gone must not cost a result.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import click

from strainopt.errors import UsageError
from strainopt.report.document import to_text
from strainopt.report.files import check_free, write_folder, write_text
from strainopt.report.numbers import Json

__all__ = ["Outputs"]


@dataclass(frozen=True)
class Outputs:
    """What was asked for with `-o`, `--out`, `--json` and `--overwrite`."""

    file: str | None
    folder: Path | None
    json: bool
    overwrite: bool

    @classmethod
    def of(cls, ctx: click.Context) -> Outputs:
        """Read the options, and refuse at once what could not be written later."""
        asked = cls(ctx.params.get("output"), ctx.params["out"], ctx.params["json"], ctx.params["overwrite"])
        asked._check()
        return asked

    def _check(self) -> None:
        if self.json and self.file == "-":
            raise UsageError("--json and -o - both want stdout", where="--json", hint="give one of them")
        if (self.json or self.file == "-") and sys.stdout is None:
            raise UsageError("stdout is closed", where="--json" if self.json else "-o -", hint="use --out DIR")
        if self.folder is not None:
            check_free(self.folder, overwrite=self.overwrite)
        if self.file is not None and self.file != "-":
            path = Path(self.file)
            if not self.file.strip():
                raise UsageError("an empty file name", where="-o", hint="name a file; an empty variable in a script?")
            if path.is_dir():
                raise UsageError(f"{path} is a folder", where="-o", hint="name a file, or use --out DIR")
            if not path.parent.is_dir() or not os.access(path.parent, os.W_OK):
                raise UsageError(f"{path.parent} is no folder that may be written to", where="-o", hint="make it first")
            if path.exists() and not self.overwrite:
                raise UsageError(f"{path} exists already", where="-o", hint="name another file, or give --overwrite")

    @property
    def anywhere(self) -> bool:
        """Whether anything is kept or printed for programs to read."""
        return self.json or self.folder is not None or self.file is not None

    def keep(self, document: Mapping[str, Json], files: Mapping[str, str], *, table: str = "") -> None:
        """Write what `--out` (the document and the other files) and `-o FILE` (the table) ask for."""
        if self.folder is not None:
            write_folder(self.folder, {**files, "result.json": to_text(document)}, overwrite=self.overwrite)
        if self.file is not None and self.file != "-":
            write_text(Path(self.file), table)

    def emit(self, document: Mapping[str, Json], *, table: str = "") -> None:
        """Print on stdout what `--json` (the document) or `-o -` (the table) asks for."""
        text = to_text(document) if self.json else table if self.file == "-" else ""
        if text:
            sys.stdout.write(text)
            sys.stdout.flush()
