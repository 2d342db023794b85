"""A convolutional network on MNIST with six activations.

It is the network of Keras's MNIST example: two convolutions, pooling, dropout, and a dense layer of 128
units. SELU uses the initial weights and the dropout of its paper (Klambauer et al. 2017). Adam clips every
entry of the gradient at 0.5. On a small machine, use `--samples` and `--epochs`.
"""

from functools import partial

from replay import Scenario, datasets

CLIP = 0.5


def build_model(activation, output_units=10):
    """28×28 images → 32 and 64 feature maps → 128 units → a unit for each class, compiled."""
    import keras
    from keras import layers

    initializer = "lecun_normal" if activation == "selu" else "glorot_uniform"
    Dropout = layers.AlphaDropout if activation == "selu" else layers.Dropout
    look = {"activation": activation, "kernel_initializer": initializer}
    model = keras.Sequential(
        [
            keras.Input((28, 28)),
            layers.Reshape((28, 28, 1), name="image"),
            layers.Conv2D(32, 3, name="conv_1", **look),
            layers.Conv2D(64, 3, name="conv_2", **look),
            layers.MaxPooling2D(2, name="pool"),
            Dropout(0.25, name="dropout_1"),
            layers.Flatten(name="flatten"),
            layers.Dense(128, name="hidden", **look),
            Dropout(0.5, name="dropout_2"),
            layers.Dense(output_units, activation="softmax", name="output"),
        ],
        name=f"mnist_cnn_{activation}",
    )
    model.compile(
        optimizer=keras.optimizers.Adam(0.001, clipvalue=CLIP),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model


scenario = Scenario(
    name="mnist-cnn",
    description="MNIST, two convolutions and a dense layer, Adam with clipped gradients",
    data=datasets.mnist,
    validation_data=partial(datasets.mnist, test=True),
    activations=("sigmoid", "relu", "elu", "leaky_relu", "selu", "gelu"),
    build_model=build_model,
    output_units=10,
    output_activation="softmax",
    loss="sparse_categorical_crossentropy",
    batch_size=128,
    epochs=5,
    recording={"samples": 500},
)
