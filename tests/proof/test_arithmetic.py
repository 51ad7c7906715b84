"""Bounds cover rounding: compared with exact rational arithmetic; narrowing compared with flux ranges and states."""

from __future__ import annotations

import random
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from strainopt.errors import ModelError
from strainopt.flux.fba import fba_program
from strainopt.lp.glpk import GlpkBackend
from strainopt.network.gpr import parse_rule
from strainopt.proof.arithmetic import Arithmetic
from strainopt.proof.items import Items, gene_items, reaction_items
from strainopt.proof.narrow import Lump, Narrowing, exact
from strainopt.proof.precise import PreciseProduct
from strainopt.proof.records import Inequality
from tests.proof.making import ANAEROBIC, textbook

SIZES = st.floats(min_value=-1e6, max_value=1e6, allow_subnormal=False)


@settings(max_examples=60)
@given(st.lists(st.tuples(SIZES, SIZES), min_size=1, max_size=12))
def test_products_in_twice_the_precision(pairs):
    column = [(row, value, True) for row, (_, value) in enumerate(pairs)]
    value, error = PreciseProduct([column]).of(np.array([[weight for weight, _ in pairs]]))
    truth = sum((Fraction(weight) * Fraction(number) for weight, number in pairs), Fraction(0))
    assert abs(Fraction(float(value[0, 0])) - truth) <= Fraction(float(error[0, 0]))
    sizes = sum(abs(weight * number) for weight, number in pairs)
    # what makes it worth while: cancellation costs nothing
    assert error[0, 0] <= 1e-15 * abs(value[0, 0]) + 1e-28 * sizes + 1e-280


def test_inequalities_bound_what_rationals_bound():
    """B from doubles is never below B from fractions, and near it."""
    generator = random.Random(2)
    lumps = _lumps()
    arithmetic = _arithmetic(lumps)
    names = textbook().network.metabolite_ids
    for _ in range(20):
        prices = {name: generator.uniform(-1.0, 1.0) for name in generator.sample(names, 30)}
        found = arithmetic.terms([Inequality(1.0, 0.5, prices)])
        closed = generator.sample(range(len(lumps)), 3)
        closed = [lump for lump in closed if lump not in arithmetic.forced]
        truth = _exact_bound(lumps, prices, set(closed))
        bound = Fraction(float(found.without(closed)[0]))
        assert truth <= bound <= truth + Fraction(1, 10**8)


def _exact_bound(lumps: tuple[Lump, ...], prices: dict[str, float], closed: set[int]) -> Fraction:
    network = textbook().network
    biomass, target = (network.reaction_index[name] for name in ("Biomass_Ecoli_core", "EX_succ_e"))
    total = Fraction(0)
    for place, lump in enumerate(lumps):
        if place in closed:
            continue
        factors = dict(lump.members)
        reduced = factors.get(biomass, Fraction(0)) + Fraction(1, 2) * factors.get(target, Fraction(0))
        reduced -= sum(
            (value * Fraction(prices.get(network.metabolite_ids[row], 0.0)) for row, value in lump.terms.items()),
            Fraction(0),
        )
        total += max(reduced * lump.lower, reduced * lump.upper)
    return total


def _bounds() -> tuple[np.ndarray, np.ndarray]:
    network = textbook().network
    lower, upper = network.lower.copy(), network.upper.copy()
    for name, (low, _) in ANAEROBIC.items():
        lower[network.reaction_index[name]] = low
    return lower, upper


def _lumps() -> tuple[Lump, ...]:
    return Narrowing(textbook().network.stoichiometry, *_bounds()).lumps()


def _arithmetic(lumps: tuple[Lump, ...]) -> Arithmetic:
    network = textbook().network
    return Arithmetic(
        lumps,
        metabolites=network.metabolite_ids,
        biomass=[network.reaction_index["Biomass_Ecoli_core"]],
        target=[network.reaction_index["EX_succ_e"]],
    )


