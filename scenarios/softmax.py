"""Three classes share one whole: how logits become probabilities, and what the loss makes of them.

The clouds touch, so that the network stays unsure about some samples: the picture shows one of them.
"""

from functools import partial

from replay import Scenario, datasets

scenario = Scenario(
    name="softmax",
    description="four clouds that touch, a 2-8-4 network, softmax",
    data=partial(datasets.blobs, n_per_class=60, spread=1.6),
    class_names=("south-west", "south-east", "north-west", "north-east"),
    activations=("tanh",),
    hidden_units=(8,),
    output_units=4,
    output_activation="softmax",
    output_kernel_initializer="glorot_normal",
    loss="sparse_categorical_crossentropy",
    optimizer="adam",
    learning_rate=0.02,
    batch_size=16,
    epochs=40,
    seed=0,
    views=("softmax", "dashboard"),
)
