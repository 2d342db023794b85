"""Data flows one way: a module imports only what its layer may, and looking at a run loads no TensorFlow."""

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

LAYERS: dict[str, set[str]] = {
    "plain": {
        "errors",
        "activations",
        "grid",
        "description",
        "names",
        "quiet",
        "sizes",
        "activation_facts",
        "run_files",
        "fitting",
        "notebook",
        "interruption",
        "fields",
        "json_text",
        "architecture",
        "terminal",
    },
    "data": {
        *("scenario", "scenario_files", "datasets", "losses", "task", "recording"),
        *("storage", "storage.layout", "storage.reader", "storage.samples", "storage.writer"),
        *("storage.claim", "storage.interrupted", "storage.room", "storage.training_state"),
        *("storage.guard", "storage.inflate", "storage.global_heap"),
        *("storage.carrying_over", "storage.in_the_way", "storage.laying_out", "storage.partial"),
        "storage.timeless",
        *("storage.deepreplay", "axes", "scenario_data"),
        *("sweep_run", "sweep_store", "sweep_table", "verdict"),
        *("data_files", "sampling", "run_size", "run_table"),
    },
    "network": {
        *("forward", "evaluation", "milestones", "loss_curve", "unit_states", "motion", "timeline"),
        *("views", "views.curves", "views.decision_boundary", "views.feature_space", "views.histogram"),
        *("views.loss_histogram", "views.probability_histogram", "views.regions"),
        *("chain_shapes", "backward", "clipping", "first_product", "snapshot_axes", "layer_values"),
        *("views.confusion_matrix", "views.gradient_flow", "views.images", "views.kernels"),
        *("views.layer_curves", "views.layer_distributions", "views.most_wrong", "views.normalisation"),
        *("views.projection", "views.unit_health"),
    },
    "player": {
        *("player", "player.answers", "player.arrays_data", "player.histograms", "player.html"),
        *("player.network_data", "player.packing", "player.page_options", "player.payload"),
        *("player.run_data", "player.sample_sets", "player.script_json", "player.spaces", "player.thinning"),
    },
    "keras": {
        *(
            "keras_description",
            "keras_network",
            "rebuilt_model",
            "graph_values",
            "recorder",
            "resuming",
            "training",
            "experiment",
            "sweep_training",
        ),
    },
    "encoder": {"encode", "ffmpeg", "formats", "gif"},
    "drawing": {
        *("style", "composition", "drawing", "parallel", "page", "dashboard", "gallery", "sheet", "budget"),
        *("activation_figure", "compare", "sweep_figures"),
        *("panels", "panels.bars", "panels.decision_boundary", "panels.feature_space", "panels.header"),
        *("panels.loss_and_metric", "panels.loss_histogram", "panels.panel", "panels.plane"),
        *("panels.probability_histogram", "panels.density", "panels.pixel_image", "panels.shading"),
        *("panels.run_curves", "panels.ticks", "panels.words"),
        *("panels.confusion_matrix", "panels.kernels", "panels.layer_curves", "panels.layer_distributions"),
        *("panels.layers", "panels.many_words", "panels.mosaic", "panels.most_wrong"),
    },
    "façade": {
        "",
        "cli",
        "options",
        "training_options",
        "run_arrays",
        "replay",
        "info",
        "rendering",
        "sweep",
        "sweep_work",
        "interactive_page",
        "live",
        "watch",
    },
}
LAYER_OF = {module: layer for layer, modules in LAYERS.items() for module in modules}
# What a layer may import when it is loaded: of the package, by layer, …
BELOW: dict[str, set[str]] = {
    "plain": {"plain"},
    "data": {"plain", "data"},
    "network": {"plain", "data", "network"},
    "player": {"plain", "data", "network", "player"},
    "keras": {"plain", "data", "network", "keras"},
    "encoder": {"plain", "encoder"},
    "drawing": {"plain", "data", "network", "drawing"},
    "façade": {"plain", "data", "network", "player", "façade"},
}
# … and of others.
THIRD_PARTY: dict[str, set[str]] = {
    "plain": {"numpy"},
    "data": {"numpy"},
    "network": {"numpy", "contourpy"},
    "player": {"numpy"},
    "keras": {"numpy", "keras", "tensorflow"},
    "encoder": {"numpy"},
    "drawing": {"numpy", "matplotlib"},
    "façade": {"numpy"},
}
FURTHER: dict[str, set[str]] = {
    "storage.carrying_over": {"h5py"},
    "storage.deepreplay": {"h5py"},
    "storage.guard": {"h5py"},
    "storage.inflate": {"h5py"},
    "storage.laying_out": {"h5py"},
    "storage.reader": {"h5py"},
    "storage.timeless": {"h5py"},
    "storage.writer": {"h5py"},
    "cli": {"typer"},
    "options": {"typer"},
    "training_options": {"typer"},
}
FURTHER_OF_THE_PACKAGE: dict[str, set[str]] = {
    "composition": {"encode", "formats"},
    "budget": {"encode", "formats"},
    "rendering": {"formats"},
    "interactive_page": {"formats"},
}
# What one module alone may import, also within functions.
ALONE = {
    "h5py": {
        *("storage.deepreplay", "storage.guard", "storage.inflate", "storage.reader", "storage.writer"),
        *("storage.carrying_over", "storage.laying_out", "storage.timeless"),
    },
    "imageio_ffmpeg": {"ffmpeg"},
    "typer": {"cli", "options", "training_options"},
    "contourpy": {"views.regions"},
}


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


# The rules


def test_every_module_has_its_layer_and_every_layer_its_modules() -> None:
    assert sum(map(len, LAYERS.values())) == len(LAYER_OF)  # no module in two layers
    assert FILES.keys() == LAYER_OF.keys()


@pytest.mark.parametrize("module", FILES)
def test_a_module_imports_only_layers_below_it(module: str) -> None:
    layer = LAYER_OF[module]
    allowed = set().union(*(LAYERS[below] for below in BELOW[layer])) | FURTHER_OF_THE_PACKAGE.get(
        module, set()
    )
    assert of_the_package(imports(FILES[module].read_text())) <= allowed - {""}


@pytest.mark.parametrize("module", FILES)
def test_a_module_imports_only_the_packages_of_its_layer(module: str) -> None:
    allowed = THIRD_PARTY[LAYER_OF[module]] | FURTHER.get(module, set())
    assert of_others(imports(FILES[module].read_text())) <= allowed


@pytest.mark.parametrize("package", ALONE)
def test_one_module_alone_touches(package: str) -> None:
    users = {
        module
        for module, file in FILES.items()
        if package in of_others(imports(file.read_text(), within_functions=True))
    }
    assert users == ALONE[package]


@pytest.mark.parametrize("layer", ["plain", "data", "network", "player", "encoder", "keras"])
def test_nothing_below_the_drawing_touches_matplotlib_even_later(layer: str) -> None:
    for module in LAYERS[layer]:
        names = imports(FILES[module].read_text(), within_functions=True)
        assert "matplotlib" not in of_others(names), module
        assert not of_the_package(names) & LAYERS["drawing"], module


def test_drawing_never_touches_keras_or_hdf5_even_later() -> None:
    for module in LAYERS["drawing"] | LAYERS["encoder"]:
        names = imports(FILES[module].read_text(), within_functions=True)
        assert not of_others(names) & {"keras", "tensorflow", "h5py"}, module
        assert not of_the_package(names) & (LAYERS["keras"] | {"storage"}), module


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
