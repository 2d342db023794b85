"""A latent layer of two units on MNIST: ten classes separate in its plane while the network learns.

RMSprop and Adam drive tanh's two units into the corners of their plane at once, where only four classes fit.
It records five snapshots per epoch, in float16, as most of the movement is in the first epoch.
"""

from functools import partial

from replay import Scenario, datasets

scenario = Scenario(
    name="mnist-latent",
    description="MNIST, a 784-512-2-10 network, SGD with momentum",
    data=datasets.mnist,
    validation_data=partial(datasets.mnist, test=True),
    activations=("tanh", "relu"),
    hidden_units=(512, 2),
    output_units=10,
    output_activation="softmax",
    loss="sparse_categorical_crossentropy",
    kernel_initializer="glorot_uniform",
    output_kernel_initializer="glorot_uniform",
    optimizer="momentum",
    learning_rate=0.02,
    batch_size=128,
    epochs=10,
    tween=3,
    recording={"samples": 2000, "every_n_batches": 94, "dtype": "float16"},
)
