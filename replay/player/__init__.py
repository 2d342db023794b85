"""The interactive HTML page (player): its options, its data, and its display in notebooks."""
