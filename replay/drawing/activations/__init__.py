"""Activation functions (ReLU, tanh, …): their facts as text, and their figure."""
