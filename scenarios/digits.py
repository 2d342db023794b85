"""Handwritten digits of 8×8 pixels: like the MNIST scenarios, in seconds and without a download."""

from functools import partial

from replay import Scenario, datasets

scenario = Scenario(
    name="digits",
    description="8×8 digits, a 64-32-2-10 network, Adam",
    data=datasets.digits,
    validation_data=partial(datasets.digits, test=True),
    activations=("tanh", "relu"),
    hidden_units=(32, 2),
    output_units=10,
    output_activation="softmax",
    loss="sparse_categorical_crossentropy",
    kernel_initializer="glorot_uniform",
    output_kernel_initializer="glorot_uniform",
    optimizer="adam",
    learning_rate=0.01,
    batch_size=32,
    epochs=50,
)
