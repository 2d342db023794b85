"""Parts of writing a run file: atomic creation, locking, disk space, equal bytes, layout, resuming."""
