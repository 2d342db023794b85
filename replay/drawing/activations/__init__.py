"""Activation functions: what to know of them, and their figure."""
