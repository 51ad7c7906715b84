"""One run among several on a question, or after others: what it tells, what it takes over, which part is next."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields

import numpy as np
from scipy import sparse

from strainopt import __version__
from strainopt.bilevel.problem import BilevelProblem
from strainopt.search.benders.clauses import bits, mask_of
from strainopt.search.benders.descent import Descent
from strainopt.search.benders.exchange import (
    AnyCostDone,
    Ceiling,
    Clause,
    Design,
    Exchange,
    Fact,
    Frontier,
    Lethal,
    PartDone,
    Settled,
)
from strainopt.search.benders.oracle import SearchStopped
from strainopt.search.outcome import Found, Sharing

__all__ = ["Together", "blocks", "fingerprint"]

SECONDS = 0.5
"""Between two looks at what others have found."""

SMALLEST = 2
"""Sets of fewer candidates are settled by every run for itself: that takes less than to share the work."""

DEPTH = 2
"""Candidates that are fixed in the parts of a frontier: hundreds of parts at genome scale."""

BLOCKS = 16
"""One in so many of the parts left is in the next block."""

NOT_IN_PRINT = ("range_lower", "range_upper")
"""Computed by solvers, hence not the same to the last digit on two machines; the search does not look at them."""


class _DoneElsewhere(Exception):  # noqa: N818 - a signal of the search to itself
    """Another run has finished the part at hand."""


class Together:
    """Ties a run's knowledge to an exchange.

    Parameters
    ----------
    sharing : Sharing
        The folder; the question's own is inside.
    problem : BilevelProblem
        The question.
    descent : Descent
        The run's tree, with its oracle.
    found : list of Found
        The run's designs, as they come.
    take : callable
        Evaluates a set that another run has told of, with the value it was told to have, and keeps it if it is best.
    """

    def __init__(
        self,
        sharing: Sharing,
        problem: BilevelProblem,
        descent: Descent,
        *,
        found: Sequence[Found],
        take: Callable[[frozenset[int], float], None],
    ) -> None:
        self._sharing = sharing
        self._descent = descent
        self._oracle = descent.oracle
        self._found = found
        self._take = take
        self._exchange = Exchange(sharing.folder / fingerprint(problem)[:16])
        self._settled: list[Settled] = []
        self._done: dict[str, set[int]] = {}
        self._lethal: set[int] = set()
        self._designs: set[int] = set()
        self._current: tuple[str, int] | None = None
        self._next = 0.0
        self.at_any_cost: float | None = None
        self.nodes_elsewhere = 0
        self.lps_elsewhere = 0
        self._oracle.clauses.untold()

    @property
    def torn(self) -> int:
        """Lines of others that were not as written."""
        return self._exchange.torn

    def close(self) -> None:
        """Tell what is left to tell."""
        self.tell()
        self._exchange.close()

    def settled(self, size: int) -> bool:
        """Whether it is known that no set of this size or less beats the value to beat."""
        return any(one.size >= size and one.beta <= self._oracle.beta for one in self._settled)

    def search(self, size: int, budget: float) -> None:
        """As `Descent.search`, part by part, each by whoever comes first.

        Raises
        ------
        SearchStopped
            Not everything is settled, and this run only joins.
        """
        if size < SMALLEST:
            self._descent.search(size, budget)
            return
        frontier = self._frontier(size, budget)
        done = self._done.setdefault(frontier.name, set())
        count = len(frontier.parts)
        free = iter(() if self._sharing.joining else blocks(count))
        mine: list[int] = []
        while True:
            self._oracle.check_limits()
            self.pulse()
            mine = mine or self._begun(frontier, free)
            if mine:
                number = mine.pop(0)
            else:
                # what is left somebody has begun and has not finished, perhaps never will
                self.pulse(now=True)
                left = [one for one in range(count) if one not in done]
                if not left:
                    break
                if self._sharing.joining:
                    raise SearchStopped(interrupted=True, reason=f"{len(left)} of {count} parts are not searched yet")
                # who has begun them comes from the other end
                number = left[-1 - self._sharing.member % len(left)]
            if number not in done:
                self._search_part(frontier, number)
        fact = Settled(size, self._oracle.beta)
        self._settled.append(fact)
        self.tell(fact)

    def tell(self, *facts: Fact) -> None:
        """Tell what is new: designs first, since what is settled is settled with respect to them."""
        oracle = self._oracle
        news: list[Fact] = []
        for one in self._found:
            mask = mask_of(one.deleted)
            if mask not in self._designs:
                self._designs.add(mask)
                news.append(Design(mask, one.value))
        for mask in oracle.lethal.untold():
            if mask not in self._lethal:
                self._lethal.add(mask)
                news.append(Lethal(mask, oracle.beta))
        news.extend(Ceiling(*one) for one in oracle.ceilings.untold())
        self._exchange.tell([*news, *oracle.clauses.untold(), *facts])

    def listen(self) -> None:
        """Take over what others have told."""
        oracle = self._oracle
        for fact in self._exchange.news():
            if isinstance(fact, Clause):
                oracle.clauses.add(fact.support, growth=fact.growth, product=fact.product)
            elif isinstance(fact, Lethal):
                if fact.beta <= oracle.beta and fact.mask not in self._lethal:
                    self._lethal.add(fact.mask)
                    oracle.lethal.add(fact.mask)
            elif isinstance(fact, Ceiling):
                oracle.ceilings.hear(fact.mask, fact.product, fact.growth)
            elif isinstance(fact, Design):
                self._designs.add(fact.mask)
                self._take(frozenset(bits(fact.mask)), fact.value)
            elif isinstance(fact, Settled):
                self._settled.append(fact)
            elif isinstance(fact, AnyCostDone):
                self.at_any_cost = fact.bound
            else:
                self._done.setdefault(fact.frontier, set()).add(fact.number)
                self.nodes_elsewhere += fact.nodes
                self.lps_elsewhere += fact.lps
        # what was just heard is not to be told again
        oracle.clauses.untold()
        oracle.lethal.untold()

    def pulse(self, *, now: bool = False) -> None:
        """Tell and listen, if it is time to; leaves a part that another run has finished."""
        moment = time.monotonic()
        if moment < self._next and not now:
            return
        self._next = moment + SECONDS
        self.tell()
        self.listen()
        if self._current is not None and self._current[1] in self._done.get(self._current[0], ()):
            raise _DoneElsewhere

    def _frontier(self, size: int, budget: float) -> Frontier:
        exchange, beta = self._exchange, self._oracle.beta
        known = exchange.frontier(size, beta)
        if known is not None:
            return known
        if self._sharing.joining:
            raise SearchStopped(interrupted=True, reason=f"sets of {size} are not searched yet")
        parts = tuple(self._descent.frontier(size, budget, depth=max(1, min(DEPTH, size - 2))))
        self.tell()
        name = f"frontier-{size}-{float(beta).hex().replace('.', '_').replace('+', '')}"
        mine = Frontier(name, size, beta, parts)
        exchange.offer(mine)
        return exchange.frontier(size, beta) or mine

    def _begun(self, frontier: Frontier, free: Iterator[range]) -> list[int]:
        """The parts of the next block that nobody has begun; none where all are begun."""
        done = self._done[frontier.name]
        for block in free:
            if self._exchange.claim(frontier, block.start):
                parts = [one for one in block if one not in done]
                if parts:
                    return parts
        return []

    def _search_part(self, frontier: Frontier, number: int) -> None:
        nodes, lps = self._descent.nodes, self._oracle.lps
        self._current = (frontier.name, number)
        try:
            self._descent.search_part(frontier.parts[number])
        except _DoneElsewhere:
            return
        finally:
            self._current = None
        self._done[frontier.name].add(number)
        self.tell(PartDone(frontier.name, number, self._descent.nodes - nodes, self._oracle.lps - lps))


def blocks(count: int) -> Iterator[range]:
    """Neighbouring parts, begun together: large blocks first, single parts in the end.

    Neighbours have lethal sets in common, which two runs would both learn; and to begin something takes a new file.
    """
    start = 0
    while start < count:
        size = max(1, (count - start) // BLOCKS)
        yield range(start, start + size)
        start += size


def fingerprint(problem: BilevelProblem) -> str:
    """A hash of the question: facts about one are worth nothing for another."""
    told = hashlib.sha256(__version__.encode())
    for item in fields(problem):
        if item.name not in NOT_IN_PRINT:
            told.update(item.name.encode())
            _update(told, getattr(problem, item.name))
    return told.hexdigest()


def _update(told: hashlib._Hash, value: object) -> None:
    if isinstance(value, np.ndarray):
        told.update(np.ascontiguousarray(value).tobytes())
    elif sparse.issparse(value):
        for part in (value.indptr, value.indices, value.data):  # type: ignore[attr-defined]
            told.update(np.ascontiguousarray(part).tobytes())
    elif isinstance(value, frozenset):
        told.update(repr(sorted(value)).encode())
    elif isinstance(value, tuple) and any(isinstance(part, frozenset) for part in value):
        for part in value:
            _update(told, part)
    else:
        told.update(repr(value).encode())
