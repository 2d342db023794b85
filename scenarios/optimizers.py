"""Five optimizers (SGD, momentum, Adagrad, RMSprop, Adam) on one network with the same initial weights.

After the third "Hyper-parameters in Action" article. Each has its own suitable learning rate.
"""

from replay import Scenario, datasets

scenario = Scenario(
    name="optimizers",
    description="two half moons, a 2-8-2-1 network, five optimizers",
    data=datasets.moons,
    activations=("tanh",),
    hidden_units=(8, 2),
    output_kernel_initializer="glorot_normal",
    batch_size=16,
    epochs=80,
    seed=4,
    vary={"optimizer": ("sgd", "momentum", "adagrad", "rmsprop", "adam")},
    learning_rates={"sgd": 0.3, "momentum": 0.05, "adagrad": 0.2, "rmsprop": 0.01, "adam": 0.02},
)
