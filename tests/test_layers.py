"""The layers are law: who may import whom, no cycles, cobra in one room, small files, short functions, no print."""

from __future__ import annotations

import ast
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "strainopt"
MODULES = {
    ".".join(("strainopt", *path.relative_to(PACKAGE).with_suffix("").parts)).removesuffix(".__init__"): path
    for path in sorted(PACKAGE.rglob("*.py"))
}
EVERYONE = {"strainopt", "errors", "processes", "tolerances"}
ALLOWED = {
    "errors": set(),
    "processes": set(),
    "tolerances": set(),
    "network": set(),
    "lp": set(),
    "io": {"network"},
    "flux": {"network", "lp"},
    "bilevel": {"lp"},
    "reduce": {"network", "flux", "lp"},
    "proof": {"network"},
    "search": {"lp", "bilevel"},
    "design": {"network", "lp", "flux", "reduce", "bilevel", "search", "proof"},
    "report": {"design", "flux", "network"},
    "batch": {"io", "design", "report"},
    "__main__": {"cli"},
    "cli": {"network", "io", "lp", "flux", "reduce", "bilevel", "search", "design", "report", "batch", "proof"},
}
MOST_LINES, MOST_IN_FUNCTION = 400, 60


def trees() -> Iterator[tuple[str, Path, ast.Module]]:
    for name, path in MODULES.items():
        yield name, path, ast.parse(path.read_text(encoding="utf-8"))


def layer(module: str) -> str:
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else "strainopt"


def imported(tree: ast.Module, module: str, path: Path) -> Iterator[tuple[str, int]]:
    """Every module that is imported anywhere in the file, inside functions too; relative imports resolved."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node.lineno
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                package = module if path.name == "__init__.py" else module.rpartition(".")[0]
                above = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*above, *([base] if base else [])])
            yield base, node.lineno
            for alias in node.names:
                if f"{base}.{alias.name}" in MODULES:
                    yield f"{base}.{alias.name}", node.lineno
        elif isinstance(node, ast.Call) and node.args:
            called = ast.unparse(node.func)
            first = node.args[0]
            if called in ("importlib.import_module", "import_module", "__import__") and isinstance(first, ast.Constant):
                yield str(first.value), node.lineno


def edges() -> dict[str, set[str]]:
    graph: dict[str, set[str]] = {}
    for module, path, tree in trees():
        graph[module] = {name for name, _ in imported(tree, module, path) if name in MODULES and name != module}
    return graph


def cycle_in(graph: dict[str, set[str]]) -> list[str]:
    """One cycle, or an empty list; depth-first with the path kept."""
    done: set[str] = set()

    def visit(node: str, path: list[str]) -> list[str]:
        if node in path:
            return [*path[path.index(node) :], node]
        if node in done:
            return []
        for following in sorted(graph.get(node, ())):
            found = visit(following, [*path, node])
            if found:
                return found
        done.add(node)
        return []

    for start in sorted(graph):
        found = visit(start, [])
        if found:
            return found
    return []


def test_the_table_knows_every_room() -> None:
    rooms = {layer(module) for module in MODULES} - {"strainopt"}
    assert rooms <= set(ALLOWED)


def test_imports_keep_to_the_layers() -> None:
    wrong = []
    for module, path, tree in trees():
        mine = layer(module)
        if mine == "strainopt":
            continue
        for name, line in imported(tree, module, path):
            if not name.startswith("strainopt"):
                continue
            theirs = layer(name)
            if theirs != mine and theirs not in EVERYONE | ALLOWED[mine]:
                wrong.append(f"{path.relative_to(PACKAGE)}:{line} imports {name}")
    assert not wrong, "\n".join(wrong)


def test_no_cycle_among_modules() -> None:
    graph = edges()
    # A package's own __init__ is imported with each of its modules, but says nothing of who needs whom.
    assert cycle_in(graph) == []


def test_a_cycle_would_be_found() -> None:
    assert cycle_in({"a": {"b"}, "b": {"c"}, "c": {"b"}}) == ["b", "c", "b"]
    assert cycle_in({"a": {"b"}, "b": set(), "c": {"a", "b"}}) == []


def test_lazy_and_relative_imports_are_seen() -> None:
    tree = ast.parse(
        "def f():\n    from ..lp import program\n    import importlib\n    importlib.import_module('cobra.io')\n"
    )
    found = {name for name, _ in imported(tree, "strainopt.io.models", Path("models.py"))}
    assert {"strainopt.lp", "strainopt.lp.program", "cobra.io"} <= found


@pytest.mark.parametrize("package", ["cobra", "libsbml"])
def test_one_room_for_foreign_models(package: str) -> None:
    users = {
        layer(module)
        for module, path, tree in trees()
        for name, _ in imported(tree, module, path)
        if name.split(".")[0] == package
    }
    assert users <= {"io"}


def test_the_mathematics_reads_no_reaction_names() -> None:
    for module, path, _ in trees():
        if layer(module) in ("lp", "bilevel", "search"):
            assert "reaction_ids" not in path.read_text(encoding="utf-8"), module


def reasons(path: Path) -> set[int]:
    """Lines with a comment that begins with `# long because`."""
    with path.open("rb") as stream:
        return {
            token.start[0]
            for token in tokenize.tokenize(stream.readline)
            if token.type == tokenize.COMMENT and token.string.startswith("# long because ")
        }


def test_files_are_short() -> None:
    long = [
        f"{path.relative_to(PACKAGE)}: {lines}"
        for path in MODULES.values()
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > MOST_LINES and 1 not in reasons(path)
    ]
    assert not long, long


def test_functions_are_short() -> None:
    long = []
    for _, path, tree in trees():
        excused = reasons(path)
        for node in ast.walk(tree):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1 - _docstring_lines(node)
                if lines > MOST_IN_FUNCTION and not {node.lineno - 1, node.lineno, node.lineno + 1} & excused:
                    long.append(f"{path.relative_to(PACKAGE)}:{node.lineno} {node.name}: {lines}")
    assert not long, long


def _docstring_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    first = node.body[0]
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
        return (first.end_lineno or first.lineno) - first.lineno + 1
    return 0


def test_nothing_prints() -> None:
    calls = [
        f"{path.relative_to(PACKAGE)}:{node.lineno}"
        for module, path, tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    ]
    assert not calls


def test_only_the_command_line_exits() -> None:
    calls = [
        f"{path.relative_to(PACKAGE)}:{node.lineno}"
        for module, path, tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) in ("sys.exit", "exit", "quit", "os._exit")
        and module != "strainopt.cli.main"
    ]
    assert not calls
