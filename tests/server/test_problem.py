"""Proves that each error has its one status, and that strangers learn nothing of the inside."""

from __future__ import annotations

import pytest

from mlops_lab.core import errors
from mlops_lab.server.problem import make_problem, problem_of


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (errors.InvalidInputError, 400),
        (errors.NotFoundError, 404),
        (errors.ConflictError, 409),
        (errors.LimitError, 413),
        (errors.StoreUnavailableError, 503),
        (errors.SchemaMismatchError, 503),
        (errors.LabError, 500),
    ],
)
def test_each_error_has_its_status(kind: type[errors.LabError], status: int) -> None:
    problem = problem_of(kind("What was wrong.", hint="What to do."))
    assert (problem.status, problem.detail, problem.hint) == (
        status,
        "What was wrong.",
        "What to do.",
    )
    assert problem.code == kind.code
    assert problem.type == "about:blank"
    assert problem.title


def test_every_error_class_is_covered() -> None:
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    kinds = [kind for kind in kinds if issubclass(kind, errors.LabError)]
    covered = [kind for kind in kinds if problem_of(kind("x")).status != 500]
    assert set(kinds) - set(covered) == {errors.LabError}


def test_other_exceptions_tell_nothing() -> None:
    problem = problem_of(KeyError("a secret of the inside"))
    assert problem.status == 500
    assert "secret" not in repr(problem)


def test_a_status_of_http_has_a_title_and_a_code() -> None:
    assert make_problem(405, "").title == "Method Not Allowed"
    assert make_problem(405, "").code == "method_not_allowed"
    assert make_problem(403, "Not you.").detail == "Not you."
