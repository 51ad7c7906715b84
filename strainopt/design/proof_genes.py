"""Which genes keep a flux state open: one way to fulfil each rule, with as few candidates as can be seen at once."""

from __future__ import annotations

from collections.abc import Set

import numpy as np

from strainopt.network.rules import AnyOf, Gene, Rule
from strainopt.proof.case import Case
from strainopt.proof.records import Flux

__all__ = ["kept_genes"]


def kept_genes(case: Case, flux: Flux, *, gone: Set[str], random: np.random.Generator) -> tuple[str, ...]:
    """Candidate genes, none of them `gone`, that together keep every used reaction open; sorted.

    Of isozymes that are whole, one with the fewest further candidates is taken, at random among equals.
    """
    candidates = frozenset(case.question.genes)
    rules = [
        rule
        for name in sorted(flux, key=lambda one: case.network.reaction_index[one])
        if (name in case.lump_of or name in case.rest_of)
        and (rule := case.network.rules[case.network.reaction_index[name]]) is not None
    ]
    kept: set[str] = set()
    # simple rules first, since the genes that they need anyway make the choices of the others cheaper
    for rule in sorted(rules, key=lambda one: isinstance(one, AnyOf)):
        kept |= _one_way(rule, candidates, kept, gone, random)
    return tuple(sorted(kept))


def _one_way(rule: Rule, candidates: Set[str], kept: Set[str], gone: Set[str], random: np.random.Generator) -> set[str]:
    found: set[str] = set()
    todo = [rule]
    while todo:
        part = todo.pop()
        if isinstance(part, Gene):
            found |= {part.name} & candidates
        elif isinstance(part, AnyOf):
            whole = [one for one in part.parts if one.holds_without(gone)]
            new = [len((one.genes() & candidates) - kept - found) for one in whole]
            best = [one for one, count in zip(whole, new, strict=True) if count == min(new)]
            todo.append(best[int(random.integers(len(best)))])
        else:
            todo.extend(part.parts)
    return found
