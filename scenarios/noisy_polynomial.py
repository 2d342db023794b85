"""Too few units, enough, and too many: networks of 2, 8 and 64 units on few noisy samples of a cubic.

Two units cannot bend as often as the cubic does, and miss training and held-out samples alike. Many learn the
noise by heart: they are close to the samples they train on, and farther from the held-out ones.
"""

from functools import partial

from replay import Scenario, datasets

scenario = Scenario(
    name="noisy-polynomial",
    description="a noisy cubic, 24 samples, networks of 2, 8 and 64 units",
    data=partial(datasets.cubic, n=24, seed=1),
    validation_data=partial(datasets.cubic, n=100, seed=2),
    activations=("relu",),
    hidden_units=(8,),
    output_activation="linear",
    kernel_initializer="he_normal",
    output_kernel_initializer="glorot_normal",
    loss="mean_squared_error",
    metrics=(),
    optimizer="adam",
    learning_rate=0.02,
    batch_size=24,
    epochs=300,
    seed=0,
    vary={"hidden_units": (2, 8, 64)},
)
