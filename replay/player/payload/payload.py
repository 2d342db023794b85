"""The page data, PageData of player/src/types.d.ts, thinned to the page's size limit."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np

from replay.errors import ViewError, no_epoch
from replay.film.first_that_fits import first_that_fits
from replay.film.timeline import choose
from replay.language.catalogue import ENGLISH, catalogue, languages
from replay.language.message import Message, in_each_language
from replay.player.options import PageOptions
from replay.player.payload import thinning
from replay.player.payload.fit_data import FIT, check_few, has_fit
from replay.player.payload.network_data import travels_as_weights
from replay.player.payload.packing import Packing
from replay.player.payload.paths_data import TRAJECTORY, Paths
from replay.player.payload.run_data import Carried, PageRun
from replay.player.payload.sample_sets import SampleSet, common_limits, shared
from replay.player.payload.script_json import script_text
from replay.player.payload.thinning import Thinning
from replay.runs.description import Subject
from replay.runs.evaluation import Evaluation
from replay.types import Array, Units
from replay.views.shared.unit import Unit

FORMAT = 1
MAX_BYTES = 5_000_000
MAX_CLASSES = 1000  # its matrix grows with their square
NEURON = "neuron"  # the view
MAX_AT_ONCE = 3  # runs that a page starts with


class Payload:
    """The data of these runs for a page of `most_bytes`.

    Raises ViewError if a page cannot show the runs, or cannot start as the options ask.
    """

    def __init__(
        self, evaluations: Sequence[Evaluation], options: PageOptions, most_bytes: int = MAX_BYTES
    ) -> None:
        for evaluation in evaluations:
            _check(evaluation)
        _check_start(evaluations, options)
        self.evaluations = list(evaluations)
        self.options = options
        self.most_bytes = most_bytes
        self._epochs = chosen_epochs(evaluations, options)
        held_out = [evaluation.held_out for evaluation in evaluations]
        self._sampled = [*evaluations, *(one for one in held_out if one is not None)]
        numbers = iter(shared(self._sampled))
        self._set_numbers = [next(numbers) for _ in evaluations]
        self._held_out_numbers = [None if one is None else next(numbers) for one in held_out]
        self._input_limits = common_limits(evaluations)
        self._paths = Paths(evaluations, asked=options.view == TRAJECTORY)

    def within(self, overhead: int) -> tuple[str, list[str]]:
        """The text of as much as fits besides `overhead` bytes, and notes on what was left out.

        Raises ViewError if even the smallest page is too large.
        """
        made: dict[int, tuple[str, list[str]]] = {}

        def fits(number: int) -> bool:
            data = self.data(self.steps[number])
            made[number] = script_text(data), [note[ENGLISH] for note in data["notes"]]
            return overhead + len(made[number][0]) <= self.most_bytes

        number = first_that_fits(fits, len(self.steps))
        if number is None:
            needed = (overhead + len(made[len(self.steps) - 1][0])) / 1e6
            raise ViewError(
                f"the page cannot be made smaller than {needed:.2f} MB: allow more than "
                f"{self.most_bytes / 1e6:.2f} MB, or show fewer epochs or runs"
            )
        return made[number]

    @cached_property
    def steps(self) -> list[Thinning]:
        """The steps of thinning, from everything to the least."""
        return thinning.steps(
            max(samples.n_recorded for samples in self._sets),
            max(map(len, self._epochs)),
            any(samples.has_images for samples in self._sets),
        )

    def data(self, step: Thinning) -> dict[str, Any]:
        """PageData after a step of thinning."""
        packing, options = Packing(), self.options
        positions = [samples.positions(step.samples) for samples in self._sets]
        pairs = list(zip(self._sets, positions, strict=True))
        sets = [each.data(chosen, step.images, self._input_limits, packing) for each, chosen in pairs]
        carried = [Carried(number, chosen) for number, chosen in enumerate(positions)]
        numbers = zip(self._runs, self._set_numbers, self._held_out_numbers, strict=True)
        runs = [
            run.data(step, carried[own], None if held_out is None else carried[held_out], packing)
            for run, own, held_out in numbers
        ]
        for number, run in enumerate(runs):
            epochs = np.array(run["epochs"])
            run["path"] = self._paths.path(number, epochs, packing) if step.layers else None
        surfaces = self._paths.surfaces(packing) if step.layers else []
        return {
            "format": FORMAT,
            "title": options.title,
            "packed": packing.text(),
            "samples": sets,
            "runs": runs,
            "surfaces": surfaces,
            "description": self._description,
            "notes": [in_each_language(note.__str__) for note in self._notes(step)],
            "theme": options.theme,
            "language": options.language,
            "languages": {name: catalogue(name).for_page for name in languages()},
            "styles": options.styles,
            "start": {
                "epoch": options.epoch,
                "runs": [*range(min(len(runs), MAX_AT_ONCE))],
                "view": options.view,
                "layer": self._plane[0],
                "units": self._plane[1],
                "neuron": self._neuron,
            },
            "seconds": options.seconds,
        }

    @property
    def subject(self) -> Subject:
        """What the page is of, for its description."""
        options = self.options
        return Subject(tuple(self.evaluations), title=options.title, names=tuple(options.names))

    @cached_property
    def _description(self) -> dict[str, Any]:
        told = in_each_language(self.subject.description)
        return {
            "alt": {language: each.alt for language, each in told.items()},
            "text": {language: each.text for language, each in told.items()},
        }

    def _notes(self, step: Thinning) -> list[Message]:
        return thinning.notes(
            step,
            [samples.n_recorded for samples in self._sets],
            [len(epochs) for epochs in self._epochs],
            any(samples.has_images for samples in self._sets),
            self._paths.any,
        )

    @property
    def _plane(self) -> tuple[str | None, Units]:
        """The layer and units of the plane that the page starts with; those of a neuron are none."""
        options = self.options
        return (None, None) if options.view == NEURON else (options.layer, options.units)

    @property
    def _neuron(self) -> dict[str, Any] | None:
        """The neuron that the page starts with, None for the first that it has.

        Raises ViewError where the page has no such neuron.
        """
        layer, units = self.options.layer, self.options.units
        if self.options.view != NEURON or (layer is None and units is None):
            return None
        for run in self._runs:
            if layer is None or _has_layer(run.evaluation, layer):
                unit = Unit(run.evaluation, layer, units)
                if run.has_neuron(unit.layer, unit.number):
                    return {"layer": unit.layer, "unit": unit.number}
        raise ViewError(
            f"a page shows neurons of two inputs, which {layer or 'the first layer'} has none of: choose "
            "another --layer or --units, or render the view as a picture"
        )

    @cached_property
    def _as_weights(self) -> list[bool]:
        return [
            travels_as_weights(
                evaluation,
                sum(
                    min(one.recording.n_samples, thinning.SAMPLES[0])
                    for one in (evaluation, evaluation.held_out)
                    if one is not None
                ),
                len(epochs),
                self.most_bytes,
            )
            for evaluation, epochs in zip(self.evaluations, self._epochs, strict=True)
        ]

    @cached_property
    def _sets(self) -> list[SampleSet]:
        """The sample sets, each with what the runs that share it need."""
        users = list(zip(self._set_numbers, self._held_out_numbers, self._as_weights, strict=True))
        numbers = [*self._set_numbers, *(number for number in self._held_out_numbers if number is not None)]
        return [
            SampleSet(
                self._sampled[numbers.index(number)],
                any(as_weights for own, held_out, as_weights in users if number in (own, held_out)),
            )
            for number in range(max(numbers) + 1)
        ]

    @cached_property
    def _runs(self) -> list[PageRun]:
        most = self.steps[0]
        return [
            PageRun(
                evaluation,
                self.options.names[number],
                thinning.some_snapshots(self._epochs[number], most.stride),
                self._sets[self._set_numbers[number]].positions(most.samples),
                None if held_out is None else self._sets[held_out].positions(most.samples),
                self._as_weights[number],
                self._plane[0] if _has_layer(evaluation, self._plane[0]) else None,
                self._plane[1],
                self._input_limits,
            )
            for number, (evaluation, held_out) in enumerate(
                zip(self.evaluations, self._held_out_numbers, strict=True)
            )
        ]


def chosen_epochs(evaluations: Sequence[Evaluation], options: PageOptions) -> list[Array]:
    """The epochs to show of each run: (n,) each. A run that ended before the first shows its last one."""
    everything = np.unique(np.concatenate([each.recording.epochs for each in evaluations]))
    asked = everything[choose(everything, *options.epochs, options.every)]
    first, last = asked[0], asked[-1]
    found = []
    for evaluation in evaluations:
        own = evaluation.recording.epochs
        within = own[(own >= first) & (own <= last)]
        if not len(within):
            within = own[:1] if own[0] > last else own[-1:]
        found.append(np.union1d(within[:: options.every], within[-1:]))
    return found


def _check(evaluation: Evaluation) -> None:
    """Raise ViewError for a run that a page cannot show."""
    recording = evaluation.recording
    several = any(isinstance(samples, dict) for samples in recording.samples)
    if several:
        raise ViewError(
            f"{recording.path}: a page cannot show a network with several inputs or outputs; render its "
            "curves and weights as pictures"
        )
    if evaluation.task.n_classes > MAX_CLASSES:
        raise ViewError(
            f"{recording.path}: a page shows {MAX_CLASSES} classes at most, and this run has "
            f"{evaluation.task.n_classes}; render its views as pictures"
        )
    if not evaluation.all_recorded:
        missing = ", ".join(
            layer.name for layer in recording.description.layers if layer.weights and not layer.recorded
        )
        raise ViewError(
            f"{recording.path}: a page needs the weights of {missing}, which were not recorded: train again "
            "and record all layers"
        )


def _check_start(evaluations: Sequence[Evaluation], options: PageOptions) -> None:
    """Raise ViewError if the page cannot start as the options ask."""
    if options.view == FIT and not any(map(has_fit, evaluations)):
        check_few(evaluations[0])
    layer = options.layer
    if layer is not None and not any(_has_layer(evaluation, layer) for evaluation in evaluations):
        evaluations[0].recording.layer(layer)  # raises, suggesting similar names
    epochs = chosen_epochs(evaluations, options)
    first, last = min(own[0] for own in epochs), max(own[-1] for own in epochs)
    if options.epoch is not None and not first <= options.epoch <= last:
        raise ViewError(no_epoch(options.epoch, first, last))


def _has_layer(evaluation: Evaluation, name: str | None) -> bool:
    return any(layer.name == name for layer in evaluation.recording.description.layers)
