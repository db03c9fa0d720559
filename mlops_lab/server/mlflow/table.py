"""Owns the table of all routes with their state, as it stands in the documentation.

``python -m mlops_lab.server.mlflow.table docs/user/mlflow.md`` renews it there.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from .route import MlflowRoute
from .routes import all_routes

BEGIN = "<!-- routes: made by scripts/contract -->"
END = "<!-- end of routes -->"
_SHOWN = {"full": "yes", "partial": "in part", "none": "no"}


def routes_table() -> str:
    """Return the table in Markdown: the routes by path, those that are not supported last."""
    routes = sorted(all_routes(), key=lambda one: (one.state == "none", _shown(one), one.method))
    lines = ["| method | path | supported | note |", "|---|---|---|---|"]
    lines += [
        f"| {one.method} | `{_shown(one)}` | {_SHOWN[one.state]} | {one.note} |" for one in routes
    ]
    return "\n".join(lines)


def _shown(route: MlflowRoute) -> str:
    return route.path if route.path.startswith("/") else f"/api/{route.path}"


def with_table(page: str) -> str:
    """Return a page with the table between its marks renewed."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{routes_table()}\n\n{END}{after}"


def main(argv: Sequence[str]) -> int:
    """Renew the table in the page that is named."""
    page = Path(argv[0])
    page.write_text(with_table(page.read_text(encoding="utf-8")), encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
