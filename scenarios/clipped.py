"""An exploding gradient, tamed: one neuron before a cliff, without clipping, clipped by value and by norm.

The neuron's activation is exp, so that its loss is a wall on one side and a plain on the other. All runs
begin on the wall, where the gradient is 55 times as long as the limit (Pascanu et al. 2013, "On the
difficulty of training recurrent neural networks", figure 6). Without clipping, the first step leads far out
onto the plain, where hardly anything leads back. Clipping by norm keeps the direction; by value it turns it
towards the diagonal.

Nothing is drawn at random: all of the seeds 0 to 9 show the same.
"""

from replay import Scenario, datasets

scenario = Scenario(
    name="clipped",
    description="a neuron with exp on a cliff of its loss: no clipping, by value, by norm",
    data=datasets.decay,
    feature_names=("x",),
    activations=("linear",),
    hidden_units=(),
    output_activation="exponential",
    output_kernel_initializer="ones",
    loss="mean_squared_error",
    metrics=(),
    learning_rate=0.1,
    batch_size=100,
    epochs=80,
    views=("trajectory",),
    compared_by="trajectory",
    runs={
        "none": {},
        "by-value": {"clipvalue": 1.0},
        "by-norm": {"global_clipnorm": 1.0},
    },
)
