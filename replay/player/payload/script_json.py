"""PageData as the text of a script element: two words of base64, the JSON and the arrays."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np

from replay.player.payload.packing import gzipped


def script_text(data: dict[str, Any]) -> str:
    """PageData for the page's script. Nothing in it can be read as markup.

    All but `packed` is gzipped JSON. `packed`, which is gzipped as well, follows behind a space.
    """
    rest = {name: value for name, value in data.items() if name != "packed"}
    return f"{gzipped(plain_json(rest).encode('ascii'))} {data['packed']}"


def plain_json(data: Any) -> str:
    """JSON in ASCII. Non-finite numbers become null."""
    return json.dumps(_plain(data), allow_nan=False, ensure_ascii=True, separators=(",", ":"))


def _plain(value: Any) -> Any:
    """Convert arrays and NumPy numbers to plain Python, and non-finite numbers to None."""
    match value:
        case dict():
            return {str(name): _plain(each) for name, each in value.items()}
        case list() | tuple():
            return [_plain(each) for each in value]
        case np.ndarray() | np.generic():
            return _plain(value.tolist())
        case float():
            return value if math.isfinite(value) else None
        case _:
            return value


def short(values: Any, digits: int = 9) -> list[float]:
    """Round numbers to `digits` significant digits; float32 has 9."""
    return [float(f"{value:.{digits}g}") for value in np.asarray(values).tolist()]
