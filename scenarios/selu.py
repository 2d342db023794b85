"""Self-normalising networks: SELU keeps mean 0 and variance 1 from layer to layer, without a layer for it.

After Klambauer et al. 2017, "Self-Normalizing Neural Networks": inputs of mean 0 and variance 1, and LeCun's
initial weights. Of ReLU with He's weights the mean is above 0 and the variance drifts apart; batch
normalisation (Ioffe & Szegedy 2015) holds both, for two more weights a unit.
"""

from replay import Scenario, datasets

scenario = Scenario(
    name="selu",
    description="ten layers of 32 units: SELU normalises itself, ReLU with and without batch normalisation",
    data=datasets.ball,
    samples=200,
    activations=("selu",),
    hidden_units=(32,) * 10,
    output_kernel_initializer="glorot_normal",
    optimizer="sgd",
    learning_rate=0.02,
    batch_size=20,
    epochs=20,
    runs={
        "selu": {"kernel_initializer": "lecun_normal"},
        "relu": {"activation": "relu", "kernel_initializer": "he_normal"},
        "relu-batchnorm": {
            "activation": "relu",
            "kernel_initializer": "he_normal",
            "batch_normalization": True,
        },
    },
    views=("normalisation",),
    compared_by="normalisation",
)
