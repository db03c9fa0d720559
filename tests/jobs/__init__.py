"""Tests of the jobs column."""
