"""A recorded search whose every text wants to do harm."""

from ....store.pages.hostile import hostile

__all__ = ["hostile"]
