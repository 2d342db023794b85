"""Check and convert samples (inputs and targets): arrays of finite numbers, all of one length."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from numbers import Number
from typing import Any

import numpy as np

from replay.errors import DataError
from replay.storage.arrays import as_array
from replay.types import Array, Samples


def checked_samples(inputs: Any, targets: Any, several: bool = False) -> tuple[Any, Any]:
    """Inputs and targets as arrays of finite numbers and equal length; raises DataError if they are not.

    With `several`, each may be a dict or a list of arrays, for models with several inputs or outputs. The
    result is then a dict; the parts of a list are named "0", "1", ….
    """
    inputs, targets = (
        _as_samples(name, values, several) for name, values in (("inputs", inputs), ("targets", targets))
    )
    lengths = {len(part) for samples in (inputs, targets) for part in parts(samples).values()}
    if len(lengths) > 1:
        raise DataError(
            f"inputs of shape {_shapes(inputs)} and targets of shape {_shapes(targets)} do not fit together: "
            "give one target for each sample"
        )
    if lengths == {0}:
        raise DataError("there are no samples: inputs and targets are empty")
    for name, samples in (("inputs", inputs), ("targets", targets)):
        for part, values in parts(samples).items():
            check_finite(f"{name} {part}".rstrip(), values)
    return inputs, targets


def parts(samples: Samples) -> Mapping[str, Array]:
    """The arrays of samples by name; a single array has the name ""."""
    return samples if isinstance(samples, dict) else {"": samples}


def each(samples: Samples, change: Callable[[Array], Array]) -> Samples:
    """Apply `change` to every array, e.g. to choose some of the samples."""
    if isinstance(samples, dict):
        return {name: change(part) for name, part in samples.items()}
    return change(samples)


def n_samples(samples: Samples) -> int:
    """How many samples there are."""
    return len(next(iter(parts(samples).values())))


def _holds_parts(values: Any) -> bool:
    """Whether a list holds one array for each input or output, rather than one entry for each sample."""
    if any(isinstance(part, np.ndarray) and part.ndim > 1 for part in values):
        return True
    # Label vectors of several outputs: as samples, they would be fewer than their own entries.
    flat = len(values) > 0 and all(isinstance(part, np.ndarray) and part.ndim == 1 for part in values)
    return flat and len(values) < min(len(part) for part in values)


def _as_samples(name: str, values: Any, several: bool) -> Samples:
    if isinstance(values, dict) or (isinstance(values, list | tuple) and _holds_parts(values)):
        if not several:
            raise DataError(
                f"{name} must be one array: models with several inputs or outputs cannot be shown"
            )
        named = values if isinstance(values, dict) else {str(n): part for n, part in enumerate(values)}
        return {str(part): _as_array(f"{name} {part}", value) for part, value in named.items()}
    return _as_array(name, values)


def _as_array(name: str, values: Any) -> Array:
    array = as_array(name, values)
    if array.ndim == 0:
        raise DataError(f"{name} must be an array, not {type(values).__name__}: give the samples themselves")
    return array


def _shapes(samples: Samples) -> Any:
    if isinstance(samples, dict):
        return {name: part.shape for name, part in samples.items()}
    return samples.shape


def check_finite(name: str, values: Array) -> None:
    """Raise DataError if `values` are not finite numbers, naming the first bad row."""
    check_numbers(name, values)
    if values.dtype.kind == "f" and values.size and not np.isfinite([values.min(), values.max()]).all():
        rows = np.flatnonzero(~np.isfinite(values.reshape(len(values), -1)).all(axis=1))
        raise DataError(
            f"{name} hold NaN or infinity in {len(rows)} of {len(values)} samples, the first at row "
            f"{rows[0]}: remove or fill them"
        )


def check_numbers(name: str, values: Array) -> None:
    """Raise DataError if `values` are not real numbers, naming one that is none."""
    if values.dtype.kind not in "biuf":
        raise DataError(f"{name} must be numbers, not {_kind(name, values)}")


def _kind(name: str, values: Array) -> str:
    """What values are that are no numbers, and what to do about dates and words."""
    if values.dtype.kind not in "OMmU":
        return str(values.dtype)
    dates = values.dtype.kind in "Mm"
    other = next((one for one in values.flat if dates or not isinstance(one, Number)), None)
    if other is None:
        return str(values.dtype)
    if not isinstance(other, str):
        remedy = ": count days or seconds instead" if dates or hasattr(other, "year") else ""
        return f"{type(other).__name__} such as {str(other)[:40]}{remedy}"
    remedy = "np.unique(y, return_inverse=True)[1]" if name.startswith("targets") else "pandas.get_dummies(X)"
    return f"words such as {str(other)[:40]!r}: {remedy} makes numbers of them"
