"""Too few units, enough, and too many: networks of 2, 8 and 64 units on few noisy samples of a cubic.

Two units cannot bend as often as the cubic does, and miss training and held-out samples alike. Many learn the
noise by heart: they are close to the samples they train on, and farther from the held-out ones.

With each of the seeds 0 to 9, two units explain the least of the held-out samples. With six of them, 6 among
them, 64 units are told to overfit, and with six, 6 too, 8 units are better than 64 on the held-out samples.
"""

from functools import partial

from replay import Scenario, datasets

NOISE = 0.3

scenario = Scenario(
    name="noisy-polynomial",
    description="a noisy cubic, 20 samples, networks of 2, 8 and 64 units",
    data=partial(datasets.cubic, n=20, noise=NOISE, seed=1),
    validation_data=partial(datasets.cubic, n=100, noise=NOISE, seed=2),
    activations=("relu",),
    hidden_units=(8,),
    output_activation="linear",
    kernel_initializer="normal_4",
    output_kernel_initializer="glorot_normal",
    loss="mean_squared_error",
    metrics=(),
    optimizer="adam",
    learning_rate=0.05,
    batch_size=20,  # all
    epochs=450,
    seed=6,
    vary={"hidden_units": (2, 8, 64)},
)
