"""Owns reports: runs side by side as one Markdown or HTML file that needs nothing else."""
