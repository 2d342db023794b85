"""JSON that a stranger may have written: parsed within limits, and each field checked where it is read."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

DEEPEST = 40
MAX_BYTES = 16_000_000
MAX_VALUES = 1_000_000
LARGEST = 2**63
MAX_AXES = 16
LARGEST_AXIS = 2**40
MAX_TEXT = 10_000
_MISSING: Any = object()


def loads(text: str) -> Any:
    """What the text says, where it is no deeper, longer or larger than programs can bear; else ValueError."""
    if len(text) > MAX_BYTES:
        raise ValueError(f"its JSON is longer than {MAX_BYTES} characters")
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
        if seen > MAX_VALUES:
            raise ValueError(f"its JSON holds more than {MAX_VALUES} values")
        if isinstance(value, dict):
            waiting += [(part, depth + 1) for pair in value.items() for part in pair]
        elif isinstance(value, list):
            waiting += [(part, depth + 1) for part in value]
        elif isinstance(value, str):
            value.encode()  # half a surrogate pair is no text: UnicodeEncodeError is a ValueError
        elif isinstance(value, int) and abs(value) > LARGEST:
            raise ValueError("its JSON holds a whole number beyond 64 bits")


class Fields:
    """An object of JSON at `place`, which errors name; a field that is not as it must be is a ValueError."""

    def __init__(self, data: Any, place: str = "description") -> None:
        if not isinstance(data, Mapping):
            raise ValueError(f"{place} must be an object, not {_told(data)}")
        self._data, self._place = data, place

    def _get(self, name: str, default: Any) -> Any:
        value = self._data.get(name, default)
        if value is _MISSING:
            raise ValueError(f"{self._place}.{name} is missing")
        return default if value is None and default is not _MISSING else value

    def _refuse(self, name: str, value: Any, must: str) -> ValueError:
        return ValueError(f"{self._place}.{name} must be {must}, not {_told(value)}")

    def text(self, name: str, default: Any = _MISSING, longest: int = MAX_TEXT) -> Any:
        """A text; `default` where it is missing or null."""
        value = self._get(name, default)
        if value is default and default is not _MISSING:
            return value
        if not isinstance(value, str) or len(value) > longest:
            raise self._refuse(name, value, f"a text of at most {longest} characters")
        return value

    def key(self, name: str) -> str:
        """A text that names a place in the file: one step of a path."""
        value: str = self.text(name)
        if value in ("", ".", "..") or "/" in value or "\0" in value:
            raise self._refuse(name, value, "a name without '/'")
        return value

    def whole(self, name: str, default: Any = _MISSING, least: int = 0, most: int = LARGEST_AXIS) -> Any:
        """A whole number; `default` where it is missing or null."""
        value = self._get(name, default)
        if value is default and default is not _MISSING:
            return value
        if not is_whole(value) or not least <= value <= most:
            raise self._refuse(name, value, f"a whole number from {least} to {most}")
        return value

    def number(self, name: str, default: Any = _MISSING) -> Any:
        """A finite number; `default` where it is missing or null."""
        value = self._get(name, default)
        if value is not default and not is_number(value):
            raise self._refuse(name, value, "a finite number")
        return value

    def flag(self, name: str, default: Any = _MISSING) -> bool:
        """True or false."""
        value = self._get(name, default)
        if not isinstance(value, bool):
            raise self._refuse(name, value, "true or false")
        return value

    def shape(self, name: str, default: Any = _MISSING, open_axes: bool = False) -> Any:
        """Sizes of axes; with `open_axes`, some of them may be null."""
        value = self._get(name, default)
        if value is default and default is not _MISSING:
            return value
        if not isinstance(value, list | tuple) or len(value) > MAX_AXES:
            raise self._refuse(name, value, f"a list of at most {MAX_AXES} sizes")
        for size in value:
            if (size is None and open_axes) or (is_whole(size) and 0 <= size <= LARGEST_AXIS):
                continue
            raise self._refuse(name, value, "a list of sizes")
        return tuple(value)

    def object(self, name: str, default: Any = _MISSING) -> Any:
        """An object within, as it is; `default` where it is missing or null."""
        value = self._get(name, default)
        if value is not default and not isinstance(value, Mapping):
            raise self._refuse(name, value, "an object")
        return value

    def within(self, name: str) -> Fields:
        """An object within, to be checked in turn; without fields where it is missing or null."""
        return Fields(self.object(name, {}), f"{self._place}.{name}")

    def each(self, name: str, default: Any = _MISSING) -> list[Fields]:
        """The objects of a list."""
        value = self._get(name, default)
        if not isinstance(value, list | tuple):
            raise self._refuse(name, value, "a list")
        return [Fields(one, f"{self._place}.{name}[{number}]") for number, one in enumerate(value)]

    def __contains__(self, name: str) -> bool:
        return self._data.get(name) is not None

    def __getitem__(self, name: str) -> Any:
        return self._data.get(name)

    def refusal(self, name: str, must: str) -> ValueError:
        """What to raise where a field is not as it must be."""
        return self._refuse(name, self._data.get(name), must)


def is_whole(value: Any) -> bool:
    """Whether a value is a whole number, and neither true nor false."""
    return isinstance(value, int) and not isinstance(value, bool)


def is_number(value: Any) -> bool:
    """Whether a value is a finite number."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _told(value: Any) -> str:
    if isinstance(value, Mapping):
        return "an object"
    if isinstance(value, list | tuple):
        return f"a list of {len(value)}" if len(value) > 4 or _is_nested(value) else repr(list(value))
    shown = repr(value)
    return shown if len(shown) <= 60 else f"{shown[:57]}…"


def _is_nested(values: Any) -> bool:
    return any(isinstance(value, list | tuple | Mapping | str) for value in values)
