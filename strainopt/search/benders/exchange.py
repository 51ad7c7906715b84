"""Facts that runs on one question share, or leave for their successors, through files in one folder.

Each run appends to a file of its own, one checked line a fact, and reads what others have appended. Facts hold by
themselves, whoever states them, in any order: so nobody waits for a lock, a run may be killed at any moment, and a
line that was cut off is no fact. Names are made with `O_EXCL` or `link`, which work on network file systems too.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import secrets
import zlib
from collections.abc import Iterable
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import TypeAlias

__all__ = [
    "AnyCostDone",
    "Ceiling",
    "Clause",
    "Design",
    "Exchange",
    "Fact",
    "Frontier",
    "Lethal",
    "PartDone",
    "Settled",
]

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Clause:
    """A flux state: the candidates it uses (a bit mask), its growth and its product, scaled."""

    support: int
    growth: float
    product: float


@dataclass(frozen=True)
class Lethal:
    """No set that contains these candidates and is viable makes more than `beta`."""

    mask: int
    beta: float


@dataclass(frozen=True)
class Ceiling:
    """With these candidates deleted, nothing that makes `product` grows faster than `growth`, both scaled."""

    mask: int
    product: float
    growth: float


@dataclass(frozen=True)
class Design:
    """A set of candidates; its value is computed again by whoever reads this, and must come out the same."""

    mask: int
    value: float


@dataclass(frozen=True)
class Settled:
    """No set of at most `size` candidates makes more than `beta`."""

    size: int
    beta: float


@dataclass(frozen=True)
class PartDone:
    """No set in this part of a frontier makes more than the best design told before; and what it took to know."""

    frontier: str
    number: int
    nodes: int
    lps: int


@dataclass(frozen=True)
class AnyCostDone:
    """No design makes more than `bound` whatever it costs; infinite where that was asked and not answered."""

    bound: float


Fact: TypeAlias = Clause | Lethal | Ceiling | Design | Settled | PartDone | AnyCostDone

_KINDS: dict[str, type[Fact]] = {
    "c": Clause,
    "l": Lethal,
    "g": Ceiling,
    "d": Design,
    "s": Settled,
    "p": PartDone,
    "a": AnyCostDone,
}
_LETTERS = {kind: letter for letter, kind in _KINDS.items()}


@dataclass(frozen=True)
class Frontier:
    """Subtrees that together hold every set of up to `size` candidates which may make more than `beta`.

    Each part is (deleted, allowed, more, budget): the sets that contain `deleted` and up to `more` of `allowed`.
    """

    name: str
    size: int
    beta: float
    parts: tuple[tuple[int, int, int, float], ...]


class Exchange:
    """One run's view of the folder.

    Attributes
    ----------
    path : Path
        The file it appends to.
    torn : int
        Lines that were not whole, or not as written; they are passed over.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self.path = folder / f"facts-{os.getpid()}-{secrets.token_hex(4)}.txt"
        self._stream = self.path.open("ab", buffering=0)
        self._read: dict[Path, int] = {}
        self.torn = 0

    def close(self) -> None:
        """Close the own file; one without any fact is removed."""
        self._stream.close()
        if self.path.exists() and self.path.stat().st_size == 0:
            self.path.unlink()

    def tell(self, facts: Iterable[Fact]) -> None:
        """Append facts, in their order."""
        lines = b"".join(_line(fact) for fact in facts)
        if lines:
            self._stream.write(lines)

    def news(self) -> list[Fact]:
        """Facts that other runs have told since the last call, each run's in its order."""
        found: list[Fact] = []
        for path in sorted(self._folder.glob("facts-*.txt")):
            start = self._read.get(path, 0)
            if path == self.path:
                continue
            try:
                if path.stat().st_size <= start:
                    continue
                with path.open("rb") as stream:
                    stream.seek(start)
                    text = stream.read()
            except FileNotFoundError:
                # cleaned up by a run that has ended, and with it all that could be told here
                continue
            whole = text[: text.rfind(b"\n") + 1]
            self._read[path] = start + len(whole)
            found.extend(fact for line in whole.splitlines() if (fact := self._fact(line)) is not None)
        return found

    def frontier(self, size: int, beta: float) -> Frontier | None:
        """The frontier of this size with the largest value to beat that is not above `beta`."""
        known = [one for path in sorted(self._folder.glob(f"frontier-{size}-*.json")) if (one := _frontier(path))]
        return max((one for one in known if one.beta <= beta), key=lambda one: (one.beta, one.name), default=None)

    def offer(self, frontier: Frontier) -> None:
        """Put a frontier in place, unless one of its name is there."""
        path = self._folder / f"{frontier.name}.json"
        # another run may have cleaned up after its end
        self._folder.mkdir(parents=True, exist_ok=True)
        text = json.dumps({"size": frontier.size, "beta": frontier.beta, "parts": frontier.parts})
        temporary = self.path.with_suffix(".new")
        temporary.write_text(json.dumps({"crc": zlib.crc32(text.encode()), "frontier": text}))
        try:
            with contextlib.suppress(FileExistsError):
                os.link(temporary, path)
        finally:
            temporary.unlink()

    def claim(self, frontier: Frontier, number: int) -> bool:
        """Begin the parts from this number on, unless some run has begun them, and perhaps ended."""
        folder = self._folder / frontier.name
        folder.mkdir(parents=True, exist_ok=True)
        try:
            (folder / str(number)).touch(exist_ok=False)
        except FileExistsError:
            return False
        return True

    def _fact(self, line: bytes) -> Fact | None:
        fact = _parsed(line)
        if fact is None:
            self.torn += 1
            log.warning("a line of the search's state is not as it was written; it is passed over")
        return fact


def _line(fact: Fact) -> bytes:
    text = json.dumps([_LETTERS[type(fact)], *astuple(fact)]).encode()
    return b"%08x %s\n" % (zlib.crc32(text), text)


def _parsed(line: bytes) -> Fact | None:
    check, _, text = line.partition(b" ")
    try:
        if int(check, 16) != zlib.crc32(text):
            return None
        letter, *values = json.loads(text)
        return _KINDS[letter](*values)
    except (ValueError, TypeError, KeyError):
        return None


def _frontier(path: Path) -> Frontier | None:
    try:
        outer = json.loads(path.read_text())
        if outer["crc"] != zlib.crc32(outer["frontier"].encode()):
            return None
        inner = json.loads(outer["frontier"])
        parts = tuple((int(k), int(a), int(m), float(b)) for k, a, m, b in inner["parts"])
        return Frontier(path.stem, int(inner["size"]), float(inner["beta"]), parts)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        log.warning("%s cannot be read; the subtrees are divided again", path)
        return None
