"""Tests of how runs move between stores."""
