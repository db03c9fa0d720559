"""Stories that cross columns: a run becomes a job definition, a job becomes a run."""
