"""The rules of jobs: definitions, revisions, schedules, jobs, and how a job is run."""
