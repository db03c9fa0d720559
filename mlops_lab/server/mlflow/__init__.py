"""Owns the MLflow protocol: its REST routes over the services of this store, without MLflow itself.

A route is a function in a module of this package::

    class GetThing(Request):
        name: str                      # no default: required, "" counts as missing
        max_results: int = 100         # numbers may come as text
        tags: list[KeyValue] = []

    class ThingAnswer(Answer):
        thing: ThingOnWire

    @mlflow_route("GET", "2.0/mlflow/things/get", state="full")
    def get_thing(call: MlflowCall, request: GetThing) -> ThingAnswer:
        ...

``call.lab`` has the services, ``call.user`` who calls. ``{name}`` in the path is a further keyword
argument of the function, and ``{path}`` is all that follows. What is refused is raised as
``MlflowError(code, message)``; errors of ``core.errors`` become MLflow's own by themselves. An answer
is a struct (what is None, UNSET or an empty list by default is left out), a ``dict``, a
``Download``, a ``str``, or None for ``{}``. A route is served when its module is listed in
``routes.py``; the table in ``docs/user/mlflow.md`` is made from the same list.
"""
