"""JSON that is safe inside an HTML script element."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np

# Characters that could end the element or start another.
ESCAPED = str.maketrans({"<": r"\u003c", ">": r"\u003e", "&": r"\u0026"})


def script_json(data: Any) -> str:
    """JSON in ASCII, without characters that HTML reads as markup. Non-finite numbers become null."""
    text = json.dumps(_plain(data), allow_nan=False, ensure_ascii=True, separators=(",", ":"))
    return text.translate(ESCAPED)


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
