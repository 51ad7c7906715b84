"""`strainopt solvers`, `strainopt models`."""

from __future__ import annotations

import gzip
import json

from strainopt.errors import SolverMissingError
from strainopt.lp import registry


def test_solvers(shell) -> None:
    ran = shell("solvers", "--json")
    assert ran.code == 0
    found = {row["solver"]: row for row in json.loads(ran.out)["solvers"]}
    assert set(found) == set(registry.backend_names())
    assert found["glpk"]["usable"]
    assert found["highs"]["usable"]
    assert found["highs"]["version"]
    text = shell("solvers")
    assert text.out == ""
    assert "highs" in text.err


def test_a_missing_solver_is_told_with_what_to_do(shell, monkeypatch) -> None:
    def missing(name: str) -> object:
        raise SolverMissingError(f"no {name}", hint=f"pip install {name}")

    monkeypatch.setattr("strainopt.cli.listing.backend", missing)
    ran = shell("solvers")
    assert ran.code == 7
    assert "pip install glpk" in ran.err


def test_models(shell) -> None:
    rows = json.loads(shell("models", "list", "--json").out)["models"]
    names = [row["name"] for row in rows]
    assert {"textbook", "iJO1366", "salmonella", "mini", "two_routes"} <= set(names)
    assert "textbook" in shell("models", "list").err


def test_export(shell, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert shell("models", "export", "textbook").code == 0
    assert gzip.decompress((tmp_path / "textbook.xml.gz").read_bytes()).lstrip().startswith(b"<?xml")
    assert shell("fba", "textbook.xml.gz").code == 0
    again = shell("models", "export", "textbook")
    assert again.code == 2
    assert "exists already" in again.err
    assert shell("models", "export", "textbook", "--overwrite").code == 0
    assert shell("models", "export", "two_routes", "-o", "here.xml").code == 0
    assert shell("models", "export", "two_routes", "-o", "nowhere/here.xml").code == 2
    (tmp_path / "folder").mkdir()
    assert shell("models", "export", "two_routes", "-o", "folder").code == 0
    assert (tmp_path / "folder" / "two_routes.xml").read_bytes() == (tmp_path / "here.xml").read_bytes()
