"""Tests of the tracking room, on a real store."""
