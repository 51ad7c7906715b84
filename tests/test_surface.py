"""The public surface is a list: every module that defines public names says which, sorted, and each of them exists."""

from __future__ import annotations

import ast
import importlib
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "strainopt"
OPTIONAL = {"cplex", "gurobipy", "pyscipopt"}


def modules() -> list[str]:
    names = []
    for path in sorted(PACKAGE.rglob("*.py")):
        name = ".".join(("strainopt", *path.relative_to(PACKAGE).with_suffix("").parts))
        names.append(name.removesuffix(".__init__"))
    return names


def path_of(module: str) -> Path:
    folder = PACKAGE.parent.joinpath(*module.split("."))
    return folder / "__init__.py" if folder.is_dir() else folder.with_suffix(".py")


def public_names(tree: ast.Module) -> set[str]:
    return {
        node.name
        for node in tree.body
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.name.startswith("_")
    }


def declared(tree: ast.Module) -> list[str] | None:
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return list(ast.literal_eval(node.value))
    return None


@pytest.mark.parametrize("module", modules())
def test_the_list_is_there_sorted_and_true(module: str) -> None:
    tree = ast.parse(path_of(module).read_text(encoding="utf-8"))
    names = declared(tree)
    if names is None:
        # A command's file offers one name, which the group looks up.
        assert module.startswith("strainopt.cli.commands") or not public_names(tree)
        return
    # Constants first, then classes, then functions: the order that the linter keeps.
    assert names == sorted(names, key=lambda name: (not name.isupper(), not name[0].isupper(), name))
    assert len(names) == len(set(names))
    try:
        loaded = importlib.import_module(module)
    except ImportError as error:
        if error.name in OPTIONAL:
            pytest.skip(f"{error.name} is not installed")
        raise
    assert [name for name in names if not hasattr(loaded, name)] == []


def test_errors_have_one_exit_code_per_branch() -> None:
    from strainopt import errors

    codes = {name: getattr(errors, name).exit_code for name in errors.__all__}
    assert codes == {
        "InputError": 3,
        "InterruptedRunError": 75,
        "ModelError": 3,
        "SolverError": 7,
        "SolverMissingError": 7,
        "StrainoptError": 1,
        "UsageError": 2,
        "VerificationError": 8,
    }
