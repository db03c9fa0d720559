"""Tests of fingerprints and profiles."""
