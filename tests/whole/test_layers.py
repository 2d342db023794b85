"""Imports run down one line of folders, without a circle, and looking at a run loads no TensorFlow."""

from __future__ import annotations

import ast
import graphlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Collection, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import replay

PACKAGE = Path(replay.__file__).parent
ROOT = PACKAGE.parent

# The line that imports run down: a folder or file of the package imports itself and those before it.
LINE = (
    *("errors", "choices", "types", "files", "evenly", "language", "network", "storage", "film", "runs"),
    *(
        "views",
        "drawing",
        "scenario",
        "player",
        "replay",
        "recorders",
        "torch",
        "lightning",
        "jax",
        "predictions",
        "sklearn",
        "training",
        "deepreplay",
    ),
    *("sweeps", "cli"),
)
FROM_BESIDE = r"""^(?:import|export)[^;]*?from ["'](\.[^"']+)["']"""  # what JavaScript imports
# They import what they offer, and nobody imports them.
ENTRANCES = (
    *("", "__main__", "deepreplay", "scenario.datasets"),
    *("jax", "lightning", "predictions", "sklearn", "torch"),
)
# Packages of others that are imported in these places alone, also within functions.
ALONE = {
    "h5py": ("storage",),
    "imageio_ffmpeg": ("film.encoder.ffmpeg",),
    "contourpy": ("views.shared.boundary", "views.shared.contours"),
    "sklearn": ("views.shared.projection", "scenario.datasets", "sklearn"),
    "typer": ("cli",),
    "keras": ("network.in_keras", "scenario.datasets", "training", "sweeps"),
    "tensorflow": ("network.in_keras.backends.on_tensorflow", "training"),
    "jax": ("network.in_keras.backends.on_jax", "network.in_jax", "jax"),
    "flax": ("network.in_jax.nnx_modules",),
    "torch": ("network.in_keras.backends.on_torch", "network.in_torch", "torch", "lightning"),
    "lightning": ("lightning",),
    # A command that finds a broken list of settings loads it where that list is not.
    "matplotlib": ("drawing", "film", "sweeps.figures", "sweeps.pictures", "cli.environment"),
    "distributed": ("sweeps.workers",),
    "joblib": ("sweeps.workers",),
    "IPython": (),  # a notebook has loaded it already
}
# Those that are not imported when the package or a module outside of these places is.
HEAVY = {
    "tensorflow": ("network.in_keras", "training", "sweeps.trainer"),
    "keras": ("network.in_keras", "training", "sweeps.trainer"),
    "matplotlib": ("drawing", "film", "sweeps.figures", "sweeps.pictures"),
    "torch": ("network.in_torch", "network.in_keras.backends.on_torch", "torch", "lightning"),
    "jax": ("network.in_keras.backends.on_jax", "network.in_jax", "jax"),
    "flax": ("network.in_jax.nnx_modules",),
}


def name_of(file: Path) -> str:
    """The module in `file`, without the package's name: "" for the package itself."""
    parts = file.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


FILES = {
    name_of(file): file
    for file in sorted(PACKAGE.rglob("*.py"))
    if "built_in_files" not in file.parts  # scenarios, in an installed package
}


def is_type_checking(node: ast.stmt) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING")


def statements(body: list[ast.stmt], later: bool) -> Iterator[ast.stmt]:
    """Every statement that runs when the module is loaded; `later`, those within functions too."""
    for node in body:
        if is_type_checking(node):
            continue
        yield node
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not later:
            continue
        for _, value in ast.iter_fields(node):
            if isinstance(value, list):
                yield from statements([child for child in value if isinstance(child, ast.stmt)], later)
                for child in value:  # handlers and cases hold statements without being any
                    if isinstance(child, ast.ExceptHandler | ast.match_case):
                        yield from statements(child.body, later)


@cache
def imports(source: str, later: bool = False, types: bool = False) -> frozenset[str]:
    """The dotted names that a module imports: "numpy", "replay.errors", "replay.views.curves", …

    When it is loaded and, if asked, `later`, within functions; with `types`, also those for types alone.
    """
    tree = ast.parse(source)
    found: set[str] = set()
    for node in ast.walk(tree) if types else statements(tree.body, later):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are written in full"
            if node.module == "replay" or (node.module or "").startswith("replay."):
                found.update(resolved(f"{node.module}.{alias.name}") for alias in node.names)
            else:
                found.add(node.module or "")
    return frozenset(found)


def resolved(name: str) -> str:
    """The module that `from … import …` loads: "replay.errors" for "replay.errors.DataError"."""
    return name if name.removeprefix("replay.") in FILES else name.rpartition(".")[0]


def of_the_package(names: Collection[str]) -> set[str]:
    return {
        name.removeprefix("replay").removeprefix(".") for name in names if name.partition(".")[0] == "replay"
    }


def of_others(names: Collection[str]) -> set[str]:
    tops = {name.partition(".")[0] for name in names}
    return tops - set(sys.stdlib_module_names) - {"replay"}


# The reading of imports, which the rules below rest on


