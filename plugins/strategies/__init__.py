"""Strategies: one file an algorithm."""
