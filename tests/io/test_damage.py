"""Damaged files are refused, or read as something consistent: nothing else may happen."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from strainopt.errors import InputError
from strainopt.io.models import packaged_models, read_model

COBRA = packaged_models()["textbook"].parent
SOURCES = {
    "m.xml": packaged_models()["isozymes"],
    "m.json": COBRA / "mini.json",
    "m.yml": packaged_models()["textbook"].parent / "mini.yml",
}
PIECES = (b"", b'"', b"<", b">", b"nan", b"-", b"\0", b"[", b"{", b":", b"\xff", b"or", b"(")


def attempt(path: Path) -> None:
    try:
        network = read_model(path).network
    except InputError as error:
        assert error.where  # noqa: PT017 - being read is fine as well
        assert error.hint  # noqa: PT017
        return
    # Whatever is let through is a network that can be computed with.
    assert np.isfinite(network.stoichiometry.data).all()
    assert (network.lower <= network.upper).all()
    assert len(set(network.reaction_ids)) == len(network.reaction_ids)


@pytest.mark.parametrize("name", SOURCES)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.floats(0, 1), width=st.integers(0, 60), piece=st.sampled_from(PIECES), packed=st.booleans())
def test_any_damage(tmp_path: Path, name: str, at: float, width: int, piece: bytes, packed: bool) -> None:
    data = SOURCES[name].read_bytes()
    position = int(at * len(data))
    if packed:
        squeezed = gzip.compress(data, mtime=0)
        position = int(at * len(squeezed))
        path = tmp_path / f"{name}.gz"
        path.write_bytes(squeezed[:position] + piece + squeezed[position + width :])
    else:
        path = tmp_path / name
        path.write_bytes(data[:position] + piece + data[position + width :])
    attempt(path)


def test_matlab_damage_that_crashes_readers(tmp_path: Path) -> None:
    data = (COBRA / "mini.mat").read_bytes()
    path = tmp_path / "m.mat"
    for position in (126, 130, len(data) // 2):
        path.write_bytes(data[:position] + b"\xff\x7f" + data[position + 2 :])
        attempt(path)
        path.write_bytes(data[:position])
        attempt(path)
