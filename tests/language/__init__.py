"""Tests of the reader's language."""
