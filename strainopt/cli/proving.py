"""`--proof FILE` of `strainopt design`: refused early where it cannot be kept, written once the answer is proven."""

from __future__ import annotations

import gzip
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import click

from strainopt.cli.exits import Exit
from strainopt.design.problem import DesignSet
from strainopt.design.proof_writing import ModelFile, check_provable, make_proof, proof_lines
from strainopt.design.request import Prepared
from strainopt.errors import InterruptedRunError, UsageError
from strainopt.io.models import LoadedModel
from strainopt.report.files import write_bytes
from strainopt.search.outcome import Limits

__all__ = ["ProofFile"]


@dataclass
class ProofFile:
    """The file asked for, if one was.

    Attributes
    ----------
    unfinished : bool
        An answer was proven, and the time did not suffice to write the proof down.
    """

    path: Path | None
    unfinished: bool = field(default=False)

    @classmethod
    def of(cls, ctx: click.Context) -> ProofFile:
        """Read the option, and refuse at once what could not be written later."""
        path: Path | None = ctx.params["proof"]
        if path is not None:
            if path.is_dir():
                raise UsageError(f"{path} is a folder", where="--proof", hint="name a file")
            if not path.parent.is_dir() or not os.access(path.parent, os.W_OK):
                raise UsageError(
                    f"{path.parent} is no folder that may be written to", where="--proof", hint="make it first"
                )
            if path.exists() and not ctx.params["overwrite"]:
                raise UsageError(
                    f"{path} exists already", where="--proof", hint="name another file, or give --overwrite"
                )
        return cls(path)

    def check(self, prepared: Prepared) -> None:
        """Refuse questions that proofs cannot be about."""
        if self.path is not None:
            check_provable(prepared.posed.problem)

    def write(
        self, answer: DesignSet, prepared: Prepared, loaded: LoadedModel, *, deadline: float, stop: Callable[[], bool]
    ) -> str:
        """Write the proof; what to tell of it, empty if none was asked for."""
        if self.path is None:
            return ""
        if not answer.proven:
            return "no proof was written: the answer is not proven"
        options = prepared.options
        model = ModelFile(loaded.network, loaded.sha256, options.missing_bounds, options.gpr)
        limits = Limits(deadline=deadline, seed=options.seed, stop=stop)
        try:
            proof = make_proof(prepared.posed.problem, answer, model, limits=limits)
        except InterruptedRunError as error:
            self.unfinished = True
            return f"no proof was written: {error.what}"
        content = "".join(proof_lines(proof)).encode("utf-8")
        if self.path.name.endswith(".gz"):
            # no time stamp: the same run gives the same file
            content = gzip.compress(content, mtime=0)
        write_bytes(self.path, content)
        return (
            f"proof written to {self.path}: {len(proof.witnesses)} witnesses, {len(proof.inequalities)} inequalities; "
            f"check it with: strainopt check-proof MODEL {self.path}"
        )

    def exit_code(self, code: Exit, *, stopped_by: Exit | None) -> Exit:
        """The run's exit code; a proof that is missing is not success."""
        if code is not Exit.DONE or not self.unfinished:
            return code
        return Exit.LIMIT_WITH_DESIGN if stopped_by is None else stopped_by
