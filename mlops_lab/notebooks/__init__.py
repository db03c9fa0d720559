"""Analysis of notebooks and cells: pure functions from source to what it says."""
