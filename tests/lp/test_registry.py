"""Solvers by name."""

from __future__ import annotations

import subprocess
import sys

import pytest

from strainopt.errors import SolverMissingError, UsageError
from strainopt.lp import registry


def test_names_and_defaults() -> None:
    assert registry.backend_names() == ("cplex", "glpk", "gurobi", "highs", "scip")
    assert registry.default_lp().name == "glpk"
    assert registry.default_mixed().name == "highs"


def test_did_you_mean() -> None:
    with pytest.raises(UsageError, match="hihgs") as caught:
        registry.backend("hihgs")
    assert "'highs'" in caught.value.hint
    with pytest.raises(UsageError) as caught:
        registry.backend("zzz")
    assert "glpk" in caught.value.hint


def test_a_missing_package_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "gurobipy", None)
    with pytest.raises(SolverMissingError) as caught:
        registry.backend("gurobi")
    assert "strainopt[gurobi]" in caught.value.hint


def test_importing_the_registry_imports_no_solver() -> None:
    probe = (
        "import sys, strainopt.lp.registry, strainopt.lp.trusted, strainopt.lp.lexicographic;"
        "print([m for m in ('highspy', 'swiglpk', 'optlang', 'pyscipopt', 'gurobipy', 'cplex') if m in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
