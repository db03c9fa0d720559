"""Owns the peers: other tracking tools, in an environment of their own, measured beside ours."""
