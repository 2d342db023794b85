"""The command line: one file per command, their shared options, and terminal output."""
