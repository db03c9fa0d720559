"""The command line: in this process, and once along the whole road in real ones."""
