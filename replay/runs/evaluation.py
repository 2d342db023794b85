"""Evaluate the recorded network at any epoch: activations, probabilities, losses, gradients."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from replay.errors import RunFileError, ViewError, first_line
from replay.evenly import evenly
from replay.network import activations, clipping
from replay.network.any_network import AnyNetwork
from replay.network.description import LayerDescription, RunDescription
from replay.network.graph import SAMPLES
from replay.network.in_keras.architecture import objection
from replay.network.in_numpy import forward
from replay.network.in_numpy.kinds.kind import Shape
from replay.network.in_numpy.shapes import layer_shapes
from replay.network.losses import TIES_IN_LOGITS, WITH_LOGITS, losses, takes_logits
from replay.network.recorded_answers import Mesh, RecordedAnswers, is_recorded
from replay.runs.first_product import FirstProduct
from replay.runs.names import Names
from replay.runs.recording import Recording
from replay.runs.task import ByClass, Task
from replay.storage.arrays import as_array
from replay.storage.samples import check_numbers, parts
from replay.types import Array

SURVEYED = 5000  # snapshots: if there are more, a survey takes only these
BLOCK_VALUES = 4_000_000  # activations or weights in memory at once, 16 MB in float32
KEPT_GRADIENTS = 8_000_000  # values at all snapshots, 32 MB in float32
MAX_ANSWERS = 32_000_000  # output values, 128 MB in float32; or twice the samples' size, if that is more


class Answers(NamedTuple):
    """Outputs (n_snapshots, n_samples, units), and their logits if the loss may need them."""

    outputs: Array
    logits: Array | None = None

    def repeated(self, times: int) -> Answers:
        """The same outputs repeated for `times` snapshots."""
        logits = None if self.logits is None else np.repeat(self.logits, times, axis=0)
        return Answers(np.repeat(self.outputs, times, axis=0), logits)


def is_of(framework: str, description: RunDescription) -> bool:
    """Whether this framework itself recorded the run, not Keras on it."""
    return framework in description.packages and "keras" not in description.packages


class Evaluation:
    """The network of a recording, evaluated at its snapshots or at any epoch between them.

    `model` is the recorded model, or with JAX the function; it is needed only if neither NumPy nor a recorded
    architecture can rebuild the network.
    """

    def __init__(self, recording: Recording, model: Any = None) -> None:
        self.recording = recording
        self._model = model
        self._origin: Evaluation | None = None
        self._moments: dict[float, Moment] = {}
        self._gradients: dict[float, list[Array]] = {}
        self._surveyed_answers: list[tuple[int, int, Answers]] | None = None

    @property
    def task(self) -> Task:
        """The task: classification or regression."""
        _ = self.network if self.has_answers_alone else self.shapes  # raises RunFileError for a damaged file
        return self.recording.task

    @property
    def names(self) -> Names:
        """What the classes and inputs are called."""
        return self.recording.names

    @cached_property
    def in_numpy(self) -> bool:
        """Whether NumPy evaluates this network, without Keras."""
        return forward.covers(self.recording.description)

    @cached_property
    def chain_in_numpy(self) -> bool:
        """Whether NumPy evaluates this network, and each of its layers takes the one before."""
        return self.in_numpy and self.recording.description.chain

    @cached_property
    def has_answers_alone(self) -> bool:
        """Whether the run has the recorded answers of a model in place of a network."""
        return is_recorded(self.recording.description)

    @property
    def at_hand(self) -> bool:
        """Whether it answers without a framework: NumPy evaluates it, or its answers were recorded."""
        return self.in_numpy or self.has_answers_alone

    @property
    def mesh(self) -> Mesh | None:
        """The mesh on which answers were recorded; None where there is none, or a network gives any."""
        network = self.network if self.has_answers_alone else None
        return network.mesh if isinstance(network, RecordedAnswers) else None

    @property
    def all_recorded(self) -> bool:
        """Whether every layer's weights were recorded, so that the network can answer."""
        return all(layer.recorded for layer in self.recording.description.layers if layer.weights)

    def of_samples(self, positions: Array) -> Evaluation:
        """The same network with only some of the recorded samples, and without those held out."""
        return self._with(self.recording.of_samples(positions))

    @cached_property
    def held_out(self) -> Evaluation | None:
        """The same network with the held-out samples, which views show beside the others; None without any.

        Raises ViewError where they do not fit the recorded samples.
        """
        recording = self.recording.held_out
        return None if recording is None else self._with(recording)

    @cached_property
    def alone(self) -> Evaluation:
        """The same without held-out samples."""
        part = copy.copy(self)
        part._origin, part.held_out = self, None
        return part

    def _with(self, recording: Recording) -> Evaluation:
        other = Evaluation(recording, self._model)
        other._origin, other.held_out = self, None
        return other

    def of(self, recording: Recording) -> Evaluation:
        """The same network with the weights of this recording, which has the same layers and samples."""
        other = Evaluation(recording, self._model)
        other.network = self.network
        if self.held_out is None:
            other.held_out = None
        return other

    @cached_property
    def network(self) -> AnyNetwork:
        """The network, without weights."""
        if self._origin is not None:
            return self._origin.network
        if self.in_numpy:
            return forward.Network(list(map(self._with_shape, self.recording.description.layers)))
        if self.has_answers_alone:
            return self._answers_alone()
        return self._by_its_framework()

    def _by_its_framework(self) -> AnyNetwork:
        """The network as the framework that recorded it evaluates it. Raises RunFileError without a model."""
        description, path = self.recording.description, self.recording.path
        if is_of("torch", description):
            if self._model is None:
                raise RunFileError(
                    f"{path}: this model was recorded whole, so that PyTorch must replay it: pass the model "
                    "itself, Replay(path, model=model)"
                )
            from replay.network.in_torch.network import TorchNetwork  # loads PyTorch

            return TorchNetwork(description, self._model, path)
        if is_of("jax", description):
            if self._model is None:
                raise RunFileError(
                    f"{path}: this network was recorded whole, so that JAX must replay it: pass the function "
                    "or module itself, Replay(path, model=apply)"
                )
            from replay.network.in_jax.network import JaxNetwork  # loads JAX

            return JaxNetwork(description, self._model, path)
        if self._model is None:
            self._check_architecture()
        from replay.network.in_keras.network import KerasNetwork  # loads TensorFlow

        return KerasNetwork(description, self._model, path, self.recording.trust)

    def _with_shape(self, layer: LayerDescription) -> LayerDescription:
        """A layer with its shape, which the file need not declare."""
        return replace(layer, shape=self.shapes.get(layer.name, layer.shape))

    def _answers_alone(self) -> RecordedAnswers:
        recording = self.recording
        held_out = None if recording.held_out is None else recording.held_out.inputs
        return RecordedAnswers(recording.description, recording.inputs, held_out, recording.path)

    def _check_architecture(self) -> None:
        """Raise RunFileError, before loading Keras, if it cannot or must not rebuild the network."""
        path, architecture = self.recording.path, self.recording.description.architecture
        if architecture is None:
            raise RunFileError(
                f"{path}: this model cannot be rebuilt from the file (it is subclassed, or has custom "
                "parts): pass the model itself, Replay(path, model=model)"
            )
        try:
            found = objection(architecture)
        except ValueError as error:
            raise RunFileError(f"{path} is damaged: its architecture: {first_line(error)}") from error
        if found is not None and not self.recording.trust:
            raise RunFileError(
                f"{path}: its architecture {found}: pass the model itself, Replay(path, model=model), or, if "
                "you would run a program from the same source, rebuild it with --trust (trust=True)"
            )

    @cached_property
    def shapes(self) -> Mapping[str, Shape]:
        """The shape of a sample's activations in each layer, by name; empty if Keras evaluates the network.

        Raises RunFileError if the layers do not fit each other or the samples.
        """
        shape = self.recording.input_shape
        if not self.in_numpy or shape is None:
            return {}
        try:
            shapes = layer_shapes(self.recording.description.layers, shape)
        except ViewError as error:
            raise RunFileError(f"{self.recording.path} is damaged: {error}") from error
        self._check_answers(shapes)
        return shapes

    def _check_answers(self, shapes: Mapping[str, Shape]) -> None:
        """Raise RunFileError if the outputs for all samples are too many for memory."""
        output, samples = self.recording.description.output, self.recording.samples
        n_answers = self.recording.n_samples * math.prod(shapes[output.name] if output is not None else ())
        given = sum(part.size for some in samples for part in parts(some).values())
        if n_answers > max(MAX_ANSWERS, 2 * given):
            raise RunFileError(
                f"{self.recording.path}: its network gives {n_answers:,} output values for its samples, too "
                "many for memory: record fewer samples (samples, --keep-samples)"
            )

    @cached_property
    def within_reach(self) -> frozenset[str]:
        """The layers that NumPy can evaluate: those that need no layer whose weights were not recorded."""
        description = self.recording.description
        reached, layers = {SAMPLES}, description.layers
        for position, sources in enumerate(description.graph.sources if description.graph else ()):
            layer = layers[position]
            if (layer.recorded or not layer.weights) and reached.issuperset(sources):
                reached.add(position)
        return frozenset(layers[position].name for position in reached - {SAMPLES}) & self.shapes.keys()

    def starts_after(self, layer: str, goal: str | None = None) -> bool:
        """Whether the activations of `layer` suffice to compute those of `goal`, by default the output.

        Always so in a chain; elsewhere, the network may go around the layer.
        """
        description = self.recording.description
        if description.graph is None or not (description.chain or self.in_numpy):
            return False
        last = len(description.layers) - 1 if goal is None else self.order[goal]
        return description.graph.needed(last, self.order[layer]) is not None

    @cached_property
    def first_product(self) -> FirstProduct | None:
        """The cache that saves most work between two snapshots; None if it is not worth it."""
        network = self.network
        return (
            FirstProduct.of(self.recording, network, self.inputs)
            if isinstance(network, forward.Network)
            else None
        )

    @cached_property
    def order(self) -> Mapping[str, int]:
        """The index of each layer, from input to output, by name."""
        return {layer.name: number for number, layer in enumerate(self.recording.description.layers)}

    @cached_property
    def inputs(self) -> Array:
        """The recorded samples in the dtype that the network computes with."""
        inputs = self.recording.inputs
        return inputs if not self.in_numpy else inputs.astype(np.float32, copy=False)

    def activations(
        self,
        layer: str | None = None,
        inputs: Array | None = None,
        epochs: Iterable[float] | None = None,
        before_activation: bool = False,
    ) -> Array:
        """Activations of `layer`, by default the output: (n_snapshots, n_samples, units)."""
        return self._over_snapshots(
            lambda x, weights: self.network.evaluate(x, weights, layer, before_activation), inputs, epochs
        )

    def n_values(self, layer: str) -> int:
        """How many values `layer` has for a sample. Raises ViewError if it cannot be evaluated."""
        if layer in self.within_reach:
            return math.prod(self.shapes[layer])
        return int(self.activations(layer, self.inputs[:1], self.recording.epochs[:1]).size)

    def probabilities(self, inputs: Array | None = None, epochs: Iterable[float] | None = None) -> Array:
        """(n_snapshots, n_samples) of class 1, or (n_snapshots, n_samples, n_classes)."""
        return self.task.probabilities(self.activations(inputs=inputs, epochs=epochs))

    def losses(self, epochs: Iterable[float] | None = None) -> Array:
        """The loss of each recorded sample, without regularisation terms: (n_snapshots, n_samples)."""
        return self._over_snapshots(lambda x, weights: self.losses_of(self.answers(weights)), None, epochs)

    def correct(self, epochs: Iterable[float] | None = None) -> Array:
        """Which recorded samples are classified correctly: (n_snapshots, n_samples) of bool."""
        return self.task.correct(self.probabilities(epochs=epochs))

    def gradients(
        self, layer: str, epochs: Iterable[float] | None = None, clipped: bool = False
    ) -> dict[str, Array]:
        """The gradient of the loss with respect to each weight of `layer`, by name: (n_snapshots, …) each.

        As `gradients_of`, at all snapshots or those of `epochs`.
        """
        names = [weight.name for weight in self.recording.layer(layer).weights]
        paths = [path for path, _ in self.recording.description.weight_paths]
        positions = self.recording.positions(epochs)
        parts: list[list[Array]] = []
        blocks = self.recording.blocks(positions or [0], self.block_size(len(self.inputs)))
        for _, _, weights in blocks:
            found = dict(zip(paths, self.gradients_of(weights, clipped), strict=True))
            parts.append([found[f"{layer}/{name}"] for name in names])
        joined = [np.concatenate(of_weight) for of_weight in zip(*parts, strict=True)]
        return {name: values[: len(positions)] for name, values in zip(names, joined, strict=True)}

    def gradients_of(self, weights: list[Array], clipped: bool = False) -> list[Array]:
        """The gradient of the mean loss over the recorded samples with respect to each of these weights.

        (n_snapshots, …) each. All recorded samples form one batch, and the network is in inference mode: no
        dropout, no regularisation terms. With `clipped`, the gradients are clipped as by the run's optimizer.
        Raises ViewError if the loss cannot be differentiated, or weights were not recorded.
        """
        description = self.recording.description
        gradients = self.network.gradients(self.inputs, self.recording.targets, weights, description.loss)
        return clipping.clipped(gradients, description.optimizer) if clipped else gradients

    def gradient_norms(self, weights: list[Array]) -> Array:
        """The norm of the gradient of each recorded sample's own loss, over all weights (1, …): (n_samples,).

        Raises ViewError as `gradients_of` does.
        """
        network, targets, loss = self.network, self.recording.targets, self.recording.description.loss
        if isinstance(network, forward.Network):
            return network.gradient_norms(self.inputs, targets, weights, loss)
        norms = []
        for row in range(len(self.inputs)):  # Keras gives the gradient of a mean: of one sample, its own
            one = slice(row, row + 1)
            of_sample = network.gradients(self.inputs[one], targets[one], weights, loss)
            norms.append(np.sqrt(sum((each.astype(np.float64) ** 2).sum() for each in of_sample)))
        return np.array(norms)

    def gradients_at(self, epoch: float, weights: list[Array]) -> list[Array]:
        """`gradients_of` the weights at `epoch`. Those of snapshots are kept, unless they are large.

        Axis limits ask for the gradients of all snapshots before the first is shown, and so does each view.
        """
        if epoch in self._gradients:
            return self._gradients[epoch]
        gradients = self.gradients_of(weights)
        epochs = self.recording.epochs
        if epoch in epochs and self._n_weights * len(epochs) <= KEPT_GRADIENTS:
            self._gradients[epoch] = gradients
        return gradients

    def at(self, epoch: float) -> Moment:
        """The network at `epoch`. The last moment is cached, because several views use it in turn."""
        if epoch not in self._moments:
            self._moments = {epoch: Moment(self, epoch)}
        return self._moments[epoch]

    def weights_at(self, epoch: float) -> list[Array]:
        """All weights at `epoch`, each (1, …); those of other samples are not read twice."""
        return self.recording.weights_at(epoch) if self._origin is None else self._origin.at(epoch).weights

    @cached_property
    def surveyed(self) -> list[int]:
        """The positions of all snapshots or, if there are very many, of SURVEYED of them.

        Spread evenly, including the first and the last: to set axis limits, and to find where to look closer.
        """
        return evenly(self.recording.n_snapshots, SURVEYED).tolist()

    def blocks(self, positions: list[int] | None = None) -> Iterator[tuple[int, int, Answers]]:
        """The outputs for the recorded samples in blocks that fit in memory, at all or these snapshots.

        Each block is (start, stop, answers), with outputs of shape (stop − start, n_samples, units).
        """
        if positions is None:
            positions = list(range(self.recording.n_snapshots))
        if positions == self.surveyed:
            yield from self._survey()
        else:
            yield from self._answered(positions)

    def _survey(self) -> Iterator[tuple[int, int, Answers]]:
        """The outputs at the surveyed snapshots; cached if they are small, because several views use them."""
        if self._surveyed_answers is not None:
            yield from self._surveyed_answers
            return
        kept, n_values = [], 0
        for block in self._answered(self.surveyed):
            n_values += block[2].outputs.size
            if n_values <= BLOCK_VALUES // 2:
                kept.append(block)
            yield block
        if n_values <= BLOCK_VALUES // 2:
            self._surveyed_answers = kept

    def _answered(self, positions: list[int]) -> Iterator[tuple[int, int, Answers]]:
        for start, stop, weights in self.recording.blocks(positions, self.block_size(len(self.inputs))):
            answers = self.answers(weights)
            if len(answers.outputs) < stop - start:  # a network without weights has one output for all
                answers = answers.repeated(stop - start)
            yield start, stop, answers

    def _over_snapshots(
        self,
        evaluate: Callable[[Array, list[Array]], Array],
        inputs: Array | None,
        epochs: Iterable[float] | None,
    ) -> Array:
        x = self.inputs if inputs is None else self._checked(inputs)
        positions = self.recording.positions(epochs)
        if not positions:
            return self._over_snapshots(evaluate, inputs, self.recording.epochs[:1])[:0]
        whole: Array | None = None
        for start, stop, weights in self.recording.blocks(positions, self.block_size(len(x))):
            part = evaluate(x, weights)
            if whole is None:
                whole = np.empty((len(positions), *part.shape[1:]), part.dtype)
            whole[start:stop] = part  # broadcasts the single output of a network without weights
        assert whole is not None
        return whole

    def _checked(self, inputs: Any) -> Array:
        array, shape = as_array("inputs", inputs), self.recording.inputs.shape[1:]
        if array.shape[1:] != shape:
            raise ViewError(f"inputs must have shape (n, {', '.join(map(str, shape))}), not {array.shape}")
        check_numbers("inputs", array)
        return array

    def block_size(self, n_samples: int) -> int:
        """How many snapshots of `n_samples` samples to evaluate at once, for bounded memory."""
        return max(1, BLOCK_VALUES // max(1, n_samples * self.widest, self._n_weights))

    @cached_property
    def widest(self) -> int:
        """How many activations the largest layer has for each sample, as far as shapes are known."""
        layers = self.recording.description.layers
        declared = [forward.values_a_sample(layer) for layer in layers]
        held = forward.widest([self._with_shape(layer) for layer in layers]) if self.in_numpy else 1
        return max([held, *declared])

    @cached_property
    def _n_weights(self) -> int:
        return sum(math.prod(weight.shape) for _, weight in self.recording.description.weight_paths)

    def answers(
        self, weights: list[Array], inputs: Array | None = None, start_after: str | None = None
    ) -> Answers:
        """The outputs for the recorded samples with these weights.

        To start from known activations of a layer, pass them as `inputs`, and the layer as `start_after`.
        """
        inputs = self.inputs if inputs is None else inputs
        output = self.recording.description.output
        if output is None or output.activation not in TIES_IN_LOGITS:
            return Answers(self.network.evaluate(inputs, weights, start_after=start_after))
        logits = self.network.evaluate(
            inputs, weights, output.name, before_activation=True, start_after=start_after
        )
        arguments = output.config.get("activation_arguments", {})
        with np.errstate(all="ignore"):
            return Answers(activations.find(output.activation)(logits, **arguments), logits)

    def losses_of(self, answers: Answers) -> Array:
        """The loss of each recorded sample: (n_snapshots, n_samples)."""
        recording, output = self.recording, self.recording.description.output
        loss, activation = recording.description.loss, None if output is None else output.activation
        logits = answers.logits if activation in WITH_LOGITS or takes_logits(loss, activation) else None
        return losses(loss, recording.targets, answers.outputs, logits)


class Moment:
    """The network at one epoch, possibly between two snapshots. Arrays are computed once, on demand."""

    def __init__(self, evaluation: Evaluation, epoch: float) -> None:
        self.epoch = epoch
        self._evaluation = evaluation
        self.weights = evaluation.weights_at(epoch)
        self._activations: dict[str, Array] = {}

    @property
    def inputs(self) -> Array:
        """The samples that it answers for: (n_samples, …)."""
        return self._evaluation.inputs

    @cached_property
    def _answers(self) -> Answers:
        # Start from the deepest layer that a view has computed already.
        output = self._evaluation.recording.description.output
        first = self._evaluation.first_product
        if first is not None and not self._activations:
            self.activations(first.layer)
        known = self._known_before(output.name) if output is not None else None
        if known is None:
            return self._evaluation.answers(self.weights)
        return self._evaluation.answers(self.weights, self._activations[known], start_after=known)

    @property
    def outputs(self) -> Array:
        """What the network answers for the recorded samples, as it is: (n_samples, …)."""
        return self._answers.outputs[0]

    @cached_property
    def probabilities(self) -> Array:
        """Of the recorded samples: (n_samples,) of class 1, or (n_samples, n_classes)."""
        return self._evaluation.task.probabilities(self._answers.outputs[0])

    @cached_property
    def correct(self) -> Array:
        """Which recorded samples are classified correctly: (n_samples,) of bool."""
        return self._evaluation.task.correct(self.probabilities)

    @cached_property
    def losses(self) -> Array:
        """The loss of each recorded sample: (n_samples,)."""
        return self._evaluation.losses_of(self._answers)[0]

    def gradients(self, clipped: bool = False) -> list[Array]:
        """The gradient of the loss with respect to every weight, (1, …) each: `Evaluation.gradients_of`."""
        optimizer = self._evaluation.recording.description.optimizer
        return clipping.clipped(self._gradients, optimizer) if clipped else self._gradients

    @cached_property
    def _gradients(self) -> list[Array]:
        return self._evaluation.gradients_at(self.epoch, self.weights)

    def activations(self, layer: str) -> Array:
        """Activations of `layer` for the recorded samples: (n_samples, units)."""
        if layer not in self._activations:
            self._activations[layer] = self._evaluate_samples(layer)
        return self._activations[layer]

    def _evaluate_samples(self, layer: str) -> Array:
        first, order = self._evaluation.first_product, self._evaluation.order
        if first is not None and layer == first.layer:
            return first.activations(self.epoch)
        if first is not None and layer in order and order[layer] > order[first.layer]:
            self.activations(first.layer)
        known = self._known_before(layer)
        if known is None:
            return self.evaluate(self._evaluation.inputs, layer)
        return self.evaluate(self._activations[known], layer, start_after=known)

    def _known_before(self, layer: str) -> str | None:
        """The last layer before this one with cached activations; None if there is none."""
        order, starts_after = self._evaluation.order, self._evaluation.starts_after
        if layer not in order or not self._evaluation.in_numpy:
            return None
        known = (name for name in self._activations if order[name] < order[layer])
        return max((name for name in known if starts_after(name, layer)), key=order.__getitem__, default=None)

    def evaluate(self, inputs: Array, layer: str | None = None, start_after: str | None = None) -> Array:
        """Activations of `layer` for any inputs: (n, units)."""
        network = self._evaluation.network
        return network.evaluate(inputs, self.weights, layer, start_after=start_after)[0]

    def answers_of(self, inputs: Array, start_after: str | None = None) -> ByClass:
        """The answers by class for any inputs, or for activations of `start_after`."""
        outputs, logits = self._evaluation.answers(self.weights, inputs, start_after)
        return self._evaluation.task.answers(outputs[0], None if logits is None else logits[0])
