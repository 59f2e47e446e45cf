"""Kernels that only kernels may call, and who calls them."""

import ast
from pathlib import Path

SOURCES = Path(__file__).parents[2] / "src" / "capsim"
KERNELS = SOURCES / "kernels"


def functions(*decorators):
    """(module, name) of kernels with one of these decorators."""
    found = set()
    for path in KERNELS.rglob("*.py"):
        module = ".".join(("capsim", *path.relative_to(SOURCES).with_suffix("").parts))
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef):
                marks = {mark.id for mark in node.decorator_list if isinstance(mark, ast.Name)}
                if marks & set(decorators):
                    found.add((module, node.name))
    return found


def called_from_outside():
    """(module, name) of everything of the kernels that the rest of the library names."""
    used = set()
    for path in SOURCES.rglob("*.py"):
        if KERNELS in path.parents:
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        modules = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(
                "capsim.kernels"
            ):
                for name in node.names:
                    modules[name.asname or name.name] = f"{node.module}.{name.name}"
                    used.add((node.module, name.name))
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                if node.value.id in modules:
                    used.add((modules[node.value.id], node.attr))
    return used


def test_python_calls_no_kernel_that_has_no_way_in():
    """An inner kernel that Python calls ends the process without a word."""
    assert len(functions("inner", "inlined")) > 50
    assert functions("jit") & called_from_outside()
    assert sorted(functions("inner", "inlined") & called_from_outside()) == []
