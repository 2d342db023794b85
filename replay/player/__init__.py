"""The interactive page: what it carries, and how it is written."""
