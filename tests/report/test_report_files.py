"""Result folders: whole or not at all, and never over an existing result unasked."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from strainopt.errors import UsageError
from strainopt.report import files
from strainopt.report.files import RESULT, check_free, write_folder, write_text

FILES = {"result.json": "{}\n", "designs.tsv": "rank\n", "funnel.tsv": "filter\n"}


def contents(folder):
    return {path.name: path.read_text() for path in folder.iterdir()}


def test_all_files_are_there_and_nothing_else(tmp_path):
    folder = tmp_path / "a" / "b"
    write_folder(folder, FILES)
    assert contents(folder) == FILES


def test_an_existing_result_stops_everything_before_it_begins(tmp_path):
    write_folder(tmp_path, FILES)
    with pytest.raises(UsageError, match="holds a result") as caught:
        check_free(tmp_path, overwrite=False)
    assert "--overwrite" in caught.value.hint
    with pytest.raises(UsageError):
        write_folder(tmp_path, {RESULT: "new"})
    assert contents(tmp_path) == FILES


def test_overwrite_replaces(tmp_path):
    write_folder(tmp_path, FILES)
    write_folder(tmp_path, {**FILES, RESULT: "new"}, overwrite=True)
    assert contents(tmp_path) == {**FILES, RESULT: "new"}


def test_other_files_in_the_folder_are_no_result_and_stay(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    write_folder(tmp_path, FILES)
    assert contents(tmp_path) == {**FILES, "notes.txt": "mine"}


@pytest.mark.parametrize("failing", sorted(FILES))
def test_a_failure_while_writing_leaves_the_old_result_and_no_traces(tmp_path, monkeypatch, failing):
    write_folder(tmp_path, FILES)
    honest = os.fsync
    names = sorted(FILES, key=lambda name: (name == RESULT, name))
    calls = iter(range(100))

    def fsync(handle):
        if next(calls) == names.index(failing):
            raise OSError(28, "No space left on device")
        honest(handle)

    monkeypatch.setattr(files.os, "fsync", fsync)
    with pytest.raises(OSError, match="No space"):
        write_folder(tmp_path, dict.fromkeys(FILES, "half"), overwrite=True)
    assert contents(tmp_path) == FILES


def test_the_result_is_put_in_place_last(tmp_path, monkeypatch):
    order = []
    honest = Path.replace

    def replace(self, target):
        order.append(Path(target).name)
        return honest(self, target)

    monkeypatch.setattr(Path, "replace", replace)
    write_folder(tmp_path, FILES)
    assert order[-1] == RESULT
    assert sorted(order) == sorted(FILES)


def test_a_file_in_the_way(tmp_path):
    (tmp_path / "out").write_text("")
    with pytest.raises(UsageError, match="not a folder"):
        check_free(tmp_path / "out", overwrite=True)
    with pytest.raises(UsageError, match="cannot be made"):
        check_free(tmp_path / "out" / "deeper", overwrite=True)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written_to(tmp_path):
    tmp_path.chmod(stat.S_IRUSR | stat.S_IXUSR)
    with pytest.raises(UsageError, match=r"written|made"):
        check_free(tmp_path, overwrite=False)


def test_permissions_are_those_of_any_new_file(tmp_path):
    (tmp_path / "plain").write_text("")
    write_text(tmp_path / "ours", "text")
    assert (tmp_path / "ours").stat().st_mode == (tmp_path / "plain").stat().st_mode
    assert (tmp_path / "ours").read_text() == "text"
