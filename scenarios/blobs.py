"""Four clouds, four classes: a softmax network and its decision boundaries.

The seed was found by search (benchmarks/search_seed.py): 5 is one of 8 among seeds 0 to 7 with which all
activations solve it, ReLU at epoch 7.
"""

from replay import Scenario, datasets

scenario = Scenario(
    name="blobs",
    description="four clouds, a 2-25-15-4 network, Adam",
    data=datasets.blobs,
    activations=("relu",),
    hidden_units=(25, 15),
    output_units=4,
    output_activation="softmax",
    kernel_initializer="glorot_uniform",
    output_kernel_initializer="glorot_uniform",
    loss="sparse_categorical_crossentropy",
    optimizer="adam",
    learning_rate=0.001,
    batch_size=16,
    epochs=60,
    seed=5,
    views=("dashboard", "why"),
)
