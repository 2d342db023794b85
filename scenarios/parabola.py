"""Two parabolas that no straight line separates, and the smallest network that does.

After the first "Hyper-parameters in Action" article, with its network and training settings.

The seed was found by search (benchmarks/search_seed.py): 0 is the first of the seeds tried with which all
activations solve it, sigmoid at epoch 64, tanh at 16, ReLU at 30.
"""

from replay import Scenario, datasets

scenario = Scenario(
    name="parabola",
    description="two parabolas, a 2-2-1 network, SGD",
    data=datasets.parabola,
    hidden_units=(2,),
    activations=("sigmoid", "tanh", "relu"),
    kernel_initializer="glorot_normal",
    output_kernel_initializer="random_normal",
    optimizer="sgd",
    learning_rate=0.05,
    batch_size=16,
    epochs=150,
    seed=0,
    views=("dashboard", "why"),
)
