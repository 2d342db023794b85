"""Record any training: options, samples, snapshots, failures. Each framework has a recorder of its own."""
