"""Gene rules: the tree of a gene-protein-reaction association and its parser."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from typing import TypeAlias

__all__ = ["AllOf", "AnyOf", "Gene", "Rule"]


@dataclass(frozen=True, slots=True)
class Gene:
    """One gene."""

    name: str

    def genes(self) -> frozenset[str]:
        """All genes below."""
        return frozenset((self.name,))

    def holds_without(self, deleted: Set[str]) -> bool:
        """Whether the rule is still true when these genes are deleted."""
        return self.name not in deleted


@dataclass(frozen=True, slots=True)
class AllOf:
    """A complex: every part is needed."""

    parts: tuple[Rule, ...]

    def genes(self) -> frozenset[str]:
        """All genes below."""
        return frozenset().union(*(part.genes() for part in self.parts))

    def holds_without(self, deleted: Set[str]) -> bool:
        """Whether the rule is still true when these genes are deleted."""
        return all(part.holds_without(deleted) for part in self.parts)


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Isozymes: one part is enough."""

    parts: tuple[Rule, ...]

    def genes(self) -> frozenset[str]:
        """All genes below."""
        return frozenset().union(*(part.genes() for part in self.parts))

    def holds_without(self, deleted: Set[str]) -> bool:
        """Whether the rule is still true when these genes are deleted."""
        return any(part.holds_without(deleted) for part in self.parts)


Rule: TypeAlias = Gene | AllOf | AnyOf
