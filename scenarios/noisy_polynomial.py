"""Too few units, enough, and too many: networks of 2, 8 and 64 units on few noisy samples of a cubic.

Two units cannot bend as often as the cubic does, and miss training and held-out samples alike. Many learn the
noise by heart: they are close to the samples they train on, and farther from the held-out ones.

With seed 3, R² of training and held-out samples is 0.80 and 0.52 with 2 units, 0.93 and 0.67 with 8, 0.96 and
0.44 with 64. It is one of four seeds that were tried; others overfit more or less.
"""

from functools import partial

from replay import Scenario, datasets

NOISE = 0.3

scenario = Scenario(
    name="noisy-polynomial",
    description="a noisy cubic, 16 samples, networks of 2, 8 and 64 units",
    data=partial(datasets.cubic, n=16, noise=NOISE, seed=1),
    validation_data=partial(datasets.cubic, n=100, noise=NOISE, seed=2),
    activations=("relu",),
    hidden_units=(8,),
    output_activation="linear",
    kernel_initializer="normal_4",
    output_kernel_initializer="glorot_normal",
    loss="mean_squared_error",
    metrics=(),
    optimizer="adam",
    learning_rate=0.04,
    batch_size=16,  # all
    epochs=1500,
    seed=3,
    recording={"every_n_epochs": 20},
    vary={"hidden_units": (2, 8, 64)},
)
