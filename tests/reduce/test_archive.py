"""A reduced network as bytes: every number comes back bit by bit, and damage is noticed."""

from __future__ import annotations

from dataclasses import fields, replace
from fractions import Fraction

import numpy as np
import pytest

from strainopt.errors import InputError
from strainopt.io.models import read_model
from strainopt.reduce.archive import reduced_from_archive, reduced_to_archive
from strainopt.reduce.pipeline import reduce_network
from strainopt.reduce.polytope import Step
from strainopt.reduce.reduced import ReducedNetwork

ARRAYS = ("lower", "upper", "range_lower", "range_upper", "column_of")


@pytest.fixture(scope="module", params=[True, False], ids=["ranges", "no-ranges"])
def reduced(request: pytest.FixtureRequest) -> ReducedNetwork:
    network = read_model("textbook").network
    biomass = int(np.flatnonzero(network.objective)[0])
    return reduce_network(network, biomass=biomass, growth_floor=0.05, protected=[3], ranges=request.param)


def same(one: object, other: object) -> bool:
    if isinstance(one, np.ndarray) and isinstance(other, np.ndarray):
        return one.dtype == other.dtype and one.tobytes() == other.tobytes()
    return one == other


def test_it_comes_back_bit_by_bit(reduced: ReducedNetwork) -> None:
    data = reduced_to_archive(reduced)
    assert data == reduced_to_archive(reduced)
    again = reduced_from_archive(data)
    for item in fields(ReducedNetwork):
        if item.name not in ("steps", "stoichiometry"):
            assert same(getattr(again, item.name), getattr(reduced, item.name)), item.name
    for name in ("data", "indices", "indptr"):
        assert same(getattr(again.stoichiometry, name), getattr(reduced.stoichiometry, name)), name
        assert same(getattr(again.expansion, name), getattr(reduced.expansion, name)), name
        assert same(getattr(again.collection, name), getattr(reduced.collection, name)), name
    assert again.stoichiometry.shape == reduced.stoichiometry.shape
    for before, after in zip(reduced.steps, again.steps, strict=True):
        assert all(same(getattr(after, item.name), getattr(before, item.name)) for item in fields(Step))
    assert reduced_to_archive(again) == data


def test_fractions_too_large_for_a_machine_word_come_back(reduced: ReducedNetwork) -> None:
    first = reduced.steps[0]
    large = Fraction(3**70, 2**80 + 1)
    old, _ = first.expand[0][0]
    step = replace(first, expand=(((old, large),), *first.expand[1:-1], ((old, -large), *first.expand[-1])))
    again = reduced_from_archive(reduced_to_archive(replace(reduced, steps=(step, *reduced.steps[1:]))))
    assert again.steps[0].expand == step.expand


def test_damage_is_told(reduced: ReducedNetwork) -> None:
    data = reduced_to_archive(reduced)
    for damaged in (b"", b"nonsense", data[: len(data) // 2], data[:-1], data[:300] + b"\0" * 40 + data[340:]):
        with pytest.raises(InputError, match=r"damaged") as caught:
            reduced_from_archive(damaged, where="somewhere")
        assert caught.value.where == "somewhere"
