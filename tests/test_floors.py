"""The floors of the house: imports point downwards, and only the command line and the book's own command print."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import cnnspec

PACKAGE = Path(cnnspec.__file__).parent
# From the ground up; a unit may import itself and whatever stands before it.
UNITS = (
    *("arguments", "environment", "convolution", "channels", "pooling", "network", "gradients", "algorithms"),
    *("training", "zoo", "residual", "transfer", "exercises", "laws", "mutants", "check", "book", "cli"),
)
HEAVY = {
    *("PIL", "jax", "matplotlib", "mkdocs", "mlxtend", "onnx", "pandas"),
    *("safetensors", "scipy", "sklearn", "tensorflow", "torch"),
}
MODULES = sorted(PACKAGE.rglob("*.py"))


def name(module: Path) -> str:
    return ".".join(module.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__")


def unit(module: str) -> str:
    return module.split(".")[1] if "." in module else "cnnspec"


def imports(tree: ast.AST) -> Iterator[str]:
    """The modules that source imports, wherever the import stands."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute here"
            module = node.module or ""
            yield from (f"cnnspec.{alias.name}" for alias in node.names) if module == "cnnspec" else (module,)


def parsed(module: Path) -> ast.Module:
    return ast.parse(module.read_text(encoding="utf-8"))


@pytest.mark.parametrize("module", MODULES, ids=name)
def test_imports_point_downwards(module: Path) -> None:
    here = unit(name(module))
    assert here == "cnnspec" or here in UNITS, f"{here} stands on no floor: add it to UNITS and to the design"
    if here == "cnnspec":
        return
    for imported in imports(parsed(module)):
        there = unit(imported)
        if imported.split(".")[0] != "cnnspec" or there in ("cnnspec", "__version__"):
            continue
        assert there in UNITS, f"{imported} stands on no floor"
        assert UNITS.index(there) <= UNITS.index(here), f"{name(module)} imports {imported}, which stands above it"


@pytest.mark.parametrize("module", MODULES, ids=name)
def test_heavy_libraries_are_imported_where_they_are_used(module: Path) -> None:
    at_the_top = ast.Module([n for n in parsed(module).body if isinstance(n, (ast.Import, ast.ImportFrom))], [])
    assert not HEAVY & {imported.split(".")[0] for imported in imports(at_the_top)}


@pytest.mark.parametrize("module", MODULES, ids=name)
def test_nothing_below_the_commands_prints(module: Path) -> None:
    if unit(name(module)) == "cli" or name(module) == "cnnspec.book.__main__":
        return
    calls = [n for n in ast.walk(parsed(module)) if isinstance(n, ast.Call)]
    prints = [c for c in calls if isinstance(c.func, ast.Name) and c.func.id == "print"]
    assert not [c.lineno for c in prints if not any(keyword.arg == "file" for keyword in c.keywords)]


def test_only_the_plugin_knows_pytest() -> None:
    users = {name(module) for module in MODULES if "pytest" in {i.split(".")[0] for i in imports(parsed(module))}}
    assert users == {"cnnspec.check.pytest_plugin"}


def test_the_test_of_the_floors_can_fail() -> None:
    assert list(imports(ast.parse("def f():\n    from cnnspec import laws"))) == ["cnnspec.laws"]
    assert UNITS.index("laws") > UNITS.index("pooling")
