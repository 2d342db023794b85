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


FRAMEWORKS: Mapping[str, Framework] = {
    "keras": Framework(("keras",), keras, without_tensorflow=False),
    "pytorch": Framework(("torch",), pytorch),
    "lightning": Framework(("torch", "lightning"), lightning, unfit=("resume",)),
}
