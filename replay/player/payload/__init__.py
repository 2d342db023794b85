"""What a page carries: the runs as JSON and packed arrays, within a size."""
