"""What a proof knows, once checked: inequalities as ceilings of growth, witnesses as clauses."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from strainopt.proof.arithmetic import Arithmetic, FloatArray
from strainopt.proof.records import Inequality, Method
from strainopt.tolerances import FACE_SLACK, GROWTH_MARGIN

__all__ = ["Ceilings", "Clauses", "Threshold", "bits"]

_CHUNK = 256
"""Inequalities whose terms are computed at once: a few megabytes."""


@dataclass(frozen=True)
class Threshold:
    """From which growth a witness speaks, and below which growth nothing is viable; see docs/proofs.md."""

    method: Method
    alpha: float
    min_growth: float
    beta: float

    @property
    def viable(self) -> float:
        """Growth that a viable design reaches."""
        return self.min_growth - GROWTH_MARGIN * (1.0 + self.min_growth)

    @property
    def hopeless(self) -> float:
        """Sets with a ceiling below it do not beat beta: they are not viable, or (OPTCOUPLE) have no more to lose."""
        return max(self.viable, self.beta) if self.method is Method.OPTCOUPLE else self.viable

    @property
    def caps_product(self) -> bool:
        """Whether witnesses may make no more than the value that nothing beats."""
        return self.method not in (Method.OPTKNOCK, Method.OPTCOUPLE)

    @property
    def wanted(self) -> str:
        """Of which states the ceilings tell, in words."""
        return "with or without product" if self.method is Method.OPTCOUPLE else "with the product to beat"

    def counts(self, growth: float) -> float:
        """Growth from which a state counts in a mutant with this growth optimum."""
        least = growth
        if self.method is Method.PESSIMISTIC:
            least = self.alpha * growth
        elif self.method is Method.STRONG:
            least = min(self.min_growth, growth)
        return least - FACE_SLACK * (1.0 + abs(least))

    def speaks(self, ceiling: float) -> float:
        """Growth from which a witness speaks where no state that makes beta grows faster than `ceiling`.

        For OPTCOUPLE `ceiling` is that of all states.
        """
        if self.method is Method.OPTCOUPLE:
            return math.nextafter(ceiling - self.beta, math.inf)
        if self.method is Method.OPTKNOCK:
            return ceiling + FACE_SLACK * (1.0 + abs(ceiling))
        return self.counts(ceiling)


class Ceilings:
    """Upper bounds on growth with a product of at least beta, from all inequalities at once.

    An inequality `a g + b p <= B(D)` with a > 0 and b >= 0 gives `g <= (B(D) - b beta) / a`; with a = 0 it says, where
    `B(D) < b beta`, that there is no such state. With b = 0, all that OPTCOUPLE takes, beta does not matter.
    """

    def __init__(self, arithmetic: Arithmetic, *, beta: float, lumps: Iterable[int]) -> None:
        self._arithmetic = arithmetic
        self._beta = beta
        self._lumps = sorted(set(lumps))
        self._place = {lump: place for place, lump in enumerate(self._lumps)}
        self._base = np.zeros(0)
        self._terms = np.zeros((len(self._lumps), 0))
        self._is_ray = np.zeros(0, dtype=bool)
        self._used = 0

    def __len__(self) -> int:
        return self._used

    def add(self, inequalities: Sequence[Inequality]) -> None:
        """Take more inequalities in."""
        for start in range(0, len(inequalities), _CHUNK):
            chunk = inequalities[start : start + _CHUNK]
            terms = self._arithmetic.terms(chunk)
            at_beta = terms.product * self._beta
            rounding = 2.0**-50 * (np.abs(terms.bound) + np.abs(at_beta))
            scale = np.where(terms.growth > 0.0, terms.growth, 1.0)
            base = (terms.bound - at_beta + rounding) / scale
            parts = terms.of_lump[:, self._lumps].T / scale
            self._append(base, parts, terms.growth == 0.0)

    def _append(self, base: FloatArray, parts: FloatArray, rays: np.ndarray) -> None:
        count = self._used + len(base)
        if count > len(self._base):
            room = max(2 * len(self._base), count, 64)
            self._base = np.concatenate([self._base, np.zeros(room - len(self._base))])
            wider = np.zeros((len(self._lumps), room))
            wider[:, : self._used] = self._terms[:, : self._used]
            self._terms = wider
        self._base[self._used : count] = base
        self._terms[:, self._used : count] = parts
        self._is_ray = np.concatenate([self._is_ray, rays])
        self._used = count

    def all_open(self) -> FloatArray:
        """Every inequality's ceiling with nothing closed."""
        whole: FloatArray = self._base[: self._used].copy()
        return whole

    def close(self, before: FloatArray, lumps: Iterable[int], closed: Iterable[int]) -> FloatArray:
        """Ceilings after `lumps` are closed too; `closed` are all, for inequalities that are newer than `before`."""
        if len(before) == self._used:
            after, more = before, lumps
        else:
            after, more = self._base[: self._used], closed
        for lump in more:
            after = after - self._terms[self._place[lump], : self._used]
        return after

    def least(self, values: FloatArray) -> float:
        """The ceiling itself; -inf where an inequality shows that no state is left."""
        rays = self._is_ray
        if (values[rays] < 0.0).any():
            return -math.inf
        return float(np.min(values[~rays], initial=math.inf))


def bits(mask: int) -> Iterable[int]:
    """Positions of the bits that are set, ascending."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


class Clauses:
    """The witnesses' supports as bit sets over items, and which of them speak at a growth.

    Attributes
    ----------
    supports : list of int
        Per clause, in the order of the file.
    hit : list of int
        Per item, the clauses that contain it.
    """

    def __init__(self, n_items: int) -> None:
        self.supports: list[int] = []
        self.hit = [0] * n_items
        self._growth: list[float] = []
        self._known: dict[float, tuple[int, int]] = {}

    def __len__(self) -> int:
        return len(self.supports)

    def add(self, support: int, growth: float) -> None:
        """Take one more in."""
        place = 1 << len(self.supports)
        self.supports.append(support)
        self._growth.append(growth)
        for item in bits(support):
            self.hit[item] |= place

    def speaking(self, growth: float) -> int:
        """Bit set of the clauses whose witnesses grow at least this fast."""
        mask, known = self._known.get(growth, (0, 0))
        count = len(self._growth)
        if known < count:
            speaks = np.array(self._growth[known:]) >= growth
            mask |= int.from_bytes(np.packbits(speaks, bitorder="little").tobytes(), "little") << known
            if len(self._known) > 20_000:
                self._known.clear()
            self._known[growth] = (mask, count)
        return mask
