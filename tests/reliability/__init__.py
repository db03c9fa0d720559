"""Owns the tests of a store under kill -9, full disks and lost connections, with real processes."""
