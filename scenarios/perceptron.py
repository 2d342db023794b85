"""One unit that answers with a step: Rosenblatt's rule finds a line, and gradient descent moves nothing.

The rule (1958) moves the line at each mistake, and ends where a line separates the classes, after (R / γ)²
mistakes at most (Novikoff 1962). The gradient of a step is 0: the second run stays as it began.

With each of the seeds 0 to 5 the rule ends after five to seven epochs and 35 to 50 mistakes: 0 after 41.
"""

from functools import partial

from replay import Scenario, datasets

scenario = Scenario(
    name="perceptron",
    description="two clouds that a line separates, one step unit",
    data=partial(datasets.two_clouds, n_per_class=40, gap=0.6, spread=0.5, centre=(2.0, 1.0)),
    activations=("step",),
    hidden_units=(),
    output_activation="step",
    output_kernel_initializer="normal_0.1",
    loss="mean_squared_error",
    learning_rate=0.1,
    batch_size=1,
    epochs=10,
    seed=0,
    recording={"every_n_batches": 8},
    runs={"perceptron-rule": {"optimizer": "perceptron"}, "sgd": {"optimizer": "sgd"}},
    views=("mistakes",),
    compared_by="mistakes",
)
