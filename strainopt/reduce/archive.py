"""A reduced network as bytes: quick to read, and reading it runs nothing (no pickles)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from fractions import Fraction
from typing import Any, Final

import numpy as np
from scipy import sparse

from strainopt.network.archive import archived, from_archive
from strainopt.reduce.polytope import Step, StepKind
from strainopt.reduce.reduced import ReducedNetwork, StepCount

__all__ = ["REDUCED_FORMAT", "reduced_from_archive", "reduced_to_archive"]

REDUCED_FORMAT: Final = 1
"""Changes when an older reader would misread a newer archive."""

_LARGEST: Final = 2**62
"""Numerators and denominators below this go into arrays; larger ones, which hardly occur, into the text."""

Pairs = Sequence[tuple[int, Fraction]]


def reduced_to_archive(reduced: ReducedNetwork) -> bytes:
    """The reduced network as bytes; every number comes back bit by bit."""
    arrays: dict[str, np.ndarray] = {"lower": reduced.lower, "upper": reduced.upper, "column_of": reduced.column_of}
    matrix = reduced.stoichiometry
    arrays |= {"data": matrix.data, "indices": matrix.indices, "indptr": matrix.indptr}
    if reduced.range_lower is not None and reduced.range_upper is not None:
        arrays |= {"range_lower": reduced.range_lower, "range_upper": reduced.range_upper}
    arrays["member_counts"] = np.array([len(pairs) for pairs in reduced.members], dtype=np.int64)
    arrays["member_reactions"] = np.array([j for pairs in reduced.members for j, _ in pairs], dtype=np.int64)
    arrays["member_factors"] = np.array([factor for pairs in reduced.members for _, factor in pairs], dtype=float)
    steps = []
    for number, step in enumerate(reduced.steps):
        told: dict[str, Any] = {"kind": step.kind.value, "n_before": step.n_before, "rows": step.rows}
        for name, columns in (("expand", step.expand), ("collect", step.collect)):
            told[name] = _put(arrays, f"{number}.{name}", columns)
        arrays |= {f"{number}.lower": step.lower, f"{number}.upper": step.upper}
        steps.append(told)
    told = {
        "rows": matrix.shape[0],
        "biomass": reduced.biomass,
        "growth_floor": float(reduced.growth_floor).hex(),
        "lps": reduced.lps,
        "counts": [asdict(count) for count in reduced.counts],
        "steps": steps,
    }
    return archived(told, arrays, version=REDUCED_FORMAT, compressed=True)


def reduced_from_archive(data: bytes, *, where: str = "") -> ReducedNetwork:
    """What `reduced_to_archive` wrote.

    Raises
    ------
    InputError
        The bytes are damaged, or of another format.
    """
    return from_archive(data, _reduced, version=REDUCED_FORMAT, what="a reduced network", where=where)


def _reduced(arrays: Mapping[str, np.ndarray], told: Mapping[str, Any]) -> ReducedNetwork:
    shape = (int(told["rows"]), len(arrays["lower"]))
    reactions, factors = arrays["member_reactions"].tolist(), arrays["member_factors"].tolist()
    return ReducedNetwork(
        stoichiometry=sparse.csc_array((arrays["data"], arrays["indices"], arrays["indptr"]), shape=shape),
        lower=arrays["lower"],
        upper=arrays["upper"],
        range_lower=arrays.get("range_lower"),
        range_upper=arrays.get("range_upper"),
        members=_grouped(list(zip(reactions, factors, strict=True)), arrays["member_counts"]),
        column_of=arrays["column_of"].astype(np.intp),
        biomass=int(told["biomass"]),
        growth_floor=float.fromhex(told["growth_floor"]),
        steps=tuple(_step(arrays, number, step) for number, step in enumerate(told["steps"])),
        counts=tuple(StepCount(**count) for count in told["counts"]),
        lps=int(told["lps"]),
    )


def _step(arrays: Mapping[str, np.ndarray], number: int, told: Mapping[str, Any]) -> Step:
    return Step(
        kind=StepKind(told["kind"]),
        expand=_taken(arrays, f"{number}.expand", told["expand"]),
        collect=_taken(arrays, f"{number}.collect", told["collect"]),
        lower=arrays[f"{number}.lower"],
        upper=arrays[f"{number}.upper"],
        n_before=int(told["n_before"]),
        rows=None if told["rows"] is None else tuple(told["rows"]),
    )


def _put(arrays: dict[str, np.ndarray], name: str, columns: Sequence[Pairs]) -> dict[str, str]:
    """Put exact factors into arrays; what does not fit is given back as text, by its place."""
    pairs = [pair for column in columns for pair in column]
    large = {
        str(at): str(factor)
        for at, (_, factor) in enumerate(pairs)
        if max(abs(factor.numerator), factor.denominator) > _LARGEST
    }
    fitting = [Fraction(0) if str(at) in large else factor for at, (_, factor) in enumerate(pairs)]
    arrays[f"{name}.counts"] = np.array([len(column) for column in columns], dtype=np.int64)
    arrays[f"{name}.olds"] = np.array([old for old, _ in pairs], dtype=np.int64)
    arrays[f"{name}.over"] = np.array([factor.numerator for factor in fitting], dtype=np.int64)
    arrays[f"{name}.under"] = np.array([factor.denominator for factor in fitting], dtype=np.int64)
    return large


def _taken(
    arrays: Mapping[str, np.ndarray], name: str, large: Mapping[str, str]
) -> tuple[tuple[tuple[int, Fraction], ...], ...]:
    known: dict[tuple[int, int], Fraction] = {}
    factors = []
    for key in zip(arrays[f"{name}.over"].tolist(), arrays[f"{name}.under"].tolist(), strict=True):
        if key not in known:
            known[key] = Fraction(*key)
        factors.append(known[key])
    for place, text in large.items():
        factors[int(place)] = Fraction(text)
    return _grouped(list(zip(arrays[f"{name}.olds"].tolist(), factors, strict=True)), arrays[f"{name}.counts"])


def _grouped(pairs: list[Any], counts: np.ndarray) -> tuple[tuple[Any, ...], ...]:
    ends = np.cumsum(counts).tolist()
    if (ends[-1] if ends else 0) != len(pairs):
        raise ValueError("the columns do not add up")
    return tuple(tuple(pairs[end - count : end]) for end, count in zip(ends, counts.tolist(), strict=True))
