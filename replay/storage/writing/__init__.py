"""Writing a run file: whole or not at all, by one writer, with room on the disk."""
