"""The same training in every framework that has a recorder: a 2-3-1 network that tells points apart.

Each trains for some epochs, records, and returns the probabilities that the framework itself gave: before
training and after each epoch. `each` is called with the number of the epochs that are recorded. Nothing here
is imported before it trains.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

Array = np.ndarray
Each = Callable[[int], None]
N = 48
RNG = np.random.default_rng(12)
X = RNG.normal(size=(N, 2)).astype(np.float32)
Y = (X[:, 0] * X[:, 1] > 0).astype(np.int64)


def nothing(epoch: int) -> None:
    """Do nothing after an epoch."""


@dataclass(frozen=True)
class Framework:
    """One framework: the packages that its training needs, and what it cannot be asked for.

    `train(path, epochs, each, **options)` records with these options of the recorder.
    """

    packages: tuple[str, ...]
    train: Callable[..., list[Array]]
    without_tensorflow: bool = True
    unfit: tuple[str, ...] = ()  # options that it refuses


def keras(path: Path, epochs: int, each: Each = nothing, **options: Any) -> list[Array]:
    import keras

    from replay import Recorder

    keras.utils.set_random_seed(3)
    layers = [keras.layers.Dense(3, "tanh", name="hidden"), keras.layers.Dense(1, "sigmoid", name="output")]
    model = keras.Sequential([keras.Input((2,)), *layers])
    model.compile(keras.optimizers.Adam(0.05), "binary_crossentropy")
    found = [model.predict(X, verbose=0)[:, 0]]

    class Note(keras.callbacks.Callback):  # type: ignore[misc]
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            found.append(model.predict(X, verbose=0)[:, 0])
            each(epoch + 1)

    callbacks = [Recorder(path, X, Y, **options), Note()]
    model.fit(X, Y, epochs=epochs, batch_size=16, verbose=0, shuffle=False, callbacks=callbacks)
    return found


def pytorch(path: Path, epochs: int, each: Each = nothing, **options: Any) -> list[Array]:
    import torch

    from replay.torch import watch

    torch.manual_seed(3)
    model = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Tanh(), torch.nn.Linear(3, 1))
    optimizer, loss = torch.optim.Adam(model.parameters(), 0.05), torch.nn.BCEWithLogitsLoss()
    inputs, targets = torch.tensor(X), torch.tensor(Y, dtype=torch.float32)[:, None]

    def now() -> Array:
        with torch.no_grad():
            found: Array = torch.sigmoid(model(inputs))[:, 0].numpy()
        return found

    found = [now()]
    with watch(model, X, Y, path, loss=loss, optimizer=optimizer, **options) as recorder:
        for epoch in range(epochs):
            for rows in torch.arange(N).split(16):
                optimizer.zero_grad()
                loss(model(inputs[rows]), targets[rows]).backward()
                optimizer.step()
            recorder.epoch_end()
            found.append(now())
            each(epoch + 1)
    return found


def lightning(path: Path, epochs: int, each: Each = nothing, **options: Any) -> list[Array]:
    import logging
    import warnings

    import torch

    warnings.simplefilter("ignore")
    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    import lightning
    from torch.utils.data import DataLoader, TensorDataset

    from replay.lightning import Recorder

    class Module(lightning.LightningModule):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.net = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Tanh(), torch.nn.Linear(3, 1))
            self.loss = torch.nn.BCEWithLogitsLoss()

        def forward(self, x: Any) -> Any:
            return self.net(x)

        def training_step(self, batch: Any, number: int) -> Any:
            return self.loss(self(batch[0]), batch[1])

        def configure_optimizers(self) -> Any:
            return torch.optim.Adam(self.parameters(), 0.05)

    torch.manual_seed(3)
    module = Module()
    inputs, targets = torch.tensor(X), torch.tensor(Y, dtype=torch.float32)[:, None]

    def now() -> Array:
        with torch.no_grad():
            found: Array = torch.sigmoid(module.net(inputs))[:, 0].numpy()
        return found

    found = [now()]

    class Note(lightning.pytorch.Callback):  # type: ignore[misc]
        def on_train_epoch_end(self, trainer: Any, pl_module: Any) -> None:
            found.append(now())
            each(trainer.current_epoch + 1)

    trainer = lightning.Trainer(
        max_epochs=epochs, logger=False, enable_checkpointing=False, enable_progress_bar=False,
        enable_model_summary=False, accelerator="cpu", callbacks=[Recorder(path, X, Y, **options), Note()],
    )  # fmt: skip
    trainer.fit(module, DataLoader(TensorDataset(inputs, targets), batch_size=16))
    return found


def sklearn(path: Path, epochs: int, each: Each = nothing, **options: Any) -> list[Array]:
    import warnings

    from sklearn.neural_network import MLPClassifier

    from replay.sklearn import fit

    given = {
        "hidden_layer_sizes": (3,),
        "activation": "tanh",
        "alpha": 0,
        "batch_size": 16,
        "random_state": 3,
    }
    model = MLPClassifier(learning_rate_init=0.05, **given)
    unmoved = MLPClassifier(learning_rate_init=1e-300, **given).partial_fit(X, Y, classes=[0, 1])
    found = [unmoved.predict_proba(X)[:, 1]]

    def note(epoch: int) -> None:
        found.append(model.predict_proba(X)[:, 1])
        each(epoch)

    warnings.simplefilter("ignore")
    fit(model, X, Y, path, epochs=epochs, after_epoch=note, **options)
    return found


def jax(path: Path, epochs: int, each: Each = nothing, **options: Any) -> list[Array]:
    import jax
    import jax.numpy as jnp
    import optax

    from replay.jax import Recorder

    rng, adam = np.random.default_rng(3), optax.adam(0.05)
    params = {
        "hidden": {"kernel": jnp.asarray(rng.normal(size=(2, 3)), jnp.float32), "bias": jnp.zeros(3)},
        "output": {"kernel": jnp.asarray(rng.normal(size=(3, 1)), jnp.float32), "bias": jnp.zeros(1)},
    }
    state = adam.init(params)

    def apply(params: Any, x: Any) -> Any:
        x = jnp.tanh(x @ params["hidden"]["kernel"] + params["hidden"]["bias"])
        return x @ params["output"]["kernel"] + params["output"]["bias"]

    def loss_of(params: Any, x: Any, y: Any) -> Any:
        return optax.sigmoid_binary_cross_entropy(apply(params, x)[:, 0], y).mean()

    @jax.jit
    def step(params: Any, state: Any, x: Any, y: Any) -> Any:
        loss, slopes = jax.value_and_grad(loss_of)(params, x, y)
        updates, state = adam.update(slopes, state)
        return optax.apply_updates(params, updates), state, loss

    def now() -> Array:
        return np.asarray(jax.nn.sigmoid(apply(params, X))[:, 0])

    found = [now()]
    loss = optax.sigmoid_binary_cross_entropy
    with Recorder(apply, params, X, Y, path, loss=loss, state=state, **options) as recorder:
        for epoch in range(epochs):
            for rows in np.arange(N).reshape(-1, 16):
                params, state, last = step(params, state, X[rows], Y[rows])
            recorder.epoch_end(params, state=state, loss=last)
            found.append(now())
            each(epoch + 1)
    return found


def flax(path: Path, epochs: int, each: Each = nothing, **options: Any) -> list[Array]:
    import optax
    from flax import nnx

    from replay.jax import Recorder

    rngs, loss = nnx.Rngs(3), optax.sigmoid_binary_cross_entropy
    model = nnx.Sequential(nnx.Linear(2, 3, rngs=rngs), nnx.tanh, nnx.Linear(3, 1, rngs=rngs))
    optimizer = nnx.Optimizer(model, optax.adam(0.05), wrt=nnx.Param)

    @nnx.jit
    def step(model: Any, optimizer: Any, x: Any, y: Any) -> Any:
        value, slopes = nnx.value_and_grad(lambda model: loss(model(x)[:, 0], y).mean())(model)
        optimizer.update(model, slopes)
        return value

    def now() -> Array:
        return np.asarray(nnx.sigmoid(model(X))[:, 0])

    found = [now()]
    with Recorder(model, X, Y, path, loss=loss, state=optimizer, **options) as recorder:
        for epoch in range(epochs):
            for rows in np.arange(N).reshape(-1, 16):
                last = step(model, optimizer, X[rows], Y[rows])
            recorder.epoch_end(loss=last)
            found.append(now())
            each(epoch + 1)
    return found


FRAMEWORKS: Mapping[str, Framework] = {
    "keras": Framework(("keras",), keras, without_tensorflow=False),
    "pytorch": Framework(("torch",), pytorch),
    "lightning": Framework(("torch", "lightning"), lightning, unfit=("resume",)),
    "sklearn": Framework(("sklearn",), sklearn, unfit=("resume",)),
    "jax": Framework(("jax",), jax),
    "flax": Framework(("jax", "flax"), flax),
}
