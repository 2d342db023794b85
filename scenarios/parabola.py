"""Two parabolas that no straight line divides, and the smallest network that divides them.

After the first "Hyper-parameters in Action" article. Seed chosen by search (see docs/scenarios.md).
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
)
