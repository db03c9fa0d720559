"""The door for programs: the REST API of a server as typed Python calls.

::

    from mlops_lab.client import Client

    with Client() as lab:
        run = lab.runs.create(experiment="churn", params={"rate": 0.1})
        lab.runs.log(run.summary.id, metrics=[lab.point("loss", 0.5, step=1)])
        lab.runs.finish(run.summary.id)
        for found in lab.runs.list(filter="metrics.loss < 1"):
            print(found.name)

It needs msgspec and the standard library, and one object serves any number of threads.
"""

from __future__ import annotations

from .client import Client
from .errors import ForbiddenError, UnreachableError

__all__ = ["Client", "ForbiddenError", "UnreachableError"]
