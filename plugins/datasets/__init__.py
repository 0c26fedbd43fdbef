"""Data sets: those that are known by name, and where their files come from."""
