"""Wider is worse, then better: the held-out loss peaks where a network just fits its noisy samples.

After Belkin et al. 2019 and Nakkiran et al. 2020. A network of w units has 12 w + 1 weights, with 5 units
about as many as there are samples: 61 for 60. Hardly any function of so few weights fits them, and it has to
bend wildly. With many more weights many functions do, and training finds a smoother one. The wide networks
beat those at the peak, but not the narrowest: what is to be learnt is a single tanh, under much noise.

    replay sweep double-descent --seeds 8 --no-keep

takes two or three minutes and ends with the figure of the losses by width.
"""

from functools import partial

import numpy as np

from replay import Scenario

N_INPUTS, NOISE = 10, 0.5


def noisy(n, seed):
    """Inputs (n, 10) and targets (n, 1): tanh along a direction that all seeds share, and much noise."""
    direction = np.random.default_rng(0).normal(size=(N_INPUTS, 1)) / N_INPUTS**0.5
    rng = np.random.default_rng(seed)
    inputs = rng.normal(size=(n, N_INPUTS))
    targets = np.tanh(inputs @ direction) + NOISE * rng.normal(size=(n, 1))
    return inputs.astype(np.float32), targets.astype(np.float32)


scenario = Scenario(
    name="double-descent",
    description="60 noisy samples in 10-D, networks of 1 to 200 units",
    data=partial(noisy, 60, seed=1),
    validation_data=partial(noisy, 1000, seed=2),
    activations=("relu",),
    hidden_units=(200,),
    output_activation="linear",
    kernel_initializer="he_normal",
    output_kernel_initializer="lecun_normal",
    loss="mean_squared_error",
    metrics=(),
    optimizer="adam",
    learning_rate=0.03,
    batch_size=60,  # all
    epochs=2000,
    views=("curves",),
    # Not 2 units: in the comparison of all runs, that one alone would have a plane.
    vary={"hidden_units": (1, 3, 4, 5, 6, 8, 12, 20, 40, 100, 200)},
    recording={"every_n_epochs": 100},
)
