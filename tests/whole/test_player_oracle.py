"""The numbers that the page's JavaScript is tested against are those that NumPy computes today."""

from __future__ import annotations

import base64
import gzip
import importlib.util
import json
from pathlib import Path
from typing import Any

import numpy as np

FOLDER = Path(__file__).resolve().parents[2] / "player" / "test"


def made_today() -> dict[str, Any]:
    spec = importlib.util.spec_from_file_location("make_oracle", FOLDER / "make_oracle.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return json.loads(json.dumps(module.oracle()))


def unpacked(oracle: dict[str, Any]) -> Any:
    """The content of an oracle with its arrays in the place of what refers to them."""
    content = gzip.decompress(base64.b64decode(oracle["packed"]))

    def resolved(value: Any) -> Any:
        if isinstance(value, list):
            return [resolved(entry) for entry in value]
        if not isinstance(value, dict):
            return value
        if "at" not in value:
            return {name: resolved(entry) for name, entry in value.items() if name != "packed"}
        shape, dtype = value["shape"], np.dtype(value["dtype"]).newbyteorder("<")
        return np.frombuffer(content, dtype, int(np.prod(shape)), value["at"]).reshape(shape)

    return resolved(oracle)


def assert_alike(kept: Any, made: Any, where: str) -> None:
    assert type(kept) is type(made), where
    if isinstance(made, np.ndarray):
        np.testing.assert_allclose(kept, made, rtol=1e-5, atol=1e-6, err_msg=where)
    elif isinstance(made, float):
        np.testing.assert_allclose(kept, made, rtol=1e-12, err_msg=where)
    elif isinstance(made, list):
        assert len(kept) == len(made), where
        for position, (a, b) in enumerate(zip(kept, made, strict=True)):
            assert_alike(a, b, f"{where}[{position}]")
    elif isinstance(made, dict):
        assert kept.keys() == made.keys(), where
        for name in made:
            assert_alike(kept[name], made[name], f"{where}.{name}")
    else:
        assert kept == made, where


def test_the_oracle_of_the_page_is_what_numpy_computes_today() -> None:
    """Where this fails after a change of the package, run player/test/make_oracle.py and the JS tests."""
    kept = json.loads((FOLDER / "oracle.json").read_text(encoding="utf-8"))
    assert_alike(unpacked(kept), unpacked(made_today()), "oracle")
