"""Owns the command ``python -m mlops_lab.worker``."""

from __future__ import annotations

import sys

# A checker of web addresses in JSON schemas, which compiles a grammar for almost a second. Whoever
# waits for the first job of a new worker waits for this; jsonschema does without it.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]

if __name__ == "__main__":
    from .app import main

    sys.exit(main())
