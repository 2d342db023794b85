"""Tables as people have them: encodings, separators, decimal commas, and what each column is taken for."""
