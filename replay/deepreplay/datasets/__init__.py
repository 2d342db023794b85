"""The data sets of DeepReplay, with its arguments and labels."""
