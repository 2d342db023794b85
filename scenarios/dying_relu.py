"""Too large a learning rate kills ReLU units: off for all samples, they have no gradient and stay so.

The inputs are all positive, so that one large step can push a unit below 0 everywhere. Leaky ReLU, PReLU (He
et al. 2015) and ELU (Clevert et al. 2016) let something through there, and their units go on learning.

With seed 1 all ReLU units of the second layer die, and with one other of the seeds 0 to 9; with each of the
ten at least 5 of the 11 units do. With seeds 1 and 8 the other three are right about 87 % or more.
"""

from replay import Scenario, datasets


def uncentred_moons():
    """Two half moons, moved by 1 along both axes."""
    inputs, labels = datasets.moons(n_per_class=150, noise=0.1)
    return inputs + 1, labels


scenario = Scenario(
    name="dying-relu",
    description="two half moons off the centre, a 2-8-3-1 network, too large a learning rate",
    data=uncentred_moons,
    activations=("relu", "leaky_relu", "prelu", "elu"),
    hidden_units=(8, 3),
    kernel_initializer="he_normal",
    output_kernel_initializer="glorot_normal",
    optimizer="adam",
    learning_rate=0.2,
    batch_size=16,
    epochs=40,
    seed=1,
    views=("sparsity",),
    compared_by="sparsity",
)
