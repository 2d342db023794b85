"""The recorder of trainings in JAX, which its user writes as a loop."""

from __future__ import annotations

import logging
from typing import Any

import jax
import numpy as np

from replay.errors import DataError
from replay.jax import state as states
from replay.network.description import RunDescription
from replay.network.in_jax.describe import Described, described, packages
from replay.network.in_jax.given_model import is_module, model_of
from replay.network.in_jax.losses import described_loss
from replay.network.losses import WITH_LOGITS
from replay.recorders.loop import LoopRecorder
from replay.recorders.metrics import numbers_of
from replay.recorders.options import RecordingOptions
from replay.recorders.session import Session, never_ending_a_training
from replay.storage.unfinished import UnfinishedTraining
from replay.types import Array

logger = logging.getLogger(__name__)
OF_FUNCTION = ("params", "X", "y", "path")
OF_MODULE = ("X", "y", "path")
NOT_HERE = {"every_n_batches": "a loop of your own tells of whole epochs"}


class Recorder(LoopRecorder):
    """Records a training in JAX: the parameters before it and after each epoch, and the metrics it is told.

    Either `Recorder(apply, params, X, y, path)`, for a function `apply(params, x)` that answers samples as
    the trained network does (no dropout), with `params` any pytree of arrays; or `Recorder(module, X, y,
    path)` for a module of Flax NNX, which is evaluated as after `module.eval()` and stays as it is.

    Args:
        model: The function, or the module.
        *given: `params` (of a function alone), then `X`, the samples that views will show, (n_samples, …);
            `y`, their targets, (n_samples, …); and `path`, the run file to write.
        loss: A name of Keras's, such as "mean_squared_error"; a name with its arguments, as
            ("binary_crossentropy", {"from_logits": True}); or a function: optax's are known, others are
            kept by name, and then there is no loss of each sample. None where it is not known.
        epochs: How many epochs the training has in all; after the last one, the run is complete. Without
            it, `close`, the end of a `with` block or of the program completes the run.
        state: What else the training needs in order to be resumed, any pytree: the state of the optimizer,
            random keys, objects of NNX's. Its structure must stay. None for nothing.
        **options: How to record, as `replay.Recorder` takes it: `every_n_epochs`, `validation_data`,
            `samples`, `layers`, `dtype`, `compress`, `max_bytes`, `overwrite`, `resume`, `resumable`, `live`,
            `on_error`, names, `scenario`, `run`, `seed`, `batch_size`, `data`.

    Attributes:
        path: The run file.
        error: Why the recording stopped before the training did, None if it did not.
        initial_epoch: The epoch at which the training begins: 0 unless it is resumed.
        restored: The parameters and the state to begin with, `(params, state)`: those given, or with
            `resume` those after the last finished epoch. A module and objects of NNX's are set to them. None
            once an epoch has ended, so that no array is kept.

    Raises:
        RunFileError: The file exists, is being recorded, cannot be gone on with, would become too large, or
            finds no room on its disk.
        DataError: The function fails on X, or does not answer each sample; parameters are no arrays; X and y
            do not fit each other or the loss; names are too many or too few.
        ScenarioError: The options do not go together, or there is no such loss.

    A network that is made of layers which NumPy knows replays without JAX. Any other is recorded whole: it
    replays with `Replay(path, model=apply)` or `model=module`.

    >>> import jax.numpy as jnp
    >>> import replay.jax
    >>> def apply(params, x):
    ...     return jnp.tanh(x @ params["output"]["kernel"] + params["output"]["bias"])
    >>> params = {"output": {"kernel": jnp.ones((2, 1)), "bias": jnp.zeros(1)}}
    >>> with replay.jax.Recorder(apply, params, X, y, "jax.h5", loss="mean_squared_error") as recorder:
    ...     for epoch in range(3):
    ...         recorder.epoch_end(params, loss=0.5)
    >>> replay.Replay("jax.h5").epochs
    array([0., 1., 2., 3.])
    """

    def __init__(
        self,
        model: Any,
        *given: Any,
        loss: Any = None,
        epochs: int | None = None,
        state: Any = None,
        **options: Any,
    ) -> None:
        names = OF_MODULE if is_module(model) else OF_FUNCTION
        params, X, y, path = _bound(names, given, options)
        session = Session(path, _in_numpy(X), _in_numpy(y), RecordingOptions.of(_in_numpy(options), NOT_HERE))
        super().__init__(session, epochs)
        self._module = model if is_module(model) else None
        self._objects = state if _holds_itself(state) else None  # they change in place, as the module does
        self._keeps_state = session.options.resumable
        given_model = model_of(model, params)
        self._values_of = given_model.values_of
        self._described = described(given_model, session.given.samples[0], str(self.path))
        description = RunDescription(
            self._described.layers,
            chain=self._described.chain,
            loss=_of_outputs(described_loss(loss), self._described),
            packages=packages(given_model),
            **session.facts,
        )
        self.restored: tuple[Any, Any] | None = self._begin(
            description, (params if self._module is None else model, state)
        )

    def _begin(self, description: RunDescription, given: tuple[Any, Any]) -> tuple[Any, Any]:
        """Create the file or take up the one to go on with; the parameters and the state to begin with."""
        data = {"data": self.session.given.fingerprint}
        layout = states.layout_of(given, data) if self._keeps_state else None
        self._kinds = layout.kinds if layout is not None else []
        kept = self.begin(description, layout)
        self.session.tell_batch_size(self.session.batch_size)
        if kept is not None:
            return self._go_on(kept, given)
        self.session.first(0, self._weights(given[0]), self._state(*given))
        return given

    def _go_on(self, kept: UnfinishedTraining, given: tuple[Any, Any]) -> tuple[Any, Any]:
        """The parameters and the state after the last finished epoch."""
        restored: tuple[Any, Any] = states.restored(given, kept.state.arrays(kept.layout))
        session = self.session
        session.last = (kept.epoch, self._weights(restored[0]))
        if kept.epoch > session.writer.last_epoch and not kept.epoch % session.options.every_n_epochs:
            session.writer.snapshot(*session.last)
        session.starts()
        return restored

    @never_ending_a_training
    def epoch_end(self, params: Any = None, *, state: Any = None, **metrics: Any) -> None:
        """Record the end of an epoch.

        Args:
            params: The parameters now. Not for a module, which is read itself.
            state: What the training needs to go on from here, if the recorder was given some.
            **metrics: What to record of the epoch beside: `loss=…`, `accuracy=…`; numbers, by their names.
        """
        if self.is_late():
            return
        if params is None and self._module is None:
            raise DataError(f"{self.path}: pass epoch_end the params: recorder.epoch_end(params, loss=loss)")
        if params is not None and self._module is not None:
            raise DataError(f"{self.path}: pass epoch_end no params: a module is read itself")
        held = params if self._module is None else self._module
        state = self._objects if state is None else state
        self.restored = None
        self.end_epoch(self._weights(held), dict(numbers_of(metrics, np.asarray)), self._state(held, state))

    def _weights(self, held: Any) -> list[Array]:
        recorded = [path for path, _ in self.session.description.weight_paths]
        return self._described.weights(self._values_of(held), recorded)

    def _state(self, held: Any, state: Any) -> list[Array] | None:
        """The arrays to resume from; None, and nothing from now on, where they are others than before."""
        if not self._keeps_state:
            return None
        arrays = states.arrays_in((held, state))
        if [(array.shape, array.dtype.name) for array in arrays] == self._kinds:
            return arrays
        self._keeps_state = False
        self.session.writer.forget_state()
        logger.warning(
            "%s: this training can no longer be resumed: epoch_end was given another state than the recorder",
            self.path,
        )
        return None


