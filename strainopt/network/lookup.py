"""Hints for ids that are not in the network: what the user may have meant."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence

__all__ = ["nearest", "nearest_reaction"]

LONG, FEW = 5, 3
"""A name of this length that stands inside so few ids is more likely a part of one than a slip of the pen."""

_NOT_ALPHANUMERIC = re.compile(r"[^0-9a-z]+")


def nearest(name: str, known: Iterable[str]) -> str:
    """A 'did you mean' sentence, or an empty string."""
    found = _near(name, tuple(known))
    return f"did you mean {', '.join(found)}?" if found else ""


def _near(name: str, known: Sequence[str]) -> list[str]:
    lowered: dict[str, str] = {}
    bare: dict[str, str] = {}
    for candidate in known:
        lowered.setdefault(candidate.lower(), candidate)
        bare.setdefault(_bare(candidate), candidate)
    for exact in (lowered.get(name.lower()), bare.get(_bare(name)), bare.get(_bare(re.sub(r"^[RMG]_", "", name)))):
        if exact is not None and _bare(name):
            return [exact]
    stem, _, ending = name.lower().rpartition("_")
    longer = [known for low, known in lowered.items() if stem and low.startswith(f"{stem}_") and low.endswith(ending)]
    if longer:
        return sorted(longer)[:3]
    containing = sorted(original for low, original in lowered.items() if name.lower() and name.lower() in low)
    if len(name) >= LONG and 0 < len(containing) <= FEW:
        return containing
    found = [lowered[match] for match in difflib.get_close_matches(name.lower(), lowered, n=3)]
    return found or containing[:FEW]


def _bare(name: str) -> str:
    return _NOT_ALPHANUMERIC.sub("", name.lower())


def nearest_reaction(
    name: str,
    *,
    reaction_ids: Sequence[str],
    reaction_names: Sequence[str],
    metabolite_ids: Sequence[str],
    metabolite_names: Sequence[str],
    boundary_of: Sequence[tuple[str, str]],
    gene_ids: Sequence[str],
) -> str:
    """A hint for an unknown reaction id: also understands names, metabolites, genes and SBML's R_ prefix.

    `boundary_of` holds metabolite and reaction id of each boundary reaction; the other arguments are as in `Network`.
    """
    low = name.lower().strip()
    titled = [rid for rid, title in zip(reaction_ids, reaction_names, strict=True) if title and title.lower() == low]
    if titled:
        return f"'{name}' is the name of {', '.join(titled[:3])}: give the id"
    clipped = name[2:] if name.startswith("R_") else ""
    if clipped and clipped in reaction_ids:
        return f"did you mean {clipped}? Ids go without SBML's prefix R_"
    for mid, title in zip(metabolite_ids, metabolite_names, strict=True):
        if low in (mid.lower(), f"m_{mid}".lower(), title.lower()) and low:
            exchanges = [rid for metabolite, rid in boundary_of if metabolite == mid]
            same = [rid for m, rid in boundary_of if _title(m, metabolite_ids, metabolite_names) == title and title]
            offered = exchanges or same
            ending = f": did you mean {', '.join(offered[:3])}?" if offered else ", and no boundary reaction has it"
            return f"'{name}' is a metabolite{ending}"
    if name in gene_ids:
        return f"'{name}' is a gene: genes go with --level gene"
    return nearest(name, reaction_ids)


def _title(metabolite: str, ids: Sequence[str], names: Sequence[str]) -> str:
    return names[ids.index(metabolite)]
