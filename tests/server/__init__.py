"""Proves the server extension over real HTTP and websockets."""
