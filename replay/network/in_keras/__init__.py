"""Networks in Keras: describe, rebuild, evaluate in batches what NumPy does not cover. Loads TensorFlow."""
