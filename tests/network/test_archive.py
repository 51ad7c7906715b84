"""Bytes of arrays and text come back as they were; whatever happens to the bytes, it is told as damage."""

from __future__ import annotations

import io
import random
import re

import numpy as np
import pytest

from strainopt.errors import InputError
from strainopt.network.archive import archived, from_archive

ARRAYS = {"flux": np.array([0.1, -np.inf, np.nan]), "column": np.arange(40, dtype=np.int32)}
TOLD = {"name": "Größe", "nothing": None}


def both(arrays, told):
    return dict(arrays), told


def named(arrays, told):
    return {name: arrays[name] for name in ARRAYS}, told


def written(*, compressed=False, version=3):
    return archived(TOLD, ARRAYS, version=version, compressed=compressed)


@pytest.mark.parametrize("compressed", [True, False])
def test_it_comes_back(compressed):
    data = written(compressed=compressed)
    assert data == written(compressed=compressed)
    arrays, told = from_archive(data, both, version=3, what="a thing")
    assert told == {**TOLD, "format": 3}
    assert sorted(arrays) == sorted(ARRAYS)
    for name, array in ARRAYS.items():
        assert arrays[name].dtype == array.dtype
        assert arrays[name].tobytes() == array.tobytes()


def test_another_version_is_not_read():
    with pytest.raises(InputError, match="a thing is damaged") as caught:
        from_archive(written(version=4), both, version=3, what="a thing", where="here")
    assert caught.value.where == "here"
    assert caught.value.why == "format 4 instead of 3"


@pytest.mark.parametrize("name", ["flux", "told"])
def test_what_is_missing_is_damage(name):
    with pytest.raises(InputError, match="damaged"):
        from_archive(
            written(), lambda arrays, told: (arrays if name == "flux" else told)["other"], version=3, what="it"
        )


@pytest.mark.parametrize("arrays", [{}, {"text": np.array([255], dtype=np.uint8)}, {"text": np.array([{}])}])
def test_a_text_that_is_none_is_damage(arrays):
    stream = io.BytesIO()
    np.savez(stream, **arrays)
    with pytest.raises(InputError, match="damaged"):
        from_archive(stream.getvalue(), both, version=3, what="it")


def test_other_files_are_no_archives():
    single = io.BytesIO()
    np.save(single, np.arange(3))
    for data in (b"", b"nonsense", single.getvalue(), written()[:-1], written()[40:]):
        with pytest.raises(InputError, match="damaged"):
            from_archive(data, both, version=3, what="it")


@pytest.mark.parametrize("compressed", [True, False])
def test_changed_bytes_are_damage_or_do_no_harm(compressed):
    data = written(compressed=compressed)
    heads = [found.start() for found in re.finditer(b"PK", data)]
    dice, damaged = random.Random(1), 0
    for _ in range(600):
        changed = bytearray(data)
        # half of them in the first bytes of zip's own records, where flags, versions and sizes stand
        place = dice.choice(heads) + dice.randrange(40) if dice.random() < 0.5 else dice.randrange(len(data))
        changed[min(place, len(data) - 1)] = dice.randrange(256)
        try:
            arrays, told = from_archive(bytes(changed), named, version=3, what="it")
        except InputError:
            damaged += 1
        else:
            assert told == {**TOLD, "format": 3}
            assert all(arrays[name].tobytes() == array.tobytes() for name, array in ARRAYS.items())
    assert damaged > 100
