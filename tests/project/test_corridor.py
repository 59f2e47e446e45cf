"""Each package imports only what stands below it, in whatever place an import is written.

The linter of imports reads the same layers, but lets imports for type checkers run up; whoever
reads the code follows those too.
"""

import ast
import graphlib
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "capsim"
ALLOWED = {("scenario/model.py", "theory")}
"""`Scenario.describe` looks down the corridor from above, inside the method."""


def layers():
    """Height of each package in the corridor of pyproject.toml; those side by side share one."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    contracts = tomllib.loads(text)["tool"]["importlinter"]["contracts"]
    corridor = next(one for one in contracts if one["id"] == "corridor")["layers"]
    return {
        name.strip(" ()"): height
        for height, layer in enumerate(reversed(corridor))
        for name in layer.split("|")
    }


def names_in(source):
    """Everything that the source of a file imports anywhere, with the module it comes from."""
    names = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names += [f"{node.module}.{alias.name}" for alias in node.names]
    return names


def imported(source):
    """Packages of capsim that the source of a file imports anywhere."""
    parts = [name.split(".") for name in names_in(source)]
    return {part[1] for part in parts if part[0] == "capsim" and len(part) > 1}


def module_of(file):
    """Name of the module in a file of the package."""
    parts = file.with_suffix("").parts
    return ".".join(("capsim", *parts[: -1 if parts[-1] == "__init__" else None]))


def arrows(sources):
    """Which modules each module imports; a name that is no module counts for where it stands."""
    return {
        module: {
            name if name in sources else name.rpartition(".")[0] for name in names_in(source)
        }.intersection(sources.keys() - {module})
        for module, source in sources.items()
    }


def runs_up(file, height, source):
    """What a file imports that does not stand below its own package."""
    own = file.parts[0]
    return sorted(
        (file.as_posix(), name)
        for name in imported(source)
        if name in height and name != own and height[name] >= height[own]
    )


def test_no_import_runs_up_the_corridor():
    """Also none inside a function, and none for type checkers, but for the one that is promised."""
    height = layers()
    files = {path.relative_to(PACKAGE): path for path in sorted(PACKAGE.rglob("*.py"))}
    inside = [file for file in files if file.parts[0] in height]
    found = {
        arrow
        for file in inside
        for arrow in runs_up(file, height, files[file].read_text(encoding="utf-8"))
    }
    assert {file.parts[0] for file in inside} == set(height)
    assert found == ALLOWED


def test_an_import_for_type_checkers_is_an_import():
    """The check sees what stands in a block, in a function, and behind another name."""
    source = (
        "if TYPE_CHECKING:\n    from capsim.runs.run import Run\n"
        "def f():\n    import capsim.plots.style as style\n    from capsim import execution\n"
    )
    found = runs_up(Path("log/log.py"), layers(), source)
    assert [name for _, name in found] == ["execution", "plots", "runs"]
    assert runs_up(Path("cli/app.py"), layers(), source) == []
    beside = "from capsim.estimates import summary_of\n"
    assert [name for _, name in runs_up(Path("measures/steps.py"), layers(), beside)] == [
        "estimates"
    ]


def test_every_circle_of_modules_goes_through_describe():
    """Without the arrows from the scenario to its theory no module imports itself by others."""
    sources = {
        module_of(path.relative_to(PACKAGE)): path.read_text(encoding="utf-8")
        for path in PACKAGE.rglob("*.py")
    }
    found = arrows(sources)
    with pytest.raises(graphlib.CycleError):
        graphlib.TopologicalSorter(found).prepare()
    theory = {module for module in sources if module.startswith("capsim.theory")}
    assert found["capsim.scenario.model"] & theory
    found["capsim.scenario.model"] -= theory
    graphlib.TopologicalSorter(found).prepare()
