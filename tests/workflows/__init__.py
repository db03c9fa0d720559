"""The stories that cross columns."""
