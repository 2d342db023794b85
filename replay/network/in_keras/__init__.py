"""Networks that only Keras can describe, rebuild or evaluate. Loads TensorFlow."""
