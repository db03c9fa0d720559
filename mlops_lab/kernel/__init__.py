"""The kernel's side: the magics, what they capture, and the spool that loses nothing."""
