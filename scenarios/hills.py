"""Three hills in a plane: the network's answer as a map, with contours, and where it is off."""

from functools import partial

from replay import Scenario, datasets

scenario = Scenario(
    name="hills",
    description="the height of a land with three hills, a 2-16-16-1 network",
    data=partial(datasets.hills, n=400, seed=1),
    validation_data=partial(datasets.hills, n=100, seed=2),
    activations=("tanh",),
    hidden_units=(16, 16),
    output_activation="linear",
    kernel_initializer="he_normal",
    output_kernel_initializer="glorot_normal",
    loss="mean_squared_error",
    metrics=(),
    optimizer="adam",
    learning_rate=0.01,
    batch_size=32,
    epochs=120,
    seed=0,
)
