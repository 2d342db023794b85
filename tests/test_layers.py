"""Looking at a run loads no TensorFlow."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import replay

PACKAGE = Path(replay.__file__).parent
ROOT = PACKAGE.parent


def name_of(file: Path) -> str:
    """The module in `file`, without the package's name: "" for the package itself."""
    parts = file.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


FILES = {
    name_of(file): file
    for file in sorted(PACKAGE.rglob("*.py"))
    if file.relative_to(PACKAGE).parts[0] != "scenarios"  # data of an installed package
}


def is_type_checking(node: ast.stmt) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING")


def statements(body: list[ast.stmt], within_functions: bool) -> Iterator[ast.stmt]:
    """Every statement that runs when the module is loaded; with `within_functions`, later ones too."""
    for node in body:
        if is_type_checking(node):
            continue
        yield node
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not within_functions:
            continue
        for _, value in ast.iter_fields(node):
            if isinstance(value, list):
                yield from statements(
                    [child for child in value if isinstance(child, ast.stmt)], within_functions
                )
                for child in value:  # handlers and cases hold statements without being any
                    if isinstance(child, ast.ExceptHandler | ast.match_case):
                        yield from statements(child.body, within_functions)


def imports(source: str, within_functions: bool = False) -> set[str]:
    """The dotted names that a module imports: "numpy", "replay.errors", "replay.views.curves", …"""
    found: set[str] = set()
    for node in statements(ast.parse(source).body, within_functions):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are written in full"
            if node.module == "replay" or (node.module or "").startswith("replay."):
                found.update(resolved(f"{node.module}.{alias.name}") for alias in node.names)
            else:
                found.add(node.module or "")
    return found


def resolved(name: str) -> str:
    """The module that `from … import …` loads: "replay.errors" for "replay.errors.DataError"."""
    return name if name.removeprefix("replay.") in FILES else name.rpartition(".")[0]


def of_the_package(names: set[str]) -> set[str]:
    return {
        name.removeprefix("replay").removeprefix(".") for name in names if name.partition(".")[0] == "replay"
    }


def of_others(names: set[str]) -> set[str]:
    tops = {name.partition(".")[0] for name in names}
    return tops - set(sys.stdlib_module_names) - {"replay"}


# The reading of imports, which the rules below rest on


def test_imports_are_read_where_they_run_when_the_module_is_loaded() -> None:
    source = """
from __future__ import annotations
import os.path, numpy as np
from replay import activations, Scenario
from replay.errors import DataError
from replay.views.curves import Curve
if TYPE_CHECKING:
    import matplotlib
try:
    import h5py
except ImportError:
    import keras
class A:
    import scipy
def f():
    import tensorflow
"""
    at_load = imports(source)
    assert of_others(at_load) == {"numpy", "h5py", "keras", "scipy"}
    assert of_the_package(at_load) == {"activations", "", "errors", "views.curves"}
    assert of_others(imports(source, within_functions=True)) - of_others(at_load) == {"tensorflow"}


# What is loaded in the end

WATCHED = ("tensorflow", "keras", "matplotlib")
REPORT = f"""
import json, sys
print(json.dumps([name for name in {WATCHED} if name in sys.modules]), file=sys.stderr)
"""


def loaded_by(code: str, *arguments: Any) -> tuple[list[str], str]:
    """Which of the watched packages a fresh interpreter has loaded after `code`, and what it printed."""
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    done = subprocess.run(
        [sys.executable, "-c", code + REPORT, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
        env={**os.environ, "PYTHONPATH": path},
    )
    return json.loads(done.stderr.splitlines()[-1]), done.stdout


COMMAND = """
import sys
from replay.cli import app

app(sys.argv[1:], standalone_mode=False)
"""


def test_importing_the_package_loads_nothing_heavy() -> None:
    assert loaded_by("import replay")[0] == []


def test_what_replays_a_run_is_imported_without_anything_heavy() -> None:
    names = "Replay, Recording, RunWriter, RunDescription, Scenario, datasets, dense, Milestone, ReplayError"
    assert loaded_by(f"from replay import {names}")[0] == []


def test_the_watch_sees_what_is_loaded() -> None:
    assert loaded_by("import matplotlib")[0] == ["matplotlib"]


@pytest.mark.parametrize("arguments", [["--help"], ["run", "--help"], ["render", "--help"], ["scenarios"]])
def test_help_and_the_list_of_scenarios_load_nothing_heavy(arguments: list[str]) -> None:
    loaded, printed = loaded_by(COMMAND, *arguments)
    assert loaded == []
    assert "parabola" in printed or "Usage" in printed


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_info_loads_nothing_heavy(make_run: Any, options: list[str]) -> None:
    loaded, printed = loaded_by(COMMAND, "info", make_run(scenario="parabola"), *options)
    assert loaded == []
    assert "parabola" in printed


def test_rendering_a_dense_run_never_loads_keras(make_run: Any, tmp_path: Path) -> None:
    picture = tmp_path / "picture.png"
    loaded, _ = loaded_by(COMMAND, "render", make_run(), "-o", picture)
    assert loaded == ["matplotlib"]
    assert picture.read_bytes().startswith(b"\x89PNG")
