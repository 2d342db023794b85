"""Parts of writing a run file: atomic creation, locking, disk space, layout, resuming."""
