"""The replay on hand-made facts: what it visits, and what it refuses."""

from __future__ import annotations

from fractions import Fraction

import pytest

from strainopt.errors import VerificationError
from strainopt.proof.arithmetic import Arithmetic
from strainopt.proof.facts import Ceilings, Clauses, Threshold
from strainopt.proof.items import Item, Items
from strainopt.proof.narrow import Lump
from strainopt.proof.records import Inequality, Method
from strainopt.proof.tree import Replay, Root


def settle(supports: list[int], *, budget: float, costs: tuple[float, ...], inequalities=()) -> None:
    """Items that close one lump each; lump 0 is growth, lump 1 the product, each with flux from 0 to 1."""
    n = len(costs)
    lumps = tuple(Lump(((place, Fraction(1)),), {}, Fraction(0), Fraction(1)) for place in range(n + 2))
    items = Items([Item((f"i{place}",), cost, (place + 2,)) for place, cost in enumerate(costs)], None)
    arithmetic = Arithmetic(lumps, metabolites=("m",), biomass=(0,), target=(1,))
    ceilings = Ceilings(arithmetic, beta=0.5, lumps=range(2, n + 2))
    ceilings.add(inequalities)
    clauses = Clauses(n)
    for support in supports:
        clauses.add(support, 1.0)
    tree = Replay(
        items=items,
        forced=arithmetic.forced,
        ceilings=ceilings,
        clauses=clauses,
        threshold=Threshold(Method.STRONG, 1.0, 0.1, 0.5),
        budget=budget,
    )
    tree.run([Root((), budget)])


def test_hitting_sets_are_met():
    """Three disjoint witnesses: pairs cannot hit them, one triple of each can, and is named."""
    disjoint = [0b000011, 0b001100, 0b110000]
    settle(disjoint, budget=2, costs=(1.0,) * 6)
    with pytest.raises(VerificationError, match="choose i0, i2, i4"):
        settle(disjoint, budget=3, costs=(1.0,) * 6)


def test_broken_costs_buy_what_decimals_say():
    """Three times 0.1 is within 0.3, whatever doubles make of it."""
    alone = [0b0001, 0b0010, 0b0100]
    with pytest.raises(VerificationError, match="choose i0, i1, i2"):
        settle(alone, budget=0.3, costs=(0.1,) * 4)
    settle(alone, budget=0.29, costs=(0.1,) * 4)


def test_a_ceiling_ends_every_superset():
    """Growth up to 1 costs nothing, product above 1 cannot be: `p <= 1` says so, and beta is 0.5 of it."""
    nothing = Inequality(0.0, 1.0, {})
    with pytest.raises(VerificationError, match="choose nothing"):
        settle([], budget=1, costs=(1.0,), inequalities=[nothing])
    with pytest.raises(VerificationError, match="choose nothing"):
        settle([], budget=1, costs=(1.0,), inequalities=[Inequality(1.0, 0.0, {})])
    # g + 2 p <= 3 leaves g <= 2 at p = 0.5: true, and useless
    with pytest.raises(VerificationError, match="may reach 2 there"):
        settle([], budget=1, costs=(1.0,), inequalities=[Inequality(1.0, 2.0, {})])


def test_a_price_that_shows_that_nothing_grows():
    """A metabolite that growth needs and only item 0 supplies: with item 0 deleted the ceiling is zero."""
    lumps = (
        Lump(((0, Fraction(1)),), {0: Fraction(-1)}, Fraction(0), Fraction(1)),
        Lump(((1, Fraction(1)),), {}, Fraction(0), Fraction(1)),
        Lump(((2, Fraction(1)),), {0: Fraction(1)}, Fraction(0), Fraction(1)),
    )
    arithmetic = Arithmetic(lumps, metabolites=("m",), biomass=(0,), target=(1,))
    terms = arithmetic.terms([Inequality(1.0, 0.0, {"m": -1.0})])
    assert terms.without([])[0] == pytest.approx(1.0, abs=1e-12)
    assert terms.without([2])[0] == pytest.approx(0.0, abs=1e-12)
