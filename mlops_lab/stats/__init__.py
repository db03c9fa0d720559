"""What data is: fingerprints of tables and files, and profiles of columns. Pure; no I/O of ours."""
