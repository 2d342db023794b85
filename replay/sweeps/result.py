"""The result of one run of a sweep (solved, loss, final weights), saved as .npz."""

from __future__ import annotations

import json
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from replay.errors import RunFileError, first_line
from replay.network.description import LayerDescription
from replay.types import Array

FACTS = (
    *("name", "seed", "solved", "solved_at", "loss", "accuracy", "r2", "held_out_loss", "seconds", "error"),
)


@dataclass(frozen=True, kw_only=True)
class SweepRun:
    """The run of the combination called `name` with `seed`.

    `solved` says whether all samples are right at the end or, of a regression, R² is 0.9 or more; `solved_at`
    is the epoch from which on they are. Both are None if there are neither classes nor an R², as of constant
    targets. `loss` is the logged loss of the last epoch, `losses` (epochs,) of each epoch; `accuracy` is the
    share of samples that are right at the end, `r2` the R² of a regression. `held_out_loss` is the loss of
    the validation data with the weights that the run ends with, None without any and in the folders of
    earlier versions. `seconds` is the time of training and evaluation. `error` says why the run failed; then
    nothing else is known.

    `weights` are the final weights, without an axis for snapshots, and `layers` the network that they belong
    to; both are empty if the network is too large to keep, or NumPy cannot evaluate it.
    """

    name: str
    seed: int
    solved: bool | None = None
    solved_at: float | None = None
    loss: float | None = None
    accuracy: float | None = None
    r2: float | None = None
    held_out_loss: float | None = None
    seconds: float | None = None
    error: str = ""
    losses: Array = field(default_factory=lambda: np.zeros(0, np.float32))
    weights: tuple[Array, ...] = ()
    layers: tuple[LayerDescription, ...] = ()

    def save(self, path: Path) -> None:
        """Write the run to `path` as .npz."""
        facts = {name: getattr(self, name) for name in FACTS}
        facts["layers"] = [layer.to_json() for layer in self.layers]
        arrays: dict[str, Any] = {f"weight_{number}": array for number, array in enumerate(self.weights)}
        with path.open("wb") as file:
            np.savez(file, facts=np.array(json.dumps(facts)), losses=self.losses, **arrays)

    @classmethod
    def load(cls, path: Path) -> SweepRun:
        """Read a run back. Raises RunFileError if the file is not what `save` wrote."""
        try:
            with np.load(path, allow_pickle=False) as file:
                facts = json.loads(str(file["facts"]))
                weights = tuple(file[f"weight_{number}"] for number in range(len(file.files) - 2))
                losses = file["losses"]
            layers = tuple(LayerDescription.from_json(layer) for layer in facts.pop("layers"))
            return cls(**facts, losses=losses, weights=weights, layers=layers)
        except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as error:
            reason = first_line(error)
            raise RunFileError(f"{path} is damaged ({reason}): delete it to train that run again") from error


def run_stem(name: str, seed: int) -> str:
    """The name of a run's files, without suffix."""
    return f"{name}-{seed}"
