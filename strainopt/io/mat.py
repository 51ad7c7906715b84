"""MATLAB files of the COBRA Toolbox: one structure with arrays."""

from __future__ import annotations

import io
import math
import subprocess
import sys
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.io import loadmat

from strainopt.errors import InputError, ModelError
from strainopt.io.draft import Draft, DraftMetabolite, DraftReaction
from strainopt.network.findings import Severity, finding

__all__ = ["draft_from_mat"]

_NEEDED = ("rxns", "mets", "S", "lb", "ub")


def draft_from_mat(data: bytes, source: str) -> Draft:
    """Read a model structure of the COBRA Toolbox into a draft.

    Raises
    ------
    InputError
        Not a MATLAB file, a format 7.3 file, or no structure with the needed fields.
    ModelError
        Arrays of unequal length; metabolites that are not at steady state (`b`, `csense`); extra constraints (`C`).
    """
    fields, name = _structure(_load(data, source), source)
    table = _Fields(fields, source)
    mets, rxns = table.texts("mets"), table.texts("rxns")
    draft = Draft(id=table.text("modelID") or table.text("description") or name, source=source)
    table.refuse_other_constraints(len(mets))
    names, formulas = table.texts("metNames", len(mets)), table.texts("metFormulas", len(mets))
    compartments = table.compartments(len(mets))
    for row, metabolite in enumerate(mets):
        draft.metabolites.append(
            DraftMetabolite(metabolite, names[row], compartments[row], formulas[row], place=f"mets({row + 1})")
        )
    matrix = table.matrix(len(mets), len(rxns))
    lower, upper = table.numbers("lb", len(rxns)), table.numbers("ub", len(rxns))
    objective, rules = table.numbers("c", len(rxns)), table.texts("grRules", len(rxns))
    titles = table.texts("rxnNames", len(rxns))
    for column, reaction in enumerate(rxns):
        rows = range(matrix.indptr[column], matrix.indptr[column + 1])
        draft.reactions.append(
            DraftReaction(
                reaction,
                titles[column],
                float(lower[column]),
                float(upper[column]),
                terms=[(mets[matrix.indices[at]], float(matrix.data[at])) for at in rows],
                rule=rules[column] or None,
                objective=float(objective[column]),
                place=f"rxns({column + 1})",
            )
        )
    draft.genes = table.texts("genes")
    draft.minimise = table.minimises()
    if "grRules" not in fields and draft.genes:
        text = "the structure has genes, but no field grRules: no reaction has a gene rule"
        draft.findings.append(finding("rules-missing", Severity.WARNING, message=text))
    return draft


def _load(data: bytes, source: str) -> dict[str, Any]:
    if data.startswith(b"\x89HDF") or data[:128].startswith(b"MATLAB 7.3"):
        raise InputError(
            "MATLAB files of version 7.3 are not read",
            where=source,
            hint="save it in MATLAB with: save(file, 'model', '-v7')",
        )
    _try_in_a_child(data, source)
    content: dict[str, Any] = loadmat(io.BytesIO(data))
    return content


_PROBE: Final = "import io, sys; from scipy.io import loadmat; loadmat(io.BytesIO(sys.stdin.buffer.read()))"


def _try_in_a_child(data: bytes, source: str) -> None:
    """Read the file in a process of its own first.

    Over damaged bytes SciPy's reader raises errors of any kind, and some end the whole process.
    """
    probe = subprocess.run([sys.executable, "-c", _PROBE], input=data, capture_output=True, check=False)  # noqa: S603
    if probe.returncode == 0:
        return
    last = probe.stderr.decode(errors="replace").strip().rpartition("\n")[2]
    raise InputError(
        "the file is not a readable MATLAB file",
        where=source,
        why=last if probe.returncode > 0 else "reading it ends the reading program",
        hint="it may be cut short or damaged: fetch or save it again",
    )


