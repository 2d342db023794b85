"""What every recorder may be told: how much to record, what it is called, what failures do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from replay.errors import ScenarioError, unknown
from replay.network.data_description import DataDescription
from replay.recorders.expected_size import MAX_BYTES
from replay.storage.writer import STORED_AS

ON_ERROR = ("warn", "raise")


@dataclass(frozen=True, kw_only=True)
class RecordingOptions:
    """The options that all recorders share. `replay.Recorder` says what each does.

    Raises ScenarioError for values that are none, or that do not go together.
    """

    every_n_epochs: int = 1
    every_n_batches: int | None = None
    validation_data: tuple[Any, Any] | None = None
    samples: int | None = None
    layers: Sequence[str] | None = None
    dtype: str = "float32"
    compress: bool = False
    max_bytes: int = MAX_BYTES
    overwrite: bool = False
    resume: bool = False
    resumable: bool = True
    live: bool = False
    on_error: str = "warn"
    class_names: Iterable[object] | None = None
    feature_names: Iterable[object] | None = None
    title: str | None = None
    target_name: str | None = None
    scenario: str = ""
    run: str = ""
    seed: int | None = None
    batch_size: int | None = None
    data: DataDescription | None = None

    def __post_init__(self) -> None:
        if self.every_n_epochs < 1 or (self.every_n_batches is not None and self.every_n_batches < 1):
            raise ScenarioError("every_n_epochs and every_n_batches must be 1 or more")
        if self.samples is not None and not isinstance(self.samples, int | np.integer):
            raise ScenarioError(f"samples must be a whole number, not {self.samples!r}")
        if self.seed is not None and self.seed < 0:
            raise ScenarioError(f"seed must be 0 or more, not {self.seed}")
        if self.dtype not in STORED_AS:
            raise ScenarioError(f"dtype must be {' or '.join(STORED_AS)}, not {self.dtype!r}")
        if self.on_error not in ON_ERROR:
            raise ScenarioError(f"on_error must be {' or '.join(ON_ERROR)}, not {self.on_error!r}")
        if self.resume and (self.overwrite or not self.resumable):
            raise ScenarioError("resume cannot be combined with overwrite or resumable=False")
        if isinstance(self.layers, str):
            object.__setattr__(self, "layers", [self.layers])

    @classmethod
    def of(cls, given: Mapping[str, Any], without: Mapping[str, str] | None = None) -> RecordingOptions:
        """The options as they were given by name.

        Args:
            given: Their values.
            without: Options that this recorder cannot follow, and why, in words.

        Raises:
            ScenarioError: An option is not known, is one of `without`, or has an impossible value.
        """
        known = [field.name for field in fields(cls)]
        for name in given:
            if name not in known:
                raise ScenarioError(unknown("option of a recorder", name, known))
            if without and name in without:
                raise ScenarioError(f"{name} cannot be set here: {without[name]}")
        return cls(**given)
