"""Searches over what was recorded, without a model: the same one again, or another one."""
