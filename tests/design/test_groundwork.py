"""What a search stands on is kept under everything that it depends on, and under nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from strainopt.design.groundwork import groundwork_from_archive, groundwork_key, groundwork_to_archive
from strainopt.design.options import METHODS, DesignOptions
from strainopt.design.request import answer, prepare
from strainopt.errors import InputError, UsageError
from strainopt.io.models import read_model
from strainopt.network.interventions import Intervention

BASE = DesignOptions(
    model="textbook", target="EX_succ_e", bounds={"EX_o2_e": (0.0, None)}, max_knockouts=2, substrate="EX_glc__D_e"
)
IN_VAIN = {
    "model": "elsewhere/e_coli_core.xml", "ties": "optimistic", "certify": "exact", "max_knockouts": 4,
    "engine": "enumerate", "solver": "highs", "formulation": "kkt", "threads": 2, "seed": 7, "designs": 3,
    "within": 0.5, "time_limit": 3600.0,
}  # fmt: skip
TO_THE_POINT = {
    "target": "EX_lac__D_e", "biomass": "Biomass_Ecoli_core", "medium": {"EX_glc__D_e": 5.0},
    "bounds": {"EX_o2_e": (-1.0, None)}, "missing_bounds": "default", "gpr": "skip", "level": "gene",
    "knockouts": ("PGI",), "objective": "yield", "substrate": None, "min_growth": "20%", "candidates": ("PFL",),
    "candidates_file": (Intervention("PFL", cost=2.0),), "exclude": ("PFL",), "filters": ("essential",),
}  # fmt: skip


def key(options: DesignOptions) -> str:
    return groundwork_key(options, model_sha256="0" * 64)


def archive(options: DesignOptions) -> bytes:
    network = read_model("textbook").network
    return groundwork_to_archive(prepare(network, options).posed.groundwork, key="same")


def test_every_option_is_weighed() -> None:
    assert set(IN_VAIN) | set(TO_THE_POINT) | {"method", "alpha"} == set(vars(BASE))


@pytest.mark.parametrize("name", sorted(TO_THE_POINT))
def test_what_it_depends_on_is_in_the_key(name: str) -> None:
    assert key(replace(BASE, **{name: TO_THE_POINT[name]})) != key(BASE)
    assert groundwork_key(BASE, model_sha256="1" * 64) != key(BASE)


@pytest.mark.parametrize("name", sorted(IN_VAIN))
def test_what_is_not_in_the_key_changes_no_bit(name: str) -> None:
    """The claim behind sharing, tried: the groundwork itself is computed with either value."""
    other = replace(BASE, **{name: IN_VAIN[name]})
    assert key(other) == key(BASE)
    assert archive(other) == archive(BASE)


def test_methods_share_it_unless_the_floor_differs() -> None:
    shared = [replace(BASE, method=method) for method in METHODS if method != "optcouple"]
    assert {key(options) for options in shared} == {key(BASE)}
    assert len({archive(options) for options in shared}) == 1
    lower = replace(BASE, method="pessimistic", alpha=0.5)
    assert key(lower) != key(BASE)
    assert archive(lower) != archive(BASE)


def test_a_method_that_is_not_known_here_shares_with_none() -> None:
    assert key(replace(BASE, method="something-new")) != key(BASE)


def test_the_answer_is_the_same_with_what_was_kept() -> None:
    network = read_model("textbook").network
    fresh = prepare(network, BASE)
    kept = groundwork_from_archive(groundwork_to_archive(fresh.posed.groundwork, key="k"), key="k")
    for options in (BASE, replace(BASE, method="strong", max_knockouts=3), replace(BASE, designs=3, within=0.5)):
        one = answer(prepare(network, options))
        other = answer(prepare(network, options, groundwork=kept))
        timeless = [replace(found, seconds=0.0) for found in (one, other)]
        assert timeless[0] == timeless[1]


def test_numbers_that_are_not_in_the_key_are_checked_still() -> None:
    network = read_model("textbook").network
    kept = prepare(network, BASE).posed.groundwork
    with pytest.raises(UsageError, match="alpha has no meaning"):
        prepare(network, replace(BASE, alpha=0.5), groundwork=kept)
    with pytest.raises(UsageError):
        prepare(network, replace(BASE, max_knockouts=-1), groundwork=kept)


def test_damage_and_strangers_are_told() -> None:
    data = groundwork_to_archive(prepare(read_model("textbook").network, BASE).posed.groundwork, key="k")
    middle = len(data) // 2
    flipped = data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]
    for damaged in (b"", data[:middle], data[:-1], flipped, data + b"\0"):
        with pytest.raises(InputError, match="checksum is wrong"):
            groundwork_from_archive(damaged, key="k")
    with pytest.raises(InputError, match="another scenario"):
        groundwork_from_archive(data, key="j")
