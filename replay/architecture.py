"""A recorded architecture, Keras's JSON of a model: what in it may carry code, and so is not rebuilt.

Keras rebuilds whatever the JSON names: functions, layers with code within (`Lambda`) and objects that the
program has registered. Here is what is rebuilt for anybody's file; the rest needs the user's trust.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from replay import json_text

# Where Keras keeps what does nothing but compute.
MODULES = {
    *("keras", "keras.layers", "keras.models", "keras.initializers", "keras.regularizers"),
    *("keras.constraints", "keras.activations", "keras.src.models.functional", "keras.src.models.sequential"),
}
# Layers that run code from the file, or read other files.
WITH_CODE = {
    *("Lambda", "TFSMLayer", "TorchModuleWrapper", "JaxLayer", "FlaxLayer"),
    *("StringLookup", "IntegerLookup", "TextVectorization"),
}
WITHIN_KERAS = {"Functional", "Sequential", "Model", "DTypePolicy"}  # directly in `keras`
# How layers hang together, and plain numbers.
STRUCTURE = {"__keras_tensor__", "__tuple__", "__numpy__", "__tensor__", "__slice__", "__ellipsis__"}
# What operators and functions of keras.ops become; but for those that take functions, they only compute.
OPERATIONS = {f"keras.src.ops.{name}" for name in ("numpy", "nn", "math", "linalg")}
WITH_FUNCTIONS = {"Map", "Vectorize", "ApplyAlongAxis", "Piecewise", "FromFunction"}


def read(architecture: str) -> Any:
    """The architecture without how it was trained, which a replay does not need.

    Raises ValueError where it is no JSON that a program can bear.
    """
    data = json_text.loads(architecture)
    for part in _objects(data):
        part.pop("compile_config", None)
    return data


def objection(architecture: str) -> str | None:
    """What speaks against rebuilding the architecture without trust; None where nothing does."""
    for part in _objects(read(architecture)):
        found = _objection_to(part)
        if found is not None:
            return found
    return None


def _objects(data: Any) -> Iterator[dict[str, Any]]:
    """Every object in the JSON."""
    waiting = [data]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            yield value
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value


def _objection_to(part: Mapping[str, Any]) -> str | None:
    name, module = part.get("class_name"), part.get("module")
    if name is None and module is None:
        return None
    if not isinstance(name, str) or not isinstance(module, str | None):
        return "names what is no class"
    if name in WITH_CODE:
        return f"holds the layer {name}, which may carry code or read files"
    if name in STRUCTURE:
        return None
    if name.startswith("__"):
        return f"holds the object {name}, which may carry code"
    if module in OPERATIONS and name not in WITH_FUNCTIONS:
        return None
    if module is not None and module not in MODULES:
        return f"holds {name!r} of the module {module!r}, which is not Keras's own"
    if module == "keras" and name not in WITHIN_KERAS:
        return f"holds {name!r}, which is no layer"
    if (part.get("registered_name") or name) not in (name, f"keras>{name}") or ">" in name:
        return f"holds the custom object {part.get('registered_name') or name!r}"
    return None
