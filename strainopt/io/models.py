"""Reading a model: the one entrance of all formats and packaged names."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

from strainopt.errors import InputError
from strainopt.io.assemble import assemble
from strainopt.io.draft import Draft, MissingBounds, RuleMode
from strainopt.io.mat import draft_from_mat
from strainopt.io.records import draft_from_json, draft_from_yaml
from strainopt.io.sbml_draft import draft_from_sbml
from strainopt.io.sources import FORMATS, format_of, packaged_models, read_bytes, resolve, unpack
from strainopt.network.findings import Finding
from strainopt.network.network import Network

__all__ = ["FORMATS", "LoadedModel", "MissingBounds", "RuleMode", "packaged_models", "read_model"]

_READERS: Final[Mapping[str, Callable[[bytes, str], Draft]]] = MappingProxyType(
    {"sbml": draft_from_sbml, "json": draft_from_json, "yaml": draft_from_yaml, "mat": draft_from_mat}
)
_OPENINGS: Final = ((b"<", "sbml"), (b"{", "json"), (b"MATLAB 5.0", "mat"), (b"\x89HDF", "mat"))


@dataclass(frozen=True, slots=True, eq=False)
class LoadedModel:
    """A network and where it came from.

    Attributes
    ----------
    network : Network
    findings : tuple of Finding
        What the file says oddly, and what was assumed.
    sha256 : str
        Of the file's bytes as they are on disk (compressed, where it is).
    source : str
        The path or name as it was given.
    path : Path
        The file that was read.
    """

    network: Network
    findings: tuple[Finding, ...]
    sha256: str
    source: str
    path: Path


def read_model(
    source: str | Path, *, missing_bounds: MissingBounds = MissingBounds.ERROR, gpr: RuleMode = RuleMode.STRICT
) -> LoadedModel:
    """Read a genome-scale model.

    Parameters
    ----------
    source : str or Path
        A file (.xml, .sbml, .json, .mat, .yml, .yaml, each also with .gz), or the name of a packaged model. An
        existing file wins over a name.
    missing_bounds : MissingBounds
        What to do with reactions that have no flux bounds in the file.
    gpr : RuleMode
        What to do with gene rules that cannot be read.

    Returns
    -------
    LoadedModel
        Reactions, metabolites and genes in the file's order, with the file's ids (without SBML's own prefixes
        and escapes).

    Raises
    ------
    InputError
        No such file or name; a file that is damaged or not what its suffix says.
    ModelError
        A network with contradictions or gaps (see `strainopt.io.assemble.assemble`).
    """
    path = resolve(source)
    kind = format_of(path)
    data = read_bytes(path)
    content = unpack(data, path)
    _check_opening(content, kind, path)
    draft = _READERS[kind](content, str(path))
    if not draft.id:
        draft.id = path.name.split(".")[0]
    network, findings = assemble(draft, missing_bounds=MissingBounds(missing_bounds), gpr=RuleMode(gpr))
    return LoadedModel(network, tuple(findings), hashlib.sha256(data).hexdigest(), str(source), path)


def _check_opening(content: bytes, kind: str, path: Path) -> None:
    """Refuse content that plainly is another format than the suffix says, before a parser stumbles over it."""
    start = content[:64].removeprefix(b"\xef\xbb\xbf").lstrip()
    looks = next((name for opening, name in _OPENINGS if start.startswith(opening)), None)
    if looks is None or looks == kind or (looks == "json" and kind == "yaml"):
        return
    suffix = next(ending for ending, name in FORMATS.items() if name == looks)
    raise InputError(
        f"the suffix says {kind}, but the content looks like {looks}",
        where=str(path),
        hint=f"rename the file to end in {suffix}",
    )
