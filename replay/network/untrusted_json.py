"""Parse untrusted JSON: limits on depth, size and numbers, and type-checked access to fields."""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Mapping
from functools import partial
from typing import Any

DEEPEST = 40
MAX_BYTES = 16_000_000
MAX_VALUES = 1_000_000
LARGEST = 2**63
MAX_AXES = 16
LARGEST_AXIS = 2**40
MAX_TEXT = 10_000
DIGITS = 30  # a number of so many is beyond 64 bits
HALF_A_PAIR = re.compile("[\ud800-\udfff]")
_MISSING: Any = object()
_Path = tuple[str | int, ...]


def loads(text: str, place: str = "description") -> Any:
    """Parse the JSON at `place`, which errors name.

    Raises ValueError if it is malformed, too long, too deep or has too many values.
    """
    if len(text) > MAX_BYTES:
        raise ValueError(f"{place} is JSON of more than {MAX_BYTES} characters")
    try:
        data = json.loads(text, object_pairs_hook=partial(_object, place), parse_int=_whole)
    except RecursionError as error:
        raise ValueError(f"{place} is nested more than {DEEPEST} levels deep") from error
    except json.JSONDecodeError as error:
        raise ValueError(f"{place} is no JSON from character {error.pos + 1} on") from error
    _check(data, place)
    return data


def _object(place: str, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object; raises ValueError if it says a key twice, of which each reader would take another."""
    data = dict(pairs)
    if len(data) < len(pairs):
        (key, _), *_ = Counter(key for key, _ in pairs).most_common(1)
        raise ValueError(f"{place} has the key {_shown(key)} twice")
    return data


def _whole(digits: str) -> int:
    """A whole number; of one with very many digits the first, which is refused as well."""
    return int(digits[:DIGITS])


def _check(data: Any, place: str) -> None:
    waiting: list[tuple[Any, _Path]] = [(data, ())]
    seen = 0
    while waiting:
        value, path = waiting.pop()
        seen += 1
        if len(path) > DEEPEST:
            raise ValueError(f"{place} is nested more than {DEEPEST} levels deep")
        if seen > MAX_VALUES:
            raise ValueError(f"{place} holds more than {MAX_VALUES} values")
        if isinstance(value, dict):
            waiting += [(part, (*path, key)) for key, part in value.items()]
            waiting += [(key, (*path, key)) for key in value]
        elif isinstance(value, list):
            waiting += [(part, (*path, number)) for number, part in enumerate(value)]
        elif isinstance(value, str):
            if HALF_A_PAIR.search(value):
                raise ValueError(f"{_named(place, path)} holds half a surrogate pair, which is no character")
        elif isinstance(value, int) and abs(value) > LARGEST:
            raise ValueError(f"{_named(place, path)} is a whole number beyond 64 bits")


def _named(place: str, path: _Path) -> str:
    """The place of a value, such as "description.layers[0].name"."""
    steps = (f"[{step}]" if isinstance(step, int) else f".{_shown(step)[1:-1]}" for step in path)
    return place + "".join(steps)


class Fields:
    """A JSON object with checked fields; a wrong field raises ValueError, which names it below `place`."""

    def __init__(self, data: Any, place: str = "description") -> None:
        if not isinstance(data, Mapping):
            raise ValueError(f"{place} must be an object, not {_shown(data)}")
        self._data, self._place = data, place

    def _get(self, name: str, default: Any) -> Any:
        value = self._data.get(name, default)
        if value is _MISSING:
            raise ValueError(f"{self._place}.{name} is missing")
        return default if value is None and default is not _MISSING else value

    def _refuse(self, name: str, value: Any, must: str) -> ValueError:
        return ValueError(f"{self._place}.{name} must be {must}, not {_shown(value)}")

    def text(self, name: str, default: Any = _MISSING, longest: int = MAX_TEXT) -> Any:
        """A string; `default` if missing or null."""
        value = self._get(name, default)
        if value is default and default is not _MISSING:
            return value
        if not isinstance(value, str) or len(value) > longest:
            raise self._refuse(name, value, f"text of at most {longest} characters")
        return value

    def texts(self, name: str, most: int, longest: int) -> tuple[str, ...]:
        """A list of at most `most` strings; empty if missing or null."""
        value = self._get(name, ())
        listed = isinstance(value, list | tuple) and len(value) <= most
        if not listed or not all(isinstance(one, str) and len(one) <= longest for one in value):
            raise self._refuse(name, value, f"a list of at most {most} texts of at most {longest} characters")
        return tuple(value)

    def key(self, name: str) -> str:
        """A string that is one component of an HDF5 path."""
        value: str = self.text(name)
        if value in ("", ".", "..") or "/" in value or "\0" in value:
            raise self._refuse(name, value, "a name without '/'")
        return value

    def whole(self, name: str, default: Any = _MISSING, least: int = 0, most: int = LARGEST_AXIS) -> Any:
        """A whole number; `default` if missing or null."""
        value = self._get(name, default)
        if value is default and default is not _MISSING:
            return value
        if not is_whole(value) or not least <= value <= most:
            raise self._refuse(name, value, f"a whole number from {least} to {most}")
        return value

    def number(self, name: str, default: Any = _MISSING) -> Any:
        """A finite number; `default` if missing or null."""
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
        """An array shape; with `open_axes`, sizes may be null."""
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
        """A nested object, unchecked; `default` if missing or null."""
        value = self._get(name, default)
        if value is not default and not isinstance(value, Mapping):
            raise self._refuse(name, value, "an object")
        return value

    def within(self, name: str) -> Fields:
        """A nested object with checked fields; empty if missing or null."""
        return Fields(self.object(name, {}), f"{self._place}.{name}")

    def each(self, name: str, default: Any = _MISSING) -> list[Fields]:
        """The objects of a list, each with checked fields."""
        value = self._get(name, default)
        if not isinstance(value, list | tuple):
            raise self._refuse(name, value, "a list")
        return [Fields(one, f"{self._place}.{name}[{number}]") for number, one in enumerate(value)]

    def __contains__(self, name: str) -> bool:
        return self._data.get(name) is not None

    def __getitem__(self, name: str) -> Any:
        return self._data.get(name)

    def refusal(self, name: str, must: str) -> ValueError:
        """The ValueError to raise for a wrong field."""
        return self._refuse(name, self._data.get(name), must)


def is_whole(value: Any) -> bool:
    """Whether a value is an int, and not a bool."""
    return isinstance(value, int) and not isinstance(value, bool)


def is_number(value: Any) -> bool:
    """Whether a value is a finite number, and not a bool."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _shown(value: Any) -> str:
    if isinstance(value, Mapping):
        return "an object"
    if isinstance(value, list | tuple):
        return f"a list of {len(value)}" if len(value) > 4 or _is_nested(value) else repr(list(value))
    shown = repr(value)
    return shown if len(shown) <= 60 else f"{shown[:57]}…"


def _is_nested(values: Any) -> bool:
    return any(isinstance(value, list | tuple | Mapping | str) for value in values)
