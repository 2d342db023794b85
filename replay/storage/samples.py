"""The samples that a run file keeps."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from replay.errors import DataError

Array = NDArray[Any]


def _holds_arrays(values: Any) -> bool:
    return any(isinstance(part, np.ndarray) and part.ndim > 1 for part in values)


def checked_samples(inputs: Any, targets: Any) -> tuple[Array, Array]:
    """Inputs and targets as arrays of finite numbers and one length; raises DataError where they are not."""
    for name, values in (("inputs", inputs), ("targets", targets)):
        if isinstance(values, dict) or (isinstance(values, list | tuple) and _holds_arrays(values)):
            raise DataError(
                f"{name} must be one array: models with several inputs or outputs cannot be shown"
            )
        if np.ndim(values) == 0:
            raise DataError(
                f"{name} must be an array, not {type(values).__name__}: give the samples themselves"
            )
    inputs, targets = np.asarray(inputs), np.asarray(targets)
    if len(inputs) != len(targets):
        raise DataError(
            f"inputs of shape {inputs.shape} and targets of shape {targets.shape} do not belong together: "
            "they need one target for each sample"
        )
    if len(inputs) == 0:
        raise DataError("there are no samples: inputs and targets are empty")
    for name, values in (("inputs", inputs), ("targets", targets)):
        if values.dtype.kind not in "biuf":
            raise DataError(f"{name} must be numbers, not {values.dtype}")
        if values.dtype.kind == "f" and not np.isfinite(values).all():
            rows = np.flatnonzero(~np.isfinite(values.reshape(len(values), -1)).all(axis=1))
            raise DataError(
                f"{name} hold NaN or infinity in {len(rows)} of {len(values)} samples, the first at row "
                f"{rows[0]}: remove or fill them"
            )
    return inputs, targets