def test_lumps_hold_in_every_state():
    """Vertices in random directions, by a solver: closed reactions are zero, members keep their ratio."""
    network, (lower, upper) = textbook().network, _bounds()
    lumps = _lumps()
    solver = GlpkBackend()
    generator = np.random.default_rng(3)
    member = {reaction for lump in lumps for reaction, _ in lump.members}
    closed = [reaction for reaction in range(len(lower)) if reaction not in member]
    assert closed
    assert any(len(lump.members) > 1 for lump in lumps)
    for _ in range(10):
        program = fba_program(network.with_bounds(lower, upper), objective=generator.standard_normal(len(lower)))
        state = solver.solve(program).x
        assert np.all(np.abs(state[closed]) <= 1e-7)
        for lump in lumps:
            first = state[lump.members[0][0]]
            for reaction, factor in lump.members:
                assert abs(state[reaction] - float(factor) * first) <= 1e-6
            assert float(lump.lower) - 1e-6 <= first <= float(lump.upper) + 1e-6


@pytest.mark.parametrize(
    ("rows", "lower", "upper", "expected"),
    [
        ([[1, 0], [0, 1]], [0, 0], [9, 9], []),
        ([[1, 1]], [0, 0], [9, 9], []),
        ([[1, -2]], [0, 0], [9, 9], [((0, 1), (1, Fraction(1, 2)))]),
        ([[1, -1, 1]], [0, -9, 0], [9, 9, 9], [((0, 1),), ((1, 1),), ((2, 1),)]),
        ([[0.1, 0.2, -0.3], [1, -1, 0]], [0, 0, 0], [9, 9, 9], [((0, 1), (1, 1), (2, 1))]),
        ([[1, -1, 0], [0, 0.3333333333333333, -1]], [0, 0, 0], [9, 9, 9], [((0, 1), (1, 1), (2, Fraction(1, 3)))]),
    ],
)
def test_row_rules(rows, lower, upper, expected):
    """By hand: one column, one sign, two columns, a direction, decimals, thirds."""
    matrix = sparse.csc_array(np.array(rows, dtype=float))
    lumps = Narrowing(matrix, np.array(lower, dtype=float), np.array(upper, dtype=float)).lumps()
    assert [lump.members for lump in lumps] == expected
    if len(expected) == 3:
        # v1 is the sum of two that cannot be negative
        assert lumps[1].lower == 0


def test_contradictions_are_told():
    matrix = sparse.csc_array(np.array([[1.0]]))
    with pytest.raises(ModelError, match="forced"):
        Narrowing(matrix, np.array([1.0]), np.array([2.0]))
    with pytest.raises(ModelError, match="no flux state"):
        Narrowing(sparse.csc_array(np.array([[1.0, -1.0]])), np.array([0.0, 5.0]), np.array([3.0, 9.0]))


def test_decimals_are_what_was_written():
    assert exact(0.1) == Fraction(1, 10)
    assert exact(0.3333333333333333) == Fraction(1, 3)
    assert exact(0.000223) == Fraction(223, 1000000)


RULES = ("a and b", "a and b and (c or d)", "(c or d) and e", "f", "f and g", "(h and i) or (h and j)", None)


def test_genes_of_one_item_are_interchangeable():
    """Every set of genes closes the same lumps when a gene is exchanged for another of its item."""
    lumps = tuple(Lump(((place, Fraction(1)),), {}, Fraction(0), Fraction(1)) for place in range(len(RULES)))
    rules = [None if text is None else parse_rule(text) for text in RULES]
    genes = "abcdefghijz"
    items = gene_items(lumps, list(genes), rules=rules, costs={"b": 0.5})
    assert [item.names for item in items.items] == [
        ("a", "b"), ("c",), ("d",), ("e",), ("f",), ("g",), ("h",), ("i",), ("j",)
    ]  # fmt: skip
    assert items.items[0].cost == 0.5
    generator = random.Random(4)
    for _ in range(200):
        chosen = generator.sample(genes[:10], generator.randrange(1, 6))
        truth = {place for place, rule in enumerate(rules) if rule and not rule.holds_without(frozenset(chosen))}
        assert items.closed(sorted({items.of[gene] for gene in chosen})) == truth


def test_reactions_of_one_lump_are_one_item():
    items = Items(reaction_items({"x": (0,), "z": (0,)}, ["z", "x", "y"], costs={}), None)
    assert [item.names for item in items.items] == [("z", "x")]
    assert items.closed([0]) == {0}