def test_imports_are_read_where_they_run_when_the_module_is_loaded() -> None:
    source = """
from __future__ import annotations
import os.path, numpy as np
from replay.network import activations
from replay import Scenario
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
    assert of_the_package(at_load) == {"network.activations", "", "errors", "views.curves"}
    assert of_others(imports(source, later=True)) - of_others(at_load) == {"tensorflow"}


# The rules


def place(module: str) -> int:
    """Where a module stands on the line."""
    return LINE.index(module.partition(".")[0])


def lies_in(module: str, places: Collection[str]) -> bool:
    return any(module == one or module.startswith(f"{one}.") for one in places)


EDGES = {
    module: of_the_package(imports(file.read_text(), types=True)) - {""} for module, file in FILES.items()
}


def test_every_folder_and_file_of_the_package_has_its_place_on_the_line() -> None:
    tops = {module.partition(".")[0] for module in FILES if module not in ENTRANCES}
    assert tops == set(LINE)


@pytest.mark.parametrize("module", [module for module in FILES if module not in ENTRANCES])
def test_imports_run_down_the_line(module: str) -> None:
    up = {imported for imported in EDGES[module] if place(imported) > place(module)}
    assert up == set()


def test_no_imports_go_in_a_circle() -> None:
    graph = {module: edges - {module} for module, edges in EDGES.items() if module not in ENTRANCES}
    graphlib.TopologicalSorter(graph).prepare()  # raises CycleError, with the circle


def test_the_sources_of_the_page_import_each_other_without_a_circle() -> None:
    sources = ROOT / "player" / "src"
    graph = {
        file: {
            (file.parent / found).resolve()
            for found in re.findall(
                r"""^(?:import|export)[^;]*?from ["'](\.[^"']+)["']""", file.read_text(), re.M
            )
        }
        for file in sources.rglob("*.js")
    }
    assert sum(map(len, graph.values())) > 80
    graphlib.TopologicalSorter(graph).prepare()


@pytest.mark.parametrize("package", ALONE)
def test_a_package_of_others_is_imported_in_its_places_alone(package: str) -> None:
    users = {
        module
        for module, file in FILES.items()
        if package in of_others(imports(file.read_text(), later=True))
    }
    assert {module for module in users if not lies_in(module, ALONE[package])} == set()
    assert {one for one in ALONE[package] if not any(lies_in(module, [one]) for module in users)} == set()


@pytest.mark.parametrize("package", HEAVY)
def test_what_is_heavy_is_not_loaded_where_it_is_not_needed(package: str) -> None:
    for module, file in FILES.items():
        if package in of_others(imports(file.read_text())):
            assert lies_in(module, HEAVY[package]), module


def test_panels_and_their_artists_know_no_network_no_file_and_no_encoder() -> None:
    for module in FILES:
        if lies_in(module, ("drawing.panels", "drawing.artists")):
            tops = {imported.partition(".")[0] for imported in EDGES[module]}
            known = {"types", "choices", "errors", "evenly", "language", "runs", "views", "drawing"}
            assert tops <= known, module


def test_encoders_know_arrays_and_no_figures() -> None:
    for module, file in FILES.items():
        if lies_in(module, ("film.encoder",)):
            assert not of_others(imports(file.read_text(), later=True)) & {"matplotlib"}
            assert {
                one for one in EDGES[module] if not lies_in(one, ("film.encoder", "errors", "files", "types"))
            } == set()


def test_the_docs_tell_this_line_and_files_that_there_are() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text()
    assert f"\n    {' '.join(LINE)}\n" in text
    for file in re.findall(r"`([a-z_/]+\.(?:py|js|html))`", text):
        places = [PACKAGE / file, ROOT / file, *PACKAGE.rglob(file)]
        assert any(place.is_file() for place in places), file
    for folder in re.findall(r"`([a-z_/]+)/`", text):
        assert (ROOT / folder).is_dir() or any(PACKAGE.rglob(folder)), folder


def test_a_folder_is_captioned_and_holds_no_code() -> None:
    for init in set(PACKAGE.rglob("*/__init__.py")) - {FILES[entrance] for entrance in ENTRANCES}:
        (caption,) = ast.parse(init.read_text()).body
        assert isinstance(caption, ast.Expr) and isinstance(caption.value, ast.Constant), init
        assert init.read_text().count("\n") == 1, init
        assert init.read_text().rstrip().endswith('."""'), init


# What is loaded in the end

WATCHED = ("tensorflow", "keras", "matplotlib", "jax", "flax")
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
from replay.cli.app import app

app(sys.argv[1:], standalone_mode=False)
"""


def test_importing_the_package_loads_nothing_heavy() -> None:
    assert loaded_by("import replay")[0] == []


def test_what_replays_a_run_is_imported_without_anything_heavy() -> None:
    names = "Replay, Recording, RunWriter, RunDescription, Scenario, datasets, dense, Milestone, ReplayError"
    assert loaded_by(f"from replay import {names}")[0] == []


def test_deepreplays_names_load_nothing_heavy_before_something_is_recorded_or_drawn() -> None:
    names = "Replay, compose_plots, compose_animations"
    data = "from replay.deepreplay.datasets.parabola import load_data"
    assert loaded_by(f"{data}\nfrom replay.deepreplay import {names}")[0] == []


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


@pytest.mark.slow
def test_rendering_a_dense_run_never_loads_keras(make_run: Any, tmp_path: Path) -> None:
    picture = tmp_path / "picture.png"
    loaded, _ = loaded_by(COMMAND, "render", make_run(), "-o", picture)
    assert loaded == ["matplotlib"]
    assert picture.read_bytes().startswith(b"\x89PNG")
