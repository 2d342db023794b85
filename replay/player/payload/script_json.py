"""Data as JSON that may stand within a script element of a page."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np

# What could end the element, or begin another.
ESCAPED = str.maketrans({"<": r"\u003c", ">": r"\u003e", "&": r"\u0026"})


def script_json(data: Any) -> str:
    """JSON in ASCII, without what HTML would read as markup. Numbers that are not finite are null."""
    text = json.dumps(_plain(data), allow_nan=False, ensure_ascii=True, separators=(",", ":"))
    return text.translate(ESCAPED)


def _plain(value: Any) -> Any:
    """The value without arrays, NumPy's numbers and what JSON has no words for."""
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
    """Numbers with so many significant digits; 9 are all that float32 has."""
    return [float(f"{value:.{digits}g}") for value in np.asarray(values).tolist()]
