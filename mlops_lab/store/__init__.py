"""The ground that records stand on: tables, transactions, and artifact bytes."""
