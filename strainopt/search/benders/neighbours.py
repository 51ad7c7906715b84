"""Sets close to a good one."""

from __future__ import annotations

from collections.abc import Iterator

__all__ = ["neighbours"]


def neighbours(chosen: frozenset[int], n_candidates: int, *, size: int) -> Iterator[int]:
    """Bit masks of the sets with one candidate more (up to `size`), then of those with one exchanged."""
    mask = sum(1 << candidate for candidate in chosen)
    others = [1 << candidate for candidate in range(n_candidates) if candidate not in chosen]
    if len(chosen) < size:
        yield from (mask | other for other in others)
    for candidate in sorted(chosen):
        without = mask & ~(1 << candidate)
        yield from (without | other for other in others)
