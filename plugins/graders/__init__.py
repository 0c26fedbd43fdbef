"""Graders: what answer a solution gives, and which answers mean the same."""
