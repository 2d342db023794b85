"""The vanishing gradient: ten layers of sigmoids, whose first one does not learn, against ten of ReLUs.

A sigmoid's slope is 0.25 at most, and each layer multiplies the gradient by it: after ten layers a
millionth is left. Glorot & Bengio 2010, "Understanding the difficulty of training deep feedforward neural
networks".

Before training, the gradient of the first layer's z is 4·10⁻⁷ to 4·10⁻⁶ of the output's with each of the
seeds 0 to 9, and no sigmoid network learns anything. Of ReLU it is a sixtieth to a half, and 7 of them get
all samples right: seed 2 is one.
"""

from functools import partial

from replay import Scenario, datasets

scenario = Scenario(
    name="vanishing",
    description="two half moons, ten layers of ten units: sigmoids let the gradient vanish, ReLUs do not",
    data=partial(datasets.moons, n_per_class=100),
    activations=("sigmoid", "relu"),
    hidden_units=(10,) * 10,
    kernel_initializer="he_normal",
    output_kernel_initializer="glorot_normal",
    optimizer="sgd",
    learning_rate=0.05,
    batch_size=16,
    epochs=40,
    seed=2,
    views=("backprop", "updates"),
    compared_by="backprop",
)
