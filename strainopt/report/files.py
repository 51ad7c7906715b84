"""Result folders: written whole on success, never half, and never over an existing result unless asked."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from strainopt.errors import UsageError

__all__ = ["RESULT", "check_free", "write_bytes", "write_folder", "write_text"]

RESULT = "result.json"
"""The file whose presence says that a folder holds a complete result; it is put in place last."""


def check_free(folder: Path, *, overwrite: bool) -> None:
    """Refuse a folder that holds a result already; call it before any computation.

    Raises
    ------
    UsageError
        The folder holds a result and `overwrite` is false, or something that is no folder is in the way.
    """
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is not a folder", where="--out", hint="name a folder for the results")
    for parent in folder.parents:
        if parent.exists():
            if not parent.is_dir() or not os.access(parent, os.W_OK if not folder.exists() else os.R_OK):
                raise UsageError(
                    f"{folder} cannot be made", where="--out", why=f"{parent} is not a folder that may be written to",
                    hint="name another folder",
                )  # fmt: skip
            break
    if folder.is_dir() and not os.access(folder, os.W_OK):
        raise UsageError(f"{folder} may not be written to", where="--out", hint="name another folder")
    if not overwrite and (folder / RESULT).exists():
        raise UsageError(
            f"{folder} holds a result already",
            where="--out",
            why=f"there is {folder / RESULT}",
            hint="name another folder, or give --overwrite",
        )


def write_folder(folder: Path, files: Mapping[str, str], *, overwrite: bool = False) -> None:
    """Write all files of a result, `result.json` last.

    Every file is first written in full under a temporary name in the same folder; only when all are there are they
    renamed. A failure leaves an existing result as it was and no temporary file behind.

    Parameters
    ----------
    folder : Path
        Made if it does not exist.
    files : mapping
        Name to text.
    overwrite : bool
        Whether an existing result may be replaced.

    Raises
    ------
    UsageError
        As `check_free`.
    OSError
        The disk is full, for instance.
    """
    check_free(folder, overwrite=overwrite)
    folder.mkdir(parents=True, exist_ok=True)
    ready: list[tuple[Path, Path]] = []
    try:
        for name in sorted(files, key=lambda name: (name == RESULT, name)):
            ready.append((_written(folder, name, files[name].encode("utf-8")), folder / name))
        for temporary, final in ready:
            temporary.replace(final)
        _sync_folder(folder)
    finally:
        for temporary, _ in ready:
            temporary.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write one file whole: temporary name in the same folder, then rename."""
    _replaced(path, text.encode("utf-8"))


def write_bytes(path: Path, content: bytes) -> None:
    """Write one file of bytes whole, as `write_text`."""
    _replaced(path, content)


def _replaced(path: Path, content: bytes) -> None:
    temporary = _written(path.parent, path.name, content)
    try:
        temporary.replace(path)
        _sync_folder(path.parent)
    finally:
        temporary.unlink(missing_ok=True)


def _written(folder: Path, name: str, content: bytes) -> Path:
    """A finished temporary file, with the permissions that a new file has here."""
    handle, place = tempfile.mkstemp(prefix=f".{name}.", suffix=".tmp", dir=folder)
    path = Path(place)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        mask = os.umask(0)
        os.umask(mask)
        path.chmod(0o666 & ~mask)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return path


def _sync_folder(folder: Path) -> None:
    """Make the renames last through a crash, where the system can."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
