"""Owns which labels of a body are taken for JSON."""

from __future__ import annotations

from email.message import Message

FORM = "application/x-www-form-urlencoded"
"""What curl and others write over any body unless they are told otherwise."""


def is_json_label(content_type: str) -> bool:
    """Tell whether a ``Content-Type`` header, or none, may stand over a body of JSON in UTF-8."""
    if not content_type:
        return True
    label = Message()
    label["Content-Type"] = content_type
    charset = str(label.get_param("charset", "utf-8")).lower()
    if charset not in ("utf-8", "utf8", "us-ascii"):
        return False
    kind = label.get_content_type() if "/" in content_type else content_type.lower()
    return kind in ("application/json", FORM) or kind.endswith("+json")
