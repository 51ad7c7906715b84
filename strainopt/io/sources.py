"""Where a model comes from: a path, or the name of a model that cobra or strainopt ships."""

from __future__ import annotations

import gzip
import importlib.util
import zlib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

from strainopt.errors import InputError
from strainopt.network.lookup import nearest

__all__ = ["FORMATS", "format_of", "packaged_models", "read_bytes", "resolve", "unpack"]

FORMATS: Final[Mapping[str, str]] = MappingProxyType(
    {".xml": "sbml", ".sbml": "sbml", ".json": "json", ".mat": "mat", ".yml": "yaml", ".yaml": "yaml"}
)
"""Format of each suffix; each may be followed by .gz."""

_COBRA_FILES: Final = MappingProxyType(
    {
        "textbook": "textbook.xml.gz",
        "iJO1366": "iJO1366.xml.gz",
        "salmonella": "salmonella.xml.gz",
        "mini": "mini_cobra.xml",
    }
)
_LARGEST: Final = 2**30
"""A file that unpacks to more than 1 GiB is refused: the largest published networks have some 10**8 bytes."""


@lru_cache(maxsize=1)
def packaged_models() -> Mapping[str, Path]:
    """Name and file of each packaged model: those that cobra ships, then strainopt's own.

    cobra is located, not imported.
    """
    found: dict[str, Path] = {}
    spec = importlib.util.find_spec("cobra")
    for folder in spec.submodule_search_locations or () if spec else ():
        for name, file in _COBRA_FILES.items():
            path = Path(folder) / "data" / file
            if path.is_file():
                found.setdefault(name, path)
    for own in _own_folders():
        for path in sorted(own.glob("*.xml")):
            found.setdefault(path.stem, path)
    return MappingProxyType(found)


def _own_folders() -> tuple[Path, ...]:
    package = Path(__file__).resolve().parents[1]
    # Installed: included by the build. In a checkout: the top-level folder, which only a project file makes ours.
    checkout = package.parent / "models" if (package.parent / "pyproject.toml").is_file() else package / "models"
    return tuple(dict.fromkeys(folder for folder in (package / "models", checkout) if folder.is_dir()))


def resolve(source: str | Path) -> Path:
    """The file that is meant: an existing path, else a packaged model's name.

    Raises
    ------
    InputError
        Neither.
    """
    path = Path(source)
    text = str(source)
    if not text.strip():
        raise InputError("no model is given", hint=f"a path, or one of {', '.join(packaged_models())}")
    if path.exists() and not path.is_dir():
        return path
    packaged = packaged_models()
    if text in packaged:
        return packaged[text]
    if path.is_dir():
        raise InputError("this is a folder, not a model file", where=text, hint="name the file inside it")
    if path.suffix or len(path.parts) > 1:
        folder = path.parent
        near = nearest(path.name, [item.name for item in folder.iterdir()] if folder.is_dir() else [])
        raise InputError("no such file", where=text, hint=near or f"the folder is {folder.resolve()}; check the path")
    names = ", ".join(packaged)
    guess = nearest(text, packaged)
    raise InputError(
        "neither a file nor a packaged model",
        where=text,
        hint=f"{guess + ' ' if guess else ''}Packaged models: {names}",
    )


def read_bytes(path: Path) -> bytes:
    """All bytes of a file; InputError if it cannot be read or is empty."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(
            "the file cannot be read", where=str(path), why=error.strerror or str(error), hint="check its permissions"
        ) from error
    if not data.strip():
        raise InputError("the file is empty", where=str(path), hint="fetch or export it again")
    return data


def format_of(path: Path) -> str:
    """Format by suffix; InputError for an unknown one."""
    suffixes = [suffix.lower() for suffix in path.suffixes]
    last = suffixes[-1] if suffixes else ""
    if last == ".gz":
        last = suffixes[-2] if len(suffixes) > 1 else ""
    if last not in FORMATS:
        raise InputError(
            f"'{path.name}' has no suffix of a model format",
            where=str(path),
            hint=f"known: {', '.join(FORMATS)}, each also with .gz; rename the file if it is one of these",
        )
    return FORMATS[last]


def unpack(data: bytes, path: Path) -> bytes:
    """The uncompressed bytes; InputError for damaged, oversized or misnamed archives."""
    packed = data[:2] == b"\x1f\x8b"
    if path.suffix.lower() == ".gz" and not packed:
        raise InputError("the name ends in .gz, but the file is not gzip-compressed", where=str(path), hint="drop .gz")
    if not packed:
        return data
    try:
        stream = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
        unpacked = stream.decompress(data, _LARGEST)
        if stream.eof and stream.unused_data.strip(b"\0"):
            unpacked = gzip.decompress(data)
        elif not stream.eof and not stream.unconsumed_tail:
            raise EOFError("the compressed data end too early")
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise InputError(
            "the gzip archive is damaged",
            where=str(path),
            why=str(error),
            hint="fetch it again and compare its checksum",
        ) from error
    if stream.unconsumed_tail:
        raise InputError("the file unpacks to more than 1 GiB", where=str(path), hint="check that this is a model")
    if not unpacked.strip():
        raise InputError("the archive is empty inside", where=str(path), hint="fetch or export it again")
    return unpacked
