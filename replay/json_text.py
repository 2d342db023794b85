"""JSON that a stranger may have written, read within limits."""

from __future__ import annotations

import json
from typing import Any

DEEPEST = 40
MOST_BYTES = 16_000_000
MOST_VALUES = 1_000_000
LARGEST = 2**63


def loads(text: str) -> Any:
    """What the text says, where it is no deeper, longer or larger than programs can bear; else ValueError."""
    if len(text) > MOST_BYTES:
        raise ValueError(f"its JSON is longer than {MOST_BYTES} characters")
    try:
        data = json.loads(text)
    except RecursionError as error:
        raise ValueError(f"its JSON is nested more than {DEEPEST} levels deep") from error
    _check(data)
    return data


def _check(data: Any) -> None:
    waiting = [(data, 0)]
    seen = 0
    while waiting:
        value, depth = waiting.pop()
        seen += 1
        if depth > DEEPEST:
            raise ValueError(f"its JSON is nested more than {DEEPEST} levels deep")
        if seen > MOST_VALUES:
            raise ValueError(f"its JSON holds more than {MOST_VALUES} values")
        if isinstance(value, dict):
            waiting += [(part, depth + 1) for pair in value.items() for part in pair]
        elif isinstance(value, list):
            waiting += [(part, depth + 1) for part in value]
        elif isinstance(value, str):
            value.encode()  # half a surrogate pair is no text: UnicodeEncodeError is a ValueError
        elif isinstance(value, int) and abs(value) > LARGEST:
            raise ValueError("its JSON holds a whole number beyond 64 bits")