def _structure(content: dict[str, Any], source: str) -> tuple[dict[str, Any], str]:
    found: dict[str, npt.NDArray[Any]] = {}
    for name, value in sorted(content.items()):
        names = getattr(getattr(value, "dtype", None), "names", None) or ()
        if value is not None and all(field in names for field in _NEEDED) and value.size == 1:
            found[name] = value
    if len(found) != 1:
        what = "several models in the file" if found else "no model structure in the file"
        raise InputError(
            what,
            where=f"{source}: {', '.join(found)}" if found else source,
            why="" if found else f"a model is a structure with the fields {', '.join(_NEEDED)}",
            hint="save one model structure per file",
        )
    name, value = next(iter(found.items()))
    entry = value.reshape(-1)[0]
    return {field: entry[field] for field in value.dtype.names or ()}, name


class _Fields:
    """Typed access to the structure."""

    def __init__(self, fields: dict[str, Any], source: str) -> None:
        self.fields, self.source = fields, source

    def check_length(self, field: str, found: int, wanted: int | None) -> None:
        if wanted is not None and found != wanted:
            raise ModelError(
                f"the field '{field}' has {found} entries instead of {wanted}",
                where=self.source,
                hint="save the structure again with verifyModel's approval",
            )

    def texts(self, field: str, wanted: int | None = None) -> list[str]:
        if field not in self.fields or (wanted and not np.size(self.fields[field])):
            return [""] * (wanted or 0)
        cells = np.asarray(self.fields[field]).reshape(-1)
        values = []
        for cell in cells:
            inner = np.asarray(cell).reshape(-1)
            values.append(str(inner[0]).strip() if inner.size else "")
        self.check_length(field, len(values), wanted)
        return values

    def text(self, field: str) -> str:
        found = [text for text in self.texts(field) if text]
        return found[0] if len(found) == 1 else ""

    def numbers(self, field: str, wanted: int) -> npt.NDArray[np.float64]:
        if field not in self.fields:
            return np.zeros(wanted)
        value = self.fields[field]
        try:
            array = (value.toarray() if sparse.issparse(value) else np.asarray(value)).astype(np.float64).reshape(-1)
        except (TypeError, ValueError) as error:
            raise ModelError(
                f"the field '{field}' does not hold numbers", where=self.source, hint="save it as a double vector"
            ) from error
        self.check_length(field, len(array), wanted)
        return array

    def matrix(self, rows: int, columns: int) -> sparse.csc_array:
        try:
            matrix = sparse.csc_array(self.fields["S"], dtype=np.float64)
        except (TypeError, ValueError) as error:
            raise ModelError("the field 'S' is not a matrix", where=self.source, hint="save it again") from error
        if matrix.shape != (rows, columns):
            raise ModelError(
                f"the field 'S' is {matrix.shape[0]} x {matrix.shape[1]} instead of {rows} x {columns}",
                where=self.source,
                why="it needs one row for each metabolite and one column for each reaction",
                hint="save the structure again with verifyModel's approval",
            )
        matrix.sum_duplicates()
        return matrix

    def compartments(self, wanted: int) -> list[str]:
        if "comps" in self.fields and "metComps" in self.fields:
            comps, where = self.texts("comps"), self.numbers("metComps", wanted)
            return [comps[int(at) - 1] if math.isfinite(at) and 1 <= at <= len(comps) else "" for at in where]
        return [name[-2:-1] if name.endswith("]") and name[-3:-2] == "[" else "" for name in self.texts("mets")]

    def refuse_other_constraints(self, metabolites: int) -> None:
        unsteady = self.numbers("b", metabolites) if np.size(self.fields.get("b", ())) else np.zeros(metabolites)
        senses = "".join(self.texts("csense")) if "csense" in self.fields else ""
        extra = self.fields.get("C")
        if np.any(unsteady != 0.0) or senses.strip("E") or (extra is not None and 0 not in extra.shape):
            raise ModelError(
                "the structure has constraints beside S v = 0 (fields b, csense or C)",
                where=self.source,
                why="leaving them out would change the answer",
                hint="express them with pseudo-metabolites and -reactions, and set b = 0, csense = 'E'",
            )

    def minimises(self) -> bool:
        if "osenseStr" in self.fields:
            return "".join(self.texts("osenseStr")).lower().startswith("min")
        return bool(np.any(self.numbers("osense", 1) == 1.0)) if "osense" in self.fields else False
