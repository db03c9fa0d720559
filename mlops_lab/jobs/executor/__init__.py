"""The ways to run a job's runner; ``local`` runs it on this machine."""
