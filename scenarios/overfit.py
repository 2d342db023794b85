"""Few noisy points."""

from functools import partial

from replay import Scenario, datasets

scenario = Scenario(
    name="overfit",
    description="60 noisy points of two half moons, a 2-64-64-1 network, and three remedies",
    data=partial(datasets.moons, n_per_class=30, noise=0.35, seed=1),
    validation_data=partial(datasets.moons, n_per_class=250, noise=0.35, seed=2),
    activations=("relu",),
    hidden_units=(64, 64),
    kernel_initializer="he_normal",
    output_kernel_initializer="glorot_normal",
    optimizer="adam",
    learning_rate=0.005,
    batch_size=16,
    epochs=150,
    runs={
        "plain": {},
        "dropout": {"dropout": 0.5},
        "weight-decay": {"weight_decay": 0.5},
        "early-stopping": {"patience": 20},
    },
)
