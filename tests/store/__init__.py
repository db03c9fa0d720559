"""Tests of the ground: schema, transactions, outbox, artifacts, rows."""
