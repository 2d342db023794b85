"""A staircase: tanh units stand one at each step, ReLU units have to bend twice for each.

A network of continuous units cannot jump. It makes a step as steep as its weights are large.
"""

from functools import partial

from replay import Scenario, datasets

scenario = Scenario(
    name="steps",
    description="a noisy staircase of five steps, a 1-16-1 network",
    data=partial(datasets.steps, n=200, seed=1),
    validation_data=partial(datasets.steps, n=100, seed=2),
    activations=("tanh", "relu"),
    hidden_units=(16,),
    output_activation="linear",
    kernel_initializer="he_normal",
    output_kernel_initializer="glorot_normal",
    loss="mean_squared_error",
    metrics=(),
    optimizer="adam",
    learning_rate=0.03,
    batch_size=20,
    epochs=200,
    seed=0,
)
