"""What is read from a tracked cell: its code, params, metrics, and where it came from."""
