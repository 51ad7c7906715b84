"""Arrays and one text as bytes: quick to read, reading it runs nothing (no pickles), and damage is told as such."""

from __future__ import annotations

import io
import json
import zipfile
import zlib
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import numpy as np

from strainopt.errors import InputError

__all__ = ["archived", "from_archive"]

_T = TypeVar("_T")

_TEXT = "text"

_DAMAGE = (
    ValueError,
    LookupError,
    TypeError,
    OSError,
    EOFError,
    RuntimeError,  # zipfile's word for flipped flags: "encrypted", or a compression it does not know
    zipfile.BadZipFile,
    zlib.error,
)
"""What reading changed bytes was seen to raise."""


def archived(told: Mapping[str, Any], arrays: Mapping[str, np.ndarray], *, version: int, compressed: bool) -> bytes:
    """Arrays by name, and what JSON can tell, as bytes; the same for the same content.

    Parameters
    ----------
    told : mapping
        What `json` writes; not `format`, which is the version.
    arrays : mapping
        None of them called `text`.
    version : int
        Of the content; see `from_archive`.
    compressed : bool
        Smaller, and slower to write.
    """
    text = json.dumps({**told, "format": version}, ensure_ascii=False).encode("utf-8")
    stream = io.BytesIO()
    save: Callable[..., None] = np.savez_compressed if compressed else np.savez
    save(stream, **{_TEXT: np.frombuffer(text, dtype=np.uint8)}, **arrays)
    return stream.getvalue()


def from_archive(
    data: bytes,
    read: Callable[[Mapping[str, np.ndarray], Mapping[str, Any]], _T],
    *,
    version: int,
    what: str,
    where: str = "",
) -> _T:
    """What `read` makes of the arrays and of what is told beside them.

    Parameters
    ----------
    data : bytes
        What `archived` wrote.
    read : callable
        May fail on arrays or entries that are missing or do not fit: they are damage too.
    version : int
        The only one that is read.
    what, where : str
        Of what it is the archive, and where it lies, for the message.

    Raises
    ------
    InputError
        The bytes are damaged, or of another version.
    """
    try:
        stored = np.load(io.BytesIO(data), allow_pickle=False)
        if isinstance(stored, np.ndarray):
            raise ValueError("a single array")
        with stored:
            arrays = {name: stored[name] for name in stored.files}
        told = json.loads(arrays.pop(_TEXT).tobytes().decode("utf-8"))
        if told["format"] != version:
            raise ValueError(f"format {told['format']} instead of {version}")
        return read(arrays, told)
    except _DAMAGE as error:
        raise InputError(f"the archive of {what} is damaged", where=where, why=str(error)) from error
