"""Recording: lazy access to one run's snapshots, samples, history; interpolates weights between snapshots."""

from __future__ import annotations

import copy
import math
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path

import numpy as np

from replay.errors import RunFileError, ViewError, unknown
from replay.language.message import Message
from replay.network.description import LayerDescription, RunDescription
from replay.runs.names import Names
from replay.runs.task import REGRESSION, SEVERAL, Task
from replay.storage.ending import Ending
from replay.storage.opening import open_run
from replay.storage.samples import n_samples
from replay.types import Array, Samples

History = Callable[[], tuple[Array, dict[str, Array]]]  # epochs, and the metrics by name
WINDOW_VALUES = 250_000  # weights read ahead at once, 1 MB in float32


class Recording:
    """A recorded run, read lazily: what the file holds, without what the network answers.

    Args:
        path: The run file, or a recording of DeepReplay's.
        group: The training to read, in a file that DeepReplay wrote. None where the file has one.
        describe: A function that returns the `RunDescription` of a network that the file does not describe.
            None by default.
        trust: Allow the network to be rebuilt where that runs code of the file's maker. False by default.

    Raises:
        RunFileError: `path` is no run file that this version can read.

    It can be read while the training goes on. `Replay` has what the network answers.

    >>> from replay import Recording
    >>> recording = Recording("run.h5")
    >>> recording.title, recording.complete, recording.inputs.shape
    ('parabola · tanh', True, (100, 2))
    >>> [weights.shape for weights in recording.weights_at(45)]  # between two snapshots
    [(1, 2, 2), (1, 2), (1, 2, 1), (1, 1)]
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        group: str | None = None,
        describe: Callable[[], RunDescription] | None = None,
        trust: bool = False,
    ) -> None:
        self._file = open_run(path, group, describe)
        #: Whether the network may be rebuilt from the file even if that runs code from the file.
        self.trust = trust
        self._window: tuple[int, int, list[Array]] = (0, 0, [])
        #: What was taken away from the network, in words.
        self.taken_away: tuple[Message, ...] = ()
        self._silent: Mapping[int, Array] = {}
        self._history_of: History = self._file.history

    @property
    def path(self) -> Path:
        """The run file."""
        return self._file.path

    @property
    def description(self) -> RunDescription:
        """Network, training and origin as data, a `RunDescription`."""
        return self._file.description

    @property
    def format_version(self) -> str:
        """Version of the file format, "major.minor"."""
        return self._file.format_version

    @property
    def complete(self) -> bool:
        """Whether the training finished."""
        return self._file.complete

    @cached_property
    def ending(self) -> Ending:
        """How the recording ended: an error of the recorder, snapshots of weights that were restored."""
        return self._file.ending

    @property
    def damages(self) -> Sequence[str]:
        """What was damaged after it was written, and is left out: a sentence for each part."""
        return self._file.damages

    @property
    def epochs(self) -> Array:
        """The epoch of each snapshot: (n_snapshots,), increasing."""
        return self._file.epochs

    @property
    def n_snapshots(self) -> int:
        """How many snapshots there are."""
        return len(self.epochs)

    @cached_property
    def samples(self) -> tuple[Samples, Samples]:
        """The recorded samples and their targets; each a dict of arrays if the network has several."""
        return self._file.inputs, self._file.targets

    @property
    def n_samples(self) -> int:
        """How many samples were recorded."""
        return n_samples(self.samples[0])

    @property
    def inputs(self) -> Array:
        """The recorded samples: (n_samples, …). Raises ViewError if the network has several inputs."""
        return self._single(self.samples[0], "inputs")

    @property
    def targets(self) -> Array:
        """Their targets: (n_samples, …). Raises ViewError if the network has several outputs."""
        return self._single(self.samples[1], "outputs")

    def _single(self, samples: Samples, what: str) -> Array:
        if isinstance(samples, dict):
            raise ViewError(
                f"{self.path}: the network has several {what} ({', '.join(samples)}), so views of samples "
                "cannot show it: show its curves or weights"
            )
        return samples

    def of_samples(self, positions: Array) -> Recording:
        """The same run with the samples at these positions (n,) alone.

        Raises ViewError where the network has several inputs.
        """
        part = copy.copy(self)
        part.samples = self.inputs[positions], self.targets[positions]
        labels = self.task.labels
        part.task = replace(self.task, labels=None if labels is None else labels[positions])
        return part

    def reduced(
        self, silent: Mapping[int, Array], taken_away: Iterable[Message], history: History
    ) -> Recording:
        """The same run with weights that are zero at all snapshots, and another history.

        Args:
            silent: Which weights are zero: masks of their shapes, by their place among the recorded ones.
            taken_away: What this takes away, in words.
            history: A function that returns the epochs and the metrics of the network that is left.

        Returns:
            A `Recording`.
        """
        part = copy.copy(self)
        for found in ("held_out", "diverged_at", "_history"):
            part.__dict__.pop(found, None)
        part._window, part._history_of = (0, 0, []), history
        part._silent = {**self._silent, **silent}
        for place in self._silent.keys() & silent.keys():
            part._silent[place] = self._silent[place] | silent[place]
        part.taken_away = (*self.taken_away, *taken_away)
        return part

    @property
    def input_shape(self) -> tuple[int, ...] | None:
        """The shape of one sample; None if the network has several inputs."""
        inputs = self.samples[0]
        return None if isinstance(inputs, dict) else inputs.shape[1:]

    @property
    def validation_data(self) -> tuple[Samples, Samples] | None:
        """Validation samples and targets, (n_samples, …) each, or None where they were not recorded."""
        return self._file.validation_data

    @cached_property
    def has_held_out(self) -> bool:
        """Whether there are samples that the training never saw."""
        return self._file.has_validation_data

    @cached_property
    def held_out(self) -> Recording | None:
        """The same run with its validation data, which the training never saw, in place of the others.

        None where none were recorded. Raises ViewError where they do not fit the recorded samples.
        """
        if self.validation_data is None:
            return None
        part = copy.copy(self)
        part.held_out = None
        try:
            inputs, targets = map(_like, self.validation_data, self.samples)
            part.samples = inputs, targets
            part.task = self.task if isinstance(targets, dict) else self.task.of_targets(targets)
        except ViewError as error:
            raise ViewError(
                f"{self.path}: its held-out samples (validation_data) do not fit the others: {error}; leave "
                "them out with --no-held-out (held_out=False)"
            ) from error
        return part

    @cached_property
    def task(self) -> Task:
        """The task (classification or regression); with several inputs or outputs, a regression.

        Raises RunFileError if the file names more classes than the run has.
        """
        inputs, targets = self.samples
        if isinstance(inputs, dict) or isinstance(targets, dict):
            return Task(REGRESSION, 0, None, without_classes=f"{self.path}: {SEVERAL}")
        task = Task.of(self.description, targets)
        if task.labels is None:
            task = replace(task, without_classes=f"{self.path}: {task.without_classes}")
        named = len(self.description.data.classes) if self.description.data else 0
        if 0 < task.n_classes < named:
            raise RunFileError(
                f"{self.path} is damaged: description.data.classes names {named} classes, but the run has "
                f"{task.n_classes}"
            )
        return task

    @cached_property
    def names(self) -> Names:
        """What its classes and inputs are called. Raises RunFileError as `task` does."""
        return Names.of(self.description.data, self.task, self.input_shape)

    @cached_property
    def _history(self) -> tuple[Array, dict[str, Array]]:
        return self._history_of()

    @property
    def history_epochs(self) -> Array:
        """The epoch after which each row of the history was logged: (n_epochs,)."""
        return self._history[0]

    @property
    def history(self) -> dict[str, Array]:
        """The logged metrics by name: (n_epochs,) each, NaN where not logged."""
        return self._history[1]

    @property
    def data_title(self) -> str:
        """What the data are called or, where they have no title, the scenario; it may be empty."""
        described = self.description.data
        return (described.title if described is not None else "") or self.description.scenario

    @property
    def title(self) -> str:
        """The run's title: that of its data, else its scenario, and the run's name; else the file's name.

        What was taken away from the network follows.
        """
        whole = " · ".join(filter(None, (self.data_title, self.description.run))) or self.path.stem
        return " · ".join([whole, *map(str, self.taken_away)])

    def layer(self, name: str) -> LayerDescription:
        """The layer called `name`; raises ViewError, with the nearest names, if there is none."""
        for layer in self.description.layers:
            if layer.name == name:
                return layer
        raise ViewError(unknown("layer", name, [layer.name for layer in self.description.layers]))

    def positions(self, epochs: Iterable[float] | float | None) -> list[int]:
        """Positions of the snapshots at exactly these epochs; of all if `epochs` is None.

        Raises ViewError for an epoch without a snapshot.
        """
        if epochs is None:
            return list(range(self.n_snapshots))
        chosen = epochs if isinstance(epochs, Iterable) else [epochs]
        return [self._position(float(epoch)) for epoch in chosen]

    def _position(self, epoch: float) -> int:
        nearest = int(np.abs(self.epochs - epoch).argmin()) if np.isfinite(epoch) else 0
        if not np.isclose(self.epochs[nearest], epoch, rtol=1e-9, atol=1e-9):
            raise ViewError(f"{self.path} has no snapshot of epoch {epoch:g}: {self._epochs_in_words()}")
        return nearest

    def _epochs_in_words(self) -> str:
        first, last = self.epochs[0], self.epochs[-1]
        return f"it has {self.n_snapshots} from epoch {first:g} to {last:g}"

    def weights_at(self, epoch: float) -> list[Array]:
        """All weights at `epoch`, each (1, …); interpolated linearly between snapshots.

        Raises ViewError outside the recorded epochs.
        """
        if not self.epochs[0] <= epoch <= self.epochs[-1]:
            raise ViewError(f"{self.path} has no epoch {epoch:g}: {self._epochs_in_words()}")
        after = int(np.searchsorted(self.epochs, epoch))
        if self.epochs[after] == epoch:
            return self._weights(after, after + 1)
        share = (epoch - self.epochs[after - 1]) / (self.epochs[after] - self.epochs[after - 1])
        pairs = self._weights(after - 1, after + 1)
        with np.errstate(all="ignore"):  # weights may be infinite or their difference overflow
            return [pair[:1] + (pair[1:] - pair[:1]) * pair.dtype.type(share) for pair in pairs]

    def _weights(self, start: int, stop: int) -> list[Array]:
        """The weights of snapshots `start` to `stop`; reads the following ones ahead."""
        first, last, held = self._window
        if not first <= start < stop <= last:
            size = max(stop - start, WINDOW_VALUES // max(1, self._values_a_snapshot))
            first, last = start, min(start + size, self.n_snapshots)
            held = self._read(first, last)
            self._window = first, last, held
        return [weights[start - first : stop - first].copy() for weights in held]  # callers may change them

    @cached_property
    def _values_a_snapshot(self) -> int:
        return sum(math.prod(weight.shape) for _, weight in self.description.weight_paths)

    def _read(self, start: int, stop: int) -> list[Array]:
        """The weights of snapshots `start` to `stop`, without what was taken away."""
        weights = self._read_whole(start, stop)
        for place, mask in self._silent.items():
            weights[place][:, mask] = 0
        return weights

    def _read_whole(self, start: int, stop: int) -> list[Array]:
        """The weights of snapshots `start` to `stop`, from memory if those of the whole run are few."""
        if self.n_snapshots * self._values_a_snapshot > WINDOW_VALUES:
            return self._file.weights(start, stop)
        self._file.check_unreplaced()
        return [weights[start:stop].copy() for weights in self._all]

    @cached_property
    def _all(self) -> list[Array]:
        return self._file.weights(0, self.n_snapshots)

    def blocks(self, positions: list[int], size: int) -> Iterator[tuple[int, int, list[Array]]]:
        """The weights of these snapshots, at most `size` snapshots at a time.

        Args:
            positions: Positions of snapshots, as `positions` returns them.
            size: How many snapshots are held at once.

        Returns:
            Blocks (start, stop, weights), with an array (stop − start, …) for each weight. `start` and `stop`
            count in `positions`.
        """
        start = 0
        while start < len(positions):
            stop = start + 1
            while stop < len(positions) and stop - start < size and self._near(positions, start, stop):
                stop += 1
            first, last = positions[start], positions[stop - 1]
            weights = self._read(first, last + 1)
            if last - first >= stop - start:  # drop the snapshots in between
                chosen = np.array(positions[start:stop]) - first
                weights = [each[chosen] for each in weights]
            yield start, stop, weights
            start = stop

    def _near(self, positions: list[int], start: int, stop: int) -> bool:
        """Whether to read the snapshot at `stop` along with those from `start`: it is the next, or close."""
        step = positions[stop] - positions[stop - 1]
        span = positions[stop] + 1 - positions[start]
        return step == 1 or (step > 1 and span * self._values_a_snapshot <= WINDOW_VALUES)

    @cached_property
    def diverged_at(self) -> float | None:
        """The epoch of the first snapshot with a weight that is NaN or infinite, or None."""
        size = max(1, WINDOW_VALUES // max(1, self._values_a_snapshot))
        for start, stop, block in self.blocks(list(range(self.n_snapshots)), size):
            finite = np.ones(stop - start, dtype=bool)
            for weights in block:
                finite &= np.isfinite(weights).reshape(stop - start, -1).all(axis=1)
            if not finite.all():
                return float(self.epochs[start + int(finite.argmin())])
        return None


def _like(samples: Samples, others: Samples) -> Samples:
    """The samples in the shape of the others; raises ViewError where each has more or fewer values."""
    if isinstance(samples, dict) or isinstance(others, dict):
        return samples  # views of samples do not show these
    if math.prod(samples.shape[1:]) != math.prod(others.shape[1:]):
        raise ViewError(f"each has shape {samples.shape[1:]}, not {others.shape[1:]}")
    return samples.reshape(-1, *others.shape[1:])
