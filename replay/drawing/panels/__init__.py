"""One view each, drawn on axes from the arrays it was given."""