def _bound(names: tuple[str, ...], given: tuple[Any, ...], options: dict[str, Any]) -> list[Any]:
    """Params (None of a module), X, y and path; those given by name are taken out of the options."""
    call = f"Recorder({'module' if names is OF_MODULE else 'apply'}, {', '.join(names)})"
    if len(given) > len(names):
        raise DataError(f"{call} takes {len(names) + 1} arguments without a name, not {len(given) + 1}")
    found = dict(zip(names, given, strict=False))
    for name in names[len(given) :]:
        if name not in options:
            raise DataError(f"{call}: {name} is missing")
        found[name] = options.pop(name)
    return [found.get(name) for name in OF_FUNCTION]


def _holds_itself(state: Any) -> bool:
    """Whether a state is of objects that change in place."""
    return all(map(states.is_object, jax.tree.leaves(state, is_leaf=states.is_object)))


def _in_numpy(value: Any) -> Any:
    """Arrays of JAX's as NumPy's, also within tuples and dicts."""
    if isinstance(value, jax.Array):
        return np.array(value)
    if isinstance(value, dict):
        return {name: _in_numpy(one) for name, one in value.items()}
    return tuple(map(_in_numpy, value)) if type(value) is tuple else value


def _of_outputs(loss: dict[str, Any] | None, network: Described) -> dict[str, Any] | None:
    """The loss of this network: logits that no sigmoid or softmax follows are outputs as they are."""
    activation = network.layers[-1].activation if network.known else None
    if loss is None or activation in WITH_LOGITS or not loss.get("from_logits"):
        return loss
    return {name: value for name, value in loss.items() if name != "from_outputs"}
